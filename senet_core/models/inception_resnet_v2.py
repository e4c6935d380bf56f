"""Inception-ResNet-v2 (section 5.1): each residual branch is gated before it is scaled and added.

Its stages are numbered by resolution, as the other Inception's: 3 for the units at 1/8 of the
image's size (``block35``), 4 at 1/16 (``block17``), 5 at 1/32 (``block8``).
"""

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial

from torch import nn

from senet_core.attention import Placement, SEConfig, Site
from senet_core.models.blocks import Block, Branches, ConvNorm
from senet_core.models.network import Network, Spec

Kernel = int | tuple[int, int]
Path = tuple[tuple[int, Kernel], ...]  # width and kernel of one convolution after the other

# The mixed modules; each has a pooling branch besides. The last 3x3 of a path has the stride.
MIXED_5B: tuple[Path, ...] = (((96, 1),), ((48, 1), (64, 5)), ((64, 1), (96, 3), (96, 3)))
MIXED_6A: tuple[Path, ...] = (((384, 3),), ((256, 1), (256, 3), (384, 3)))
MIXED_7A: tuple[Path, ...] = (
    ((256, 1), (384, 3)),
    ((256, 1), (288, 3)),
    ((256, 1), (288, 3), (320, 3)),
)


@dataclass(frozen=True, slots=True)
class Units:
    """A stage of equal residual units.

    Attributes:
        stage: its number.
        depth: how many units.
        width: channels of a unit's input and output.
        scale: factor on the residual branch.
        paths: the parallel convolutions whose concatenation a 1x1 brings back to the width.
    """

    stage: int
    depth: int
    width: int
    scale: float
    paths: tuple[Path, ...]


BLOCK35 = Units(3, 10, 320, 0.17, (((32, 1),), ((32, 1), (32, 3)), ((32, 1), (48, 3), (64, 3))))
BLOCK17 = Units(4, 20, 1088, 0.10, (((192, 1),), ((128, 1), (160, (1, 7)), (192, (7, 1)))))
BLOCK8 = Units(5, 10, 2080, 0.20, (((192, 1),), ((192, 1), (224, (1, 3)), (256, (3, 1)))))


@dataclass(frozen=True, slots=True, kw_only=True)
class InceptionResNetSpec(Spec):
    """The one row of the family's table; the constants above are its design."""

    input_size: int = 299
    placements: tuple[Placement, ...] = ("standard", "pre", "post", "identity")

    @property
    def stages(self) -> tuple[int, ...]:
        """By resolution, see the module's docstring."""
        return (3, 4, 5)

    def build(self, *, num_classes: int, in_chans: int, se: SEConfig | None) -> Network:
        """Stem, three stages of residual units with reductions between them, and a classifier."""
        pool_5b = nn.Sequential(
            OrderedDict(
                pool=nn.AvgPool2d(3, 1, 1, count_include_pad=False), proj=ConvNorm(192, 64, 1)
            )
        )
        trunk: dict[str, nn.Module] = {
            **_stem(in_chans),
            "mixed_5b": _branches(192, MIXED_5B, pool=pool_5b),
            "block35": _units(BLOCK35, se),
            "mixed_6a": _branches(BLOCK35.width, MIXED_6A, stride=2, pool=nn.MaxPool2d(3, 2)),
            "block17": _units(BLOCK17, se),
            "mixed_7a": _branches(BLOCK17.width, MIXED_7A, stride=2, pool=nn.MaxPool2d(3, 2)),
            "block8": _units(BLOCK8, se),
            "conv2d_7b": ConvNorm(BLOCK8.width, 1536, 1),
        }
        network = Network(trunk, nn.Linear(1536, num_classes), dropout=0.2, smallest=75)
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eps = 1e-3
        return network


def _stem(in_chans: int) -> dict[str, nn.Module]:
    valid = partial(ConvNorm, padding=0)
    return {
        "conv2d_1a": valid(in_chans, 32, 3, stride=2),
        "conv2d_2a": valid(32, 32, 3),
        "conv2d_2b": ConvNorm(32, 64, 3),
        "maxpool_3a": nn.MaxPool2d(3, 2),
        "conv2d_3b": ConvNorm(64, 80, 1),
        "conv2d_4a": valid(80, 192, 3),
        "maxpool_5a": nn.MaxPool2d(3, 2),
    }


def _branches(
    c_in: int, paths: Iterable[Path], *, stride: int = 1, pool: nn.Module | None = None
) -> Branches:
    branches: dict[str, nn.Module] = {
        f"branch{index}": _path(c_in, path, stride) for index, path in enumerate(paths)
    }
    if pool is not None:
        branches["pool"] = pool
    return Branches(branches)


def _path(c_in: int, path: Path, stride: int) -> nn.Sequential:
    """Convolutions in a row; the last has the stride, and no padding where it is strided."""
    layers = nn.Sequential()
    for number, (width, kernel) in enumerate(path, 1):
        if stride > 1 and number == len(path):
            layer = ConvNorm(c_in, width, kernel, stride=stride, padding=0)
        else:
            layer = ConvNorm(c_in, width, kernel)
        layers.add_module(f"conv{number}", layer)
        c_in = width
    return layers


def _units(row: Units, se: SEConfig | None) -> nn.Sequential:
    return nn.Sequential(
        *(_unit(row, Site(row.stage, block, se)) for block in range(1, row.depth + 1))
    )


def _unit(row: Units, site: Site) -> Block:
    c_cat = sum(path[-1][0] for path in row.paths)
    body = nn.Sequential(
        OrderedDict(
            branches=_branches(row.width, row.paths),
            conv2d=nn.Conv2d(c_cat, row.width, 1),
        )
    )
    channels = (row.width, row.width)
    if row is BLOCK8 and site.block == row.depth:  # the very last: neither scaled nor rectified
        return Block(body, nn.Identity(), channels=channels, site=site, act=nn.Identity())
    return Block(body, nn.Identity(), channels=channels, site=site, scale=row.scale)


SPECS: dict[str, InceptionResNetSpec] = {"inception_resnet_v2": InceptionResNetSpec()}
