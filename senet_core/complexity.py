"""What a network costs: parameters and operations, as the paper counts them."""

import copy
from collections import Counter
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from senet_core.attention import SqueezeExcitation, Squeezing
from senet_core.registry import ModelConfig


@dataclass(frozen=True, slots=True)
class Complexity:
    """Parameters, and operations for one image.

    The operations that the paper calls FLOPs are `macs` and `pooling` together.

    Attributes:
        parameters: every weight, bias and batch-norm scale.
        macs: multiply-adds of convolutions and linear layers, the SE block's among them.
        pooling: additions of the SE blocks' squeezes (comparisons, where they take the maximum).
        scaling: multiplications of maps with gates, equation 4.
    """

    parameters: int
    macs: int
    pooling: int = 0
    scaling: int = 0


def complexity(model: nn.Module, input_size: int | None = None) -> Complexity:
    """Count on the meta device, so that nothing is computed.

    Args:
        model: a network of ours.
        input_size: side of the square image in pixels; None means the model's own.
    """
    config = ModelConfig.of(model)
    size = input_size or config.input_size
    ghost = _ghost(model).eval()
    counts: Counter[str] = Counter()

    def count(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        counts.update(_operations(module, inputs[0], output))

    for module in ghost.modules():
        if isinstance(module, nn.Conv2d | nn.Linear | Squeezing | SqueezeExcitation):
            module.register_forward_hook(count)
    with torch.no_grad():
        ghost(torch.empty(1, config.in_chans, size, size, device="meta"))
    parameters = sum(p.numel() for p in model.parameters())
    return Complexity(parameters, counts["macs"], counts["pooling"], counts["scaling"])


def _operations(module: nn.Module, x: Tensor, y: Tensor) -> dict[str, int]:
    """What ``module`` itself does to turn ``x`` into ``y``."""
    if isinstance(module, Squeezing):
        return {"pooling": 0 if module.kind == "none" else x.numel()}
    if isinstance(module, SqueezeExcitation):
        return {"scaling": y.numel()}
    weight: Any = module.weight  # (C_out, ...): each output value takes a row of it
    return {"macs": y.numel() * weight[0].numel()}


def _ghost(model: nn.Module) -> nn.Module:
    """A copy of the network on the meta device, made without copying a single weight.

    Layers that neither count nor change a shape are left out: on that device they cost the most.
    """
    tensors = [*model.parameters(), *model.buffers()]
    idle = [m for m in model.modules() if isinstance(m, nn.BatchNorm2d | nn.ReLU)]
    memo: dict[int, Any] = {id(t): t.detach().to("meta") for t in tensors}
    return copy.deepcopy(model, memo | {id(module): nn.Identity() for module in idle})
