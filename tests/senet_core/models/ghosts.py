"""Networks on the meta device, which know their shapes and hold no numbers; for tests."""

import torch
from torch import nn

from senet_core import SqueezeExcitation, create_model


def ghost(name, classes=1000, se=None, **options):
    """The network on the meta device."""
    with torch.device("meta"):
        return create_model(name, classes, se=se, **options)


def parameters(model):
    """How many weights the network has."""
    return sum(parameter.numel() for parameter in model.parameters())


def gates(model):
    """The network's gates by path, in its order."""
    return {
        path: module
        for path, module in model.named_modules()
        if isinstance(module, SqueezeExcitation)
    }


def sites(model):
    """Where the paper counts each gate: path to (stage, block)."""
    return {path: (gate.stage, gate.block) for path, gate in gates(model).items()}


def shapes(model, paths, size):
    """The output shapes (C, H, W) of the modules at ``paths``."""
    seen = {}
    for path in paths:
        model.get_submodule(path).register_forward_hook(
            lambda module, inputs, output, path=path: seen.update({path: tuple(output.shape[1:])})
        )
    model.eval()(torch.empty(1, 3, size, size, device="meta"))
    return seen


def randomise(model):
    """Random batch-norm statistics and gate weights, so that nothing is a no-op; eval mode."""
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.normal_(module.running_mean, std=0.1)
            nn.init.uniform_(module.running_var, 0.5, 2)
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, std=0.1)
        if isinstance(module, SqueezeExcitation):
            nn.init.normal_(module.fc2.weight)
    return model.eval()
