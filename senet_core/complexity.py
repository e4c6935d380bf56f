"""What a network costs: parameters and operations, as the paper counts them."""

import copy
from collections import Counter, OrderedDict
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from senet_core.attention import SqueezeExcitation, Squeezing
from senet_core.errors import InputError
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

    @property
    def flops(self) -> int:
        """What the paper's tables call FLOPs."""
        return self.macs + self.pooling


def complexity(model: nn.Module, input_size: int | None = None) -> Complexity:
    """Count by a batch of no images: it passes every layer, and nothing is computed.

    Args:
        model: a network of ours, on any device; its weights are neither copied nor changed, and
            its hooks are not called.
        input_size: side of the square image in pixels; None means the model's own.

    Raises:
        InputError: for a network from elsewhere, or images that are too small for it.
    """
    ModelConfig.of(model)
    memo: dict[int, Any] = {id(t): t for t in (*model.parameters(), *model.buffers())}
    for module in model.modules():
        memo |= {id(h): OrderedDict() for h in (module._forward_hooks, module._forward_pre_hooks)}
    return count(copy.deepcopy(model, memo), input_size)


def count(model: nn.Module, input_size: int | None = None) -> Complexity:
    """`complexity` of a network that nobody else uses: it is left in eval mode."""
    config = ModelConfig.of(model)
    size = config.input_size if input_size is None else input_size
    if size < 1:
        raise InputError(f"the image size must be at least 1 pixel, not {size}")
    operations: Counter[str] = Counter()

    def add(module: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        operations.update(_operations(module, inputs[0].shape[1:], output.shape[1:]))

    no_images = next(model.parameters()).new_empty(0, config.in_chans, size, size)
    with torch.inference_mode(), ExitStack() as hooks:
        for module in model.modules():
            if isinstance(module, nn.Conv2d | nn.Linear | Squeezing | SqueezeExcitation):
                hooks.enter_context(module.register_forward_hook(add))
        model.eval()(no_images)
    parameters = sum(p.numel() for p in model.parameters())
    return Complexity(parameters, **operations)


def _operations(module: nn.Module, x: torch.Size, y: torch.Size) -> dict[str, int]:
    """What ``module`` itself does to turn an ``x`` into a ``y``, shapes without the batch."""
    if isinstance(module, Squeezing):
        return {"pooling": 0 if module.kind == "none" else x.numel()}
    if isinstance(module, SqueezeExcitation):
        return {"scaling": y.numel()}
    weight: Any = module.weight  # (C_out, ...): each output value takes a row of it
    return {"macs": y.numel() * weight[0].numel()}
