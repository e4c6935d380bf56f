"""Other people's networks, calm random weights for them and for ours, and what they compute."""

from collections import OrderedDict

import pretrainedmodels
import timm
import torch
import torchvision
from torch import nn

from senet_core.models.blocks import Block
from senet_core.models.shake_shake import Shake


class MoskomuleSE(nn.Module):
    """senet.pytorch's SELayer: two layers without biases."""

    def __init__(self, channels, reduction=16):
        super().__init__()
        self.fc = nn.Sequential(
            nn.Linear(channels, channels // reduction, bias=False),
            nn.ReLU(inplace=True),
            nn.Linear(channels // reduction, channels, bias=False),
            nn.Sigmoid(),
        )

    def forward(self, x):
        return x * self.fc(x.mean((2, 3)))[:, :, None, None]


class MoskomuleBlock(nn.Module):
    """Its units: torchvision's, gated before the sum."""

    def __init__(self, c_in, c_out, stride, *, bottleneck):
        super().__init__()
        inner = c_out // 4 if bottleneck else c_out
        shapes = [(c_in, inner, 3, stride), (inner, c_out, 3, 1)]
        if bottleneck:
            shapes = [(c_in, inner, 1, 1), (inner, inner, 3, stride), (inner, c_out, 1, 1)]
        for index, (a, b, kernel, step) in enumerate(shapes, 1):
            self.add_module(f"conv{index}", nn.Conv2d(a, b, kernel, step, kernel // 2, bias=False))
            self.add_module(f"bn{index}", nn.BatchNorm2d(b))
        self.depth = len(shapes)
        self.se = MoskomuleSE(c_out)
        self.downsample = None
        if stride > 1 or c_in != c_out:
            projection = nn.Conv2d(c_in, c_out, 1, stride, bias=False)
            self.downsample = nn.Sequential(projection, nn.BatchNorm2d(c_out))

    def forward(self, x):
        y = x
        for index in range(1, self.depth + 1):
            y = self.get_submodule(f"bn{index}")(self.get_submodule(f"conv{index}")(y))
            y = y.relu() if index < self.depth else y
        return (self.se(y) + (x if self.downsample is None else self.downsample(x))).relu()


def moskomule(name, num_classes=1000):
    """senet.pytorch's se_resnet18 to 152, or se_resnet20 for CIFAR."""
    depths, planes = {
        "se_resnet18": ((2, 2, 2, 2), (64, 128, 256, 512)),
        "se_resnet34": ((3, 4, 6, 3), (64, 128, 256, 512)),
        "se_resnet50": ((3, 4, 6, 3), (256, 512, 1024, 2048)),
        "se_resnet101": ((3, 4, 23, 3), (256, 512, 1024, 2048)),
        "se_resnet152": ((3, 8, 36, 3), (256, 512, 1024, 2048)),
        "se_resnet20": ((3, 3, 3), (16, 32, 64)),
    }[name]
    cifar, bottleneck = len(depths) == 3, planes[0] == 256
    c_in = 16 if cifar else 64
    kernel, stride = (3, 1) if cifar else (7, 2)
    layers = OrderedDict(conv1=nn.Conv2d(3, c_in, kernel, stride, kernel // 2, bias=False))
    layers |= {"bn1": nn.BatchNorm2d(c_in), "relu": nn.ReLU()}
    if not cifar:
        layers["maxpool"] = nn.MaxPool2d(3, 2, 1)
    for index, (depth, width) in enumerate(zip(depths, planes, strict=True), 1):
        units = []
        for block in range(depth):
            step = 2 if block == 0 and index > 1 else 1
            units.append(MoskomuleBlock(c_in, width, step, bottleneck=bottleneck))
            c_in = width
        layers[f"layer{index}"] = nn.Sequential(*units)
    layers |= {"avgpool": nn.AdaptiveAvgPool2d(1), "flatten": nn.Flatten()}
    return nn.Sequential(layers | {"fc": nn.Linear(c_in, num_classes)})


def peer(name):
    """A network by ``collection:name``, in eval mode."""
    collection, name = name.split(":")
    if collection == "timm":
        return timm.create_model(name).eval()
    if collection == "cadene":
        return pretrainedmodels.__dict__[name](num_classes=1000, pretrained=None).eval()
    if collection == "torchvision":
        return torchvision.models.get_model(name, weights=None).eval()
    return moskomule(name).eval()


def calm(model, seed=0):
    """Random weights with which float32 agrees with float64, as in a trained network.

    Every layer keeps the scale of its input, and the last one of each residual branch is small:
    else a network of 152 layers puts out thousands, its gates are steps, and rounding alone
    moves them from 0 to 1.
    """
    generator = torch.Generator().manual_seed(seed)

    def draw(tensor, low, high):
        with torch.no_grad():
            tensor.uniform_(low, high, generator=generator)

    for module in model.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            bound = (6 / module.weight[0].numel()) ** 0.5  # He's, by the inputs
            draw(module.weight, -bound, bound)
            if module.bias is not None:
                draw(module.bias, -0.1, 0.1)
        if isinstance(module, nn.BatchNorm2d):
            draw(module.weight, 0.9, 1.1)
            draw(module.running_var, 0.9, 1.1)
            draw(module.bias, -0.1, 0.1)
            draw(module.running_mean, -0.1, 0.1)
    with torch.no_grad():
        for module in model.modules():  # last, for a unit comes before its layers
            for layer in branch_ends(module):
                layer.weight.mul_(0.15)
            if (
                isinstance(module, Block)
                and module.shortcut is None
                and module.placement == "standard"
            ):
                module.se.fc2.bias.add_(2)  # gates of a half would fade what no shortcut carries
    return model


def branch_ends(unit):
    """The last layer of each residual branch, where the module is a residual unit."""
    if hasattr(unit, "downsample"):
        return [getattr(unit, "bn3", unit.bn2)]
    if not isinstance(unit, Block) or unit.shortcut is None or unit.merge == "cat":
        return []
    branches = unit.body.children() if isinstance(unit.body, Shake) else [unit.body]
    weighted = nn.Conv2d | nn.BatchNorm2d
    return [[m for m in branch.modules() if isinstance(m, weighted)][-1] for branch in branches]


def computed(model, images):
    """Logits, and each gate (B, C) in the order of the forward pass."""
    gates = []
    handles = [
        module.register_forward_hook(lambda _m, _i, out: gates.append(out.flatten(1)))
        for module in model.modules()
        if type(module).__name__ == "Sigmoid"
    ]
    with torch.inference_mode():
        logits = model(images)
    for handle in handles:
        handle.remove()
    return [logits, *gates]


def difference(a, b):
    """The largest difference of two tensors, relative to the largest entry of the second."""
    a, b = a.detach().double(), b.detach().double()
    return float((a - b).abs().max() / b.abs().max())
