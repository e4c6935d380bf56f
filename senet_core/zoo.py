"""Every network as a row of a table: what it costs, and how many gates it has.

The table is kept in ``zoo.csv``, since to count it makes every network: seconds, and a gigabyte.
``python -m senet_core list --out senet_core/zoo.csv`` counts it anew.
"""

import csv
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from torch import nn

from senet_core.attention import SqueezeExcitation
from senet_core.complexity import count
from senet_core.models.blocks import Block
from senet_core.registry import SPECS, ModelConfig
from senet_core.unfilled import create_unfilled

if TYPE_CHECKING:
    import pandas as pd

FILE = Path(__file__).with_name("zoo.csv")


@dataclass(frozen=True, slots=True)
class Entry:
    """A network with its classifier of `classes` outputs, for colour images of its own size.

    Attributes:
        name: what `create_model` calls it.
        classes: 1000 for ImageNet networks, 10 for those of CIFAR.
        parameters, macs, pooling: as `complexity` counts them.
        gates: SE blocks.
        input_size: side of the images in pixels.
    """

    name: str
    classes: int
    parameters: int
    macs: int
    pooling: int
    gates: int
    input_size: int

    @property
    def flops(self) -> int:
        """What the paper's tables call FLOPs."""
        return self.macs + self.pooling


@cache
def entries() -> tuple[Entry, ...]:
    """A row a network, in the order of `list_models`, as they were counted."""
    with FILE.open(encoding="utf-8", newline="") as file:
        return tuple(_read(row) for row in csv.DictReader(file))


def counted() -> tuple[Entry, ...]:
    """`entries` anew, from the networks themselves."""
    return tuple(row for base in SPECS for row in _rows(base))


def write(found: Sequence[Entry], file: Path) -> None:
    """Write entries as CSV."""
    with file.open("w", encoding="utf-8", newline="") as stream:
        table = csv.DictWriter(stream, [f.name for f in fields(Entry)], lineterminator="\n")
        table.writeheader()
        table.writerows(asdict(entry) for entry in found)


def _read(row: dict[str, str]) -> Entry:
    return Entry(row.pop("name"), **{name: int(number) for name, number in row.items()})


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
    return Entry(
        name=name,
        classes=config.num_classes,
        parameters=cost.parameters,
        macs=cost.macs,
        pooling=cost.pooling,
        gates=gates,
        input_size=config.input_size,
    )
