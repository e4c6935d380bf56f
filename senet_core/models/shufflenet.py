"""ShuffleNet v1 (section 5.1, Table 3): grouped bottlenecks, gated before they join the shortcut.

The paper names no site for the gate; this one gives the parameters and operations of its table.
"""

from collections import OrderedDict
from dataclasses import dataclass
from functools import partial

from torch import Tensor, nn

from senet_core.attention import SEConfig, Site
from senet_core.models.blocks import Block, ConvNorm, gate_3x3
from senet_core.models.network import Network, Spec, Stage, stack

STEM = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class ShuffleNetSpec(Spec):
    """A row of the family's table.

    Attributes:
        groups: of the 1x1 convolutions; the widths follow from it.
        widths: channels that the units of each stage put out.
        depths: units in each stage.
    """

    groups: int
    widths: tuple[int, ...]
    depths: tuple[int, ...] = (4, 8, 4)

    @property
    def stages(self) -> tuple[int, ...]:
        """ShuffleNet's own numbers, 2 to 4."""
        return tuple(range(2, 2 + len(self.depths)))

    def build(self, *, num_classes: int, in_chans: int, se: SEConfig | None) -> Network:
        """A strided convolution and a pooling, three stages of units, and a linear classifier."""
        stem = nn.Sequential(
            OrderedDict(conv1=ConvNorm(in_chans, STEM, 3, stride=2), pool=nn.MaxPool2d(3, 2, 1))
        )
        stages = [
            Stage(number, width, depth, 2)
            for number, width, depth in zip(self.stages, self.widths, self.depths, strict=True)
        ]
        layers = stack(STEM, stages, se, partial(_unit, self.groups))
        return Network({"stem": stem, **layers}, nn.Linear(self.widths[-1], num_classes))


class ChannelShuffle(nn.Module):
    """Deal the channels of each group out to all groups of the next convolution."""

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) to the same with its channels in another order."""
        b, c, h, w = x.shape
        return x.reshape(b, self.groups, c // self.groups, h, w).transpose(1, 2).flatten(1, 2)


def _unit(groups: int, c_in: int, c_out: int, stride: int, site: Site) -> Block:
    """ShuffleNet's Figure 2: the strided unit joins its pooled input by concatenation."""
    strided = stride > 1
    c_inner, c_body = c_out // 4, c_out - c_in if strided else c_out
    first = 1 if c_in == STEM else groups  # too few channels to divide
    body = nn.Sequential(
        OrderedDict(
            reduce=ConvNorm(c_in, c_inner, 1, groups=first),
            shuffle=ChannelShuffle(groups),
            depthwise=ConvNorm(c_inner, c_inner, 3, stride=stride, groups=c_inner, act=False),
        )
    )
    gate_3x3(body, site=site, channels=c_inner)
    body.add_module("increase", ConvNorm(c_inner, c_body, 1, groups=groups, act=False))
    channels = (c_in, c_out)
    if strided:
        pool = nn.AvgPool2d(3, stride, padding=1)
        return Block(body, pool, channels=channels, site=site, merge="cat")
    return Block(body, nn.Identity(), channels=channels, site=site)


SPECS: dict[str, ShuffleNetSpec] = {
    "shufflenet_v1_g3": ShuffleNetSpec(groups=3, widths=(240, 480, 960)),
}
