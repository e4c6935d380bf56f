"""BN-Inception (section 5.1): one gate for each module, on the concatenation of its branches."""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Literal

from torch import Tensor, nn
from torch.nn import functional as F

from senet_core.attention import Placement, SEConfig, Site
from senet_core.models.blocks import Block, Branches, ConvNorm
from senet_core.models.network import Network, Spec


@dataclass(frozen=True, slots=True)
class Row:
    """The widths of a module, in the order of its concatenation.

    Attributes:
        conv1x1: the 1x1 branch; 0 in the strided modules, which have none.
        conv3x3: the 3x3's reduction and the 3x3.
        double3x3: the reduction of the two 3x3 and each of them.
        pool: ``avg`` or ``max``.
        proj: the 1x1 after the pooling; 0 in the strided modules.
    """

    conv1x1: int
    conv3x3: tuple[int, int]
    double3x3: tuple[int, int]
    pool: Literal["avg", "max"]
    proj: int

    def width(self, c_in: int) -> int:
        """Channels of the concatenation."""
        return self.conv1x1 + self.conv3x3[1] + self.double3x3[1] + (self.proj or c_in)


MODULES = {
    "3a": Row(64, (64, 64), (64, 96), "avg", 32),
    "3b": Row(64, (64, 96), (64, 96), "avg", 64),
    "3c": Row(0, (128, 160), (64, 96), "max", 0),
    "4a": Row(224, (64, 96), (96, 128), "avg", 128),
    "4b": Row(192, (96, 128), (96, 128), "avg", 128),
    "4c": Row(160, (128, 160), (128, 160), "avg", 128),
    "4d": Row(96, (128, 192), (160, 192), "avg", 128),
    "4e": Row(0, (128, 192), (192, 256), "max", 0),
    "5a": Row(352, (192, 320), (160, 224), "avg", 128),
    "5b": Row(352, (192, 320), (192, 224), "max", 128),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class BNInceptionSpec(Spec):
    """The one row of the family's table; `MODULES` is its design."""

    placements: tuple[Placement, ...] = ("standard",)

    @property
    def stages(self) -> tuple[int, ...]:
        """Inception's own numbers, those of modules 3a to 5b."""
        return (3, 4, 5)

    def build(self, *, num_classes: int, in_chans: int, se: SEConfig | None) -> Network:
        """Three convolutions, modules ``inception_3a`` to ``inception_5b``, and a classifier."""
        trunk: dict[str, nn.Module] = {
            "conv1": ConvNorm(in_chans, 64, 7, stride=2),
            "pool1": nn.MaxPool2d(3, 2, ceil_mode=True),
            "conv2_reduce": ConvNorm(64, 64, 1),
            "conv2": ConvNorm(64, 192, 3),
            "pool2": nn.MaxPool2d(3, 2, ceil_mode=True),
        }
        c_in = 192
        for name, row in MODULES.items():
            c_out = row.width(c_in)
            site = Site(int(name[0]), "abcde".index(name[1]) + 1, se)
            body = _branches(c_in, row)
            trunk[f"inception_{name}"] = Block(body, None, channels=(c_in, c_out), site=site)
            c_in = c_out
        return Network(trunk, nn.Linear(c_in, num_classes), smallest=7)


class StridedPool(nn.MaxPool2d):
    """3x3/2 max pooling with as many outputs as the strided convolutions beside it.

    On maps of even size this is Caffe's; an odd one gets a last row and column that never win.
    """

    def __init__(self) -> None:
        super().__init__(3, 2, ceil_mode=True)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) to (B, C, ⌈H / 2⌉, ⌈W / 2⌉)."""
        h, w = x.shape[2:]
        if h % 2 or w % 2:
            x = F.pad(x, (0, w % 2, 0, h % 2), value=float("-inf"))
        pooled: Tensor = super().forward(x)
        return pooled


def _branches(c_in: int, row: Row) -> Branches:
    stride = 1 if row.proj else 2
    (reduce, c_3x3), (double_reduce, c_double) = row.conv3x3, row.double3x3
    branches: dict[str, nn.Module] = {}
    if row.conv1x1:
        branches["conv1x1"] = ConvNorm(c_in, row.conv1x1, 1)
    branches["conv3x3"] = nn.Sequential(
        OrderedDict(
            reduce=ConvNorm(c_in, reduce, 1),
            conv=ConvNorm(reduce, c_3x3, 3, stride=stride),
        )
    )
    branches["double3x3"] = nn.Sequential(
        OrderedDict(
            reduce=ConvNorm(c_in, double_reduce, 1),
            conv1=ConvNorm(double_reduce, c_double, 3),
            conv2=ConvNorm(c_double, c_double, 3, stride=stride),
        )
    )
    branches["pool"] = _pool(c_in, row)
    return Branches(branches)


def _pool(c_in: int, row: Row) -> nn.Module:
    if not row.proj:
        return StridedPool()
    pool = nn.AvgPool2d(3, 1, 1) if row.pool == "avg" else nn.MaxPool2d(3, 1, 1)
    return nn.Sequential(OrderedDict(pool=pool, proj=ConvNorm(c_in, row.proj, 1)))


SPECS: dict[str, BNInceptionSpec] = {"bn_inception": BNInceptionSpec()}
