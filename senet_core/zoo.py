"""Every network as a row of a table: what it costs, and how many gates it has."""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from torch import nn

from senet_core.attention import SqueezeExcitation
from senet_core.complexity import count
from senet_core.models.blocks import Block
from senet_core.registry import SPECS, ModelConfig
from senet_core.unfilled import create_unfilled

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True)
class Entry:
    """A network with its classifier of `classes` outputs, for colour images of its own size.

    Attributes:
        name: what `create_model` calls it.
        classes: 1000 for ImageNet networks, 10 for those of CIFAR.
        parameters, macs: as `complexity` counts them.
        gates: SE blocks.
        input_size: side of the images in pixels.
    """

    name: str
    classes: int
    parameters: int
    macs: int
    gates: int
    input_size: int


@cache
def entries() -> tuple[Entry, ...]:
    """A row a network, in the order of `list_models`; counted once."""
    return tuple(row for base in SPECS for row in _rows(base))


def zoo() -> "pd.DataFrame":
    """`entries` as a DataFrame with a column a field."""
    import pandas as pd  # noqa: PLC0415  # the networks alone need no pandas

    return pd.DataFrame(entries())


def _rows(base: str) -> list[Entry]:
    """The baseline and its SE form, counted on one network: with its gates and without them."""
    classes = 10 if base.startswith("cifar_") else 1000
    if SPECS[base].always_se:
        return [_entry(base, create_unfilled(base, classes))]
    model = create_unfilled(f"se_{base}", classes)
    gated = _entry(f"se_{base}", model)
    for block in model.modules():
        if isinstance(block, Block):
            block.se = nn.Identity()
    return [_entry(base, model), gated]


def _entry(name: str, model: nn.Module) -> Entry:
    config, cost = ModelConfig.of(model), count(model)
    gates = sum(isinstance(module, SqueezeExcitation) for module in model.modules())
    return Entry(name, config.num_classes, cost.parameters, cost.macs, gates, config.input_size)
