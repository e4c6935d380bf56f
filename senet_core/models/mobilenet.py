"""MobileNet v1 (section 5.1, Table 3): depthwise separable units, gated after their 1x1 output.

The paper names no site for the gate; this one gives the parameters and operations of its table.
"""

from collections import OrderedDict
from dataclasses import dataclass

from torch import nn

from senet_core.attention import Placement, SEConfig, Site
from senet_core.models.blocks import Block, ConvNorm, gate_3x3
from senet_core.models.network import Network, Spec, Stage, stack

STAGES = (
    Stage(2, width=64, depth=1, stride=1),
    Stage(3, width=128, depth=2, stride=2),
    Stage(4, width=256, depth=2, stride=2),
    Stage(5, width=512, depth=6, stride=2),
    Stage(6, width=1024, depth=2, stride=2),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class MobileNetSpec(Spec):
    """A row of the family's table; the paper uses the full width."""

    placements: tuple[Placement, ...] = ("standard", "conv3x3")

    @property
    def stages(self) -> tuple[int, ...]:
        """One for each resolution, from 2, the first after the stem."""
        return tuple(stage.number for stage in STAGES)

    def build(self, *, num_classes: int, in_chans: int, se: SEConfig | None) -> Network:
        """A strided convolution, 13 separable units, global pooling and a linear classifier."""
        stem = ConvNorm(in_chans, 32, 3, stride=2)
        layers = stack(32, STAGES, se, _separable)
        return Network({"stem": stem, **layers}, nn.Linear(STAGES[-1].width, num_classes))


def _separable(c_in: int, c_out: int, stride: int, site: Site) -> Block:
    """A 3x3 convolution of each channel by itself, then a 1x1 over all channels."""
    depthwise = ConvNorm(c_in, c_in, 3, stride=stride, groups=c_in)
    body = nn.Sequential(OrderedDict(depthwise=depthwise))
    gate_3x3(body, site=site, channels=c_in)
    body.add_module("pointwise", ConvNorm(c_in, c_out, 1))
    return Block(body, None, channels=(c_in, c_out), site=site)


SPECS: dict[str, MobileNetSpec] = {"mobilenet_v1": MobileNetSpec()}
