"""What a network costs: parameters and multiply-adds, as the paper counts them."""

import copy
from dataclasses import dataclass

import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from senet_core.registry import ModelConfig


@dataclass(frozen=True, slots=True)
class Complexity:
    """Parameters, and multiply-adds of convolutions and linear layers for one image."""

    parameters: int
    macs: int


def complexity(model: nn.Module, input_size: int | None = None) -> Complexity:
    """Count on the meta device, so that nothing is computed.

    Args:
        model: a network of ours.
        input_size: side of the square image in pixels; None means the model's own.
    """
    config = ModelConfig.of(model)
    size = input_size or config.input_size
    parameters = sum(p.numel() for p in model.parameters())
    ghost = _ghost(model).eval()
    image = torch.empty(1, config.in_chans, size, size, device="meta")
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        ghost(image)
    return Complexity(parameters, counter.get_total_flops() // 2)


def _ghost(model: nn.Module) -> nn.Module:
    """A copy of the network on the meta device, made without copying a single weight."""
    tensors = [*model.parameters(), *model.buffers()]
    return copy.deepcopy(model, {id(t): t.detach().to("meta") for t in tensors})
