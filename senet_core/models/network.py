"""What all families share: a row of the table of networks, stages of units, and the network."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from torch import Tensor, nn

from senet_core.attention import Placement, SEConfig, Site
from senet_core.errors import InputError
from senet_core.models.blocks import he_init

RESIDUAL: tuple[Placement, ...] = ("standard", "pre", "post", "identity", "conv3x3")


@dataclass(frozen=True, slots=True, kw_only=True)
class Spec(ABC):
    """A row of a family's table; `options` names the fields that a user may set.

    Attributes:
        input_size: side of the images in pixels.
        options: fields that `create_model` takes as keyword arguments.
        always_se: whether the network has gates by nature, under its plain name.
        placements: where in its units a gate makes sense.
    """

    input_size: int = 224
    options: tuple[str, ...] = ()
    always_se: bool = False
    placements: tuple[Placement, ...] = RESIDUAL

    @property
    @abstractmethod
    def stages(self) -> tuple[int, ...]:
        """The paper's numbers of the stages that have units."""

    @abstractmethod
    def build(self, *, num_classes: int, in_chans: int, se: SEConfig | None) -> nn.Module:
        """The network of this row with fresh weights."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Units at one resolution; the first of them has the stride.

    Attributes:
        number: the paper's.
        width: channels that each unit puts out.
        depth: how many units.
        stride: of the first unit.
    """

    number: int
    width: int
    depth: int
    stride: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CifarSpec(Spec):
    """A row of a family for CIFAR: three stages of equal depth, each at half the one's before it.

    Attributes:
        depth: units in each stage.
        widths: channels that the units of each stage put out.
    """

    depth: int
    widths: tuple[int, int, int]
    input_size: int = 32

    @property
    def stages(self) -> tuple[int, ...]:
        """From 1, as all CIFAR networks count."""
        return (1, 2, 3)

    def three_stages(self) -> list[Stage]:
        """What `stack` takes."""
        strides = (1, 2, 2)
        rows = zip(self.stages, self.widths, strides, strict=True)
        return [Stage(number, width, self.depth, stride) for number, width, stride in rows]


def stack(
    c_in: int,
    stages: Iterable[Stage],
    se: SEConfig | None,
    unit: Callable[[int, int, int, Site], nn.Module],
) -> dict[str, nn.Module]:
    """Stages as ``layer1``, ``layer2`` and so on, made of ``unit(c_in, c_out, stride, site)``."""
    layers: dict[str, nn.Module] = {}
    for index, stage in enumerate(stages, 1):
        units = nn.Sequential()
        for block in range(1, stage.depth + 1):
            site = Site(stage.number, block, se)
            units.append(unit(c_in, stage.width, stage.stride if block == 1 else 1, site))
            c_in = stage.width
        layers[f"layer{index}"] = units
    return layers


class Network(nn.Module):
    """A trunk of named parts, pooling to ``pool`` x ``pool``, dropout and a classifier.

    ``smallest`` is the side of the smallest images of which the trunk leaves something.
    """

    def __init__(
        self,
        trunk: Mapping[str, nn.Module],
        fc: nn.Module,
        *,
        dropout: float = 0.0,
        pool: int = 1,
        smallest: int = 1,
    ) -> None:
        super().__init__()
        self.smallest = smallest
        self.trunk = tuple(trunk)
        for name, part in trunk.items():
            self.add_module(name, part)
        self.pool = nn.AdaptiveAvgPool2d(pool)
        self.dropout = nn.Dropout(dropout)
        self.fc = fc
        he_init(self)

    def forward(self, x: Tensor) -> Tensor:
        """Images (B, in_chans, H, W) to logits (B, num_classes); InputError for too small ones."""
        self.require_size(*x.shape[-2:])
        logits: Tensor = self.fc(self.dropout(self.pool(self.forward_features(x)).flatten(1)))
        return logits

    def require_size(self, height: int, width: int) -> None:
        """Refuse images that are too small for the trunk with an InputError."""
        if min(height, width) < self.smallest:
            raise InputError(
                f"images of {height} x {width} pixels are too small for this network; "
                f"it needs at least {self.smallest} x {self.smallest}"
            )

    def forward_features(self, x: Tensor) -> Tensor:
        """Images (B, in_chans, H, W) to the trunk's feature maps (B, C, h, w)."""
        for name in self.trunk:
            x = getattr(self, name)(x)
        return x
