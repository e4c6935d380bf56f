"""Every network as a row of a table: what it costs, and how many gates it has."""

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import torch

from senet_core.attention import SqueezeExcitation
from senet_core.complexity import complexity
from senet_core.registry import ModelConfig, create_model, list_models

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
def entry(name: str) -> Entry:
    """The row of one name; nothing is computed or allocated."""
    classes = 10 if name.removeprefix("se_").startswith("cifar_") else 1000
    with torch.device("meta"):
        model = create_model(name, classes)
    cost = complexity(model)
    gates = sum(isinstance(module, SqueezeExcitation) for module in model.modules())
    size = ModelConfig.of(model).input_size
    return Entry(name, classes, cost.parameters, cost.macs, gates, size)


def entries() -> list[Entry]:
    """A row a network, in the order of `list_models`."""
    return [entry(name) for name in list_models()]


def zoo() -> "pd.DataFrame":
    """`entries` as a DataFrame with a column a field."""
    import pandas as pd  # noqa: PLC0415  # the networks alone need no pandas

    return pd.DataFrame(entries())
