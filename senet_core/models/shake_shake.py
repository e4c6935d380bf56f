"""Shake-Shake and Shake-Even networks for CIFAR (section 5.1, Tables 4 and 5).

A unit has two residual branches, mixed by coefficients that are drawn anew for each image. The
paper does not say on which side of the mixing its gate sits; here it gates the mixed branch, the
whole non-identity part of the unit, so that a unit has one gate as everywhere else.
"""

from collections import OrderedDict
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from senet_core.attention import SEConfig, Site
from senet_core.models.blocks import Block, ConvNorm, gate_3x3
from senet_core.models.network import CifarSpec, Network, stack


@dataclass(frozen=True, slots=True, kw_only=True)
class ShakeSpec(CifarSpec):
    """A row of the family's table.

    Attributes:
        body: ``basic``, of the pre-activation kind, or ``bottleneck``, ResNeXt's.
        backward: the gradients' coefficients: drawn anew (``shake``) or one half (``even``).
        groups: of the bottleneck's 3x3.
    """

    body: Literal["basic", "bottleneck"]
    backward: Literal["shake", "even"]
    groups: int = 1

    def build(self, *, num_classes: int, in_chans: int, se: SEConfig | None) -> Network:
        """A convolution, three stages of shaken units, and a linear classifier."""
        basic = self.body == "basic"
        c_stem = 16 if basic else 64
        unit = partial(_basic if basic else _bottleneck, self)
        layers = stack(c_stem, self.three_stages(), se, unit)
        trunk = {"stem": ConvNorm(in_chans, c_stem, 3, act=not basic), **layers}
        if basic:
            trunk["last"] = nn.ReLU()
        return Network(trunk, nn.Linear(self.widths[-1], num_classes))


class Mix(torch.autograd.Function):
    """``αa + (1 - α)b``, whose gradients go out as if α had been β."""

    @staticmethod
    def forward(ctx: Any, a: Tensor, b: Tensor, alpha: Tensor, beta: Tensor) -> Tensor:
        """Mix (B, C, H, W) by coefficients (B, 1, 1, 1)."""
        ctx.save_for_backward(beta)
        return alpha * a + (1 - alpha) * b

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, None, None]:
        """Split the gradient by the other coefficients."""
        (beta,) = ctx.saved_tensors
        return beta * grad, (1 - beta) * grad, None, None


class Shake(nn.Module):
    """Two branches mixed at random in training, image by image; their mean in eval mode."""

    def __init__(
        self, branch1: nn.Module, branch2: nn.Module, backward: Literal["shake", "even"]
    ) -> None:
        super().__init__()
        self.branch1 = branch1
        self.branch2 = branch2
        self.even = backward == "even"

    def forward(self, x: Tensor) -> Tensor:
        """(B, C_in, H, W) to (B, C_out, H / stride, W / stride)."""
        a, b = self.branch1(x), self.branch2(x)
        if not self.training:
            mean: Tensor = 0.5 * (a + b)
            return mean
        alpha = torch.rand(len(a), 1, 1, 1, dtype=a.dtype, device=a.device)
        beta = torch.full_like(alpha, 0.5) if self.even else torch.rand_like(alpha)
        mixed: Tensor = Mix.apply(a, b, alpha, beta)
        return mixed


class TwoPathShortcut(nn.Module):
    """Two strided 1x1 convolutions, the second of the map shifted by one pixel, and batch norm."""

    def __init__(self, c_in: int, c_out: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(c_in, c_out // 2, 1, stride, bias=False)
        self.conv2 = nn.Conv2d(c_in, c_out // 2, 1, stride, bias=False)
        self.norm = nn.BatchNorm2d(c_out)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C_in, H, W) to (B, C_out, H / stride, W / stride)."""
        x = F.relu(x)
        shifted = F.pad(x, (1, -1, 1, -1))  # one pixel to the right and one down
        y: Tensor = self.norm(torch.cat((self.conv1(x), self.conv2(shifted)), 1))
        return y


def _basic(spec: ShakeSpec, c_in: int, c_out: int, stride: int, site: Site) -> Block:
    def branch() -> nn.Sequential:
        body = nn.Sequential(OrderedDict(act=nn.ReLU()))  # out of place: all branches read it
        body.add_module("conv1", ConvNorm(c_in, c_out, 3, stride=stride))
        gate_3x3(body, site=site, channels=c_out)
        body.add_module("conv2", ConvNorm(c_out, c_out, 3, act=False))
        return body

    body = Shake(branch(), branch(), spec.backward)
    shortcut = nn.Identity() if c_in == c_out else TwoPathShortcut(c_in, c_out, stride)
    return Block(body, shortcut, channels=(c_in, c_out), site=site, act=nn.Identity())


def _bottleneck(spec: ShakeSpec, c_in: int, c_out: int, stride: int, site: Site) -> Block:
    def branch() -> nn.Sequential:
        body = nn.Sequential(OrderedDict(conv1=ConvNorm(c_in, c_out, 1)))
        body.add_module("conv2", ConvNorm(c_out, c_out, 3, stride=stride, groups=spec.groups))
        gate_3x3(body, site=site, channels=c_out)
        body.add_module("conv3", ConvNorm(c_out, c_out, 1, act=False))
        return body

    body = Shake(branch(), branch(), spec.backward)
    shortcut: nn.Module = nn.Identity()
    if c_in != c_out:
        shortcut = ConvNorm(c_in, c_out, 1, stride=stride, act=False)
    return Block(body, shortcut, channels=(c_in, c_out), site=site)


SPECS: dict[str, ShakeSpec] = {
    "cifar_shake_shake26_2x96d": ShakeSpec(
        depth=4, widths=(96, 192, 384), body="basic", backward="shake"
    ),
    "cifar_shake_even29_2x4x64d": ShakeSpec(
        depth=3, widths=(256, 512, 1024), body="bottleneck", backward="even", groups=4
    ),
}
