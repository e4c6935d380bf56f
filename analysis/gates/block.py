"""What is known of an attention block before it runs, whoever recognised it."""

from dataclasses import dataclass
from typing import Any

from torch import nn

from analysis.naming import Position


@dataclass(frozen=True, slots=True)
class Block:
    """An attention block in a network.

    Attributes:
        path: its place in the network.
        kind: `Gate.kind`.
        source: path of the module whose output the gates are, but for ``function``.
        channels: how many gates it has.
        function: `Gate.function`.
        whole: whether its output is its input times its gates, and nothing else.
        obstacle: why its gates cannot be recorded, or the empty text.
        position: stage and block where the block itself knows them; its path tells them else.
    """

    path: str
    kind: str = ""
    source: str = ""
    channels: int = 0
    function: str = ""
    whole: bool = True
    obstacle: str = ""
    position: Position = (None, None)


def joined(path: str, name: str) -> str:
    """The path of a child; the network's own path is empty."""
    return f"{path}.{name}".strip(".")


def width(layer: Any) -> int:
    """How many channels a layer puts out; 0 where that is not fixed."""
    for attribute in ("out_channels", "out_features", "num_features"):
        if isinstance(size := getattr(layer, attribute, None), int):
            return size
    return 0


def width_before(model: nn.Module, block: nn.Module) -> int:
    """The width of the last layer ahead of a block; 0 where there is none.

    This is how wide an ECA block is, whose own weights fit any number of channels.
    """
    found = 0
    for module in model.modules():
        if module is block:
            break
        size = width(module)
        found = size if size > 1 else found  # one channel is what a spatial attention makes
    return found
