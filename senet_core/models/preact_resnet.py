"""Pre-activation ResNets and the wide ResNet for CIFAR (section 5.1, Tables 4 and 5).

Batch norm and ReLU stand before each convolution and nothing stands after the sum. A unit that
changes the shape shares its first batch norm and ReLU between body and projection.
"""

from collections import OrderedDict
from dataclasses import dataclass
from functools import partial
from typing import Literal

from torch import Tensor, nn

from senet_core.attention import SEConfig, Site
from senet_core.models.blocks import Block, gate_3x3
from senet_core.models.network import CifarSpec, Network, stack


@dataclass(frozen=True, slots=True, kw_only=True)
class PreActSpec(CifarSpec):
    """A row of the family's table.

    Attributes:
        body: ``basic`` (two 3x3) or ``bottleneck`` (1x1, 3x3, 1x1).
    """

    body: Literal["basic", "bottleneck"] = "basic"

    def build(self, *, num_classes: int, in_chans: int, se: SEConfig | None) -> Network:
        """A convolution, three stages, the last batch norm and ReLU, and a linear classifier."""
        stem = _conv(in_chans, 16, 3)
        layers = stack(16, self.three_stages(), se, partial(_unit, self.body))
        c_out = self.widths[-1]
        trunk = {"stem": stem, **layers, "last": NormAct(c_out)}
        return Network(trunk, nn.Linear(c_out, num_classes))


class NormAct(nn.Sequential):
    """The pre-activation: batch norm and ReLU."""

    def __init__(self, channels: int) -> None:
        super().__init__(
            OrderedDict(norm=nn.BatchNorm2d(channels), act=nn.ReLU(inplace=True)),
        )


class SharedPreActBlock(Block):
    """A unit whose first pre-activation serves the body and the projection alike."""

    def __init__(
        self, body: nn.Module, shortcut: nn.Module, *, channels: tuple[int, int], site: Site
    ) -> None:
        super().__init__(body, shortcut, channels=channels, site=site, act=nn.Identity())
        self.preact = NormAct(channels[0])

    def forward(self, x: Tensor) -> Tensor:
        """(B, C_in, H, W) to (B, C_out, H / stride, W / stride)."""
        return super().forward(self.preact(x))


def _conv(c_in: int, c_out: int, kernel: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(c_in, c_out, kernel, stride, padding=kernel // 2, bias=False)


def _unit(kind: str, c_in: int, c_out: int, stride: int, site: Site) -> Block:
    shared = c_in != c_out or stride > 1
    body = nn.Sequential() if shared else nn.Sequential(OrderedDict(preact1=NormAct(c_in)))
    if kind == "basic":
        body.add_module("conv1", _conv(c_in, c_out, 3, stride))
        gate_3x3(body, site=site, channels=c_out)
        body.add_module("preact2", NormAct(c_out))
        body.add_module("conv2", _conv(c_out, c_out, 3))
    else:
        c_inner = c_out // 4
        body.add_module("conv1", _conv(c_in, c_inner, 1, stride))
        body.add_module("preact2", NormAct(c_inner))
        body.add_module("conv2", _conv(c_inner, c_inner, 3))
        gate_3x3(body, site=site, channels=c_inner)
        body.add_module("preact3", NormAct(c_inner))
        body.add_module("conv3", _conv(c_inner, c_out, 1))
    if shared:
        projection = _conv(c_in, c_out, 1, stride)
        return SharedPreActBlock(body, projection, channels=(c_in, c_out), site=site)
    return Block(body, nn.Identity(), channels=(c_in, c_out), site=site, act=nn.Identity())


SPECS: dict[str, PreActSpec] = {
    "cifar_preact_resnet110": PreActSpec(depth=18, widths=(16, 32, 64)),
    "cifar_preact_resnet164": PreActSpec(depth=18, widths=(64, 128, 256), body="bottleneck"),
    "cifar_wrn16_8": PreActSpec(depth=2, widths=(128, 256, 512)),
}
