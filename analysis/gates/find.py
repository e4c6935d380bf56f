"""Find the gates of a network and record them while it runs, by forward hooks."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn
from torchvision.ops import SqueezeExcitation as TorchvisionSE

from analysis.naming import Gate, Position, labels, position
from senet_core.attention import SqueezeExcitation
from senet_core.errors import InputError

_BOUNDED = (nn.Sigmoid, nn.Hardsigmoid)


@dataclass(frozen=True, slots=True)
class Kind:
    """A row of the table of attention blocks that are known here.

    Attributes:
        name: `Gate.kind`.
        module: the block's class; subclasses count.
        source: the child whose output is the gates.
        channels: how many gates a block has.
        obstacle: why a block's gates are not one vector an image, or the empty text.
        position: stage and block where the block itself knows them; its path tells them else.
    """

    name: str
    module: type[nn.Module]
    source: str
    channels: Callable[[Any], int]
    obstacle: Callable[[Any], str] = lambda block: ""
    position: Callable[[Any], Position] = lambda block: (None, None)


def _spatial(block: SqueezeExcitation) -> str:
    if block.config.squeeze == "none":
        return "spatial: without a squeeze it has a gate for every position"
    return ""


KINDS = (
    Kind(
        "se",
        SqueezeExcitation,
        source="gate",
        channels=lambda block: block.channels,
        obstacle=_spatial,
        position=lambda block: (block.stage, block.block),
    ),
    Kind(
        "se",
        TorchvisionSE,
        source="scale_activation",
        channels=lambda block: block.fc2.out_channels,
    ),
)


def find_gates(model: nn.Module) -> dict[str, Gate]:
    """The gates that `record_gates` records, by path, in the network's order; {} for a baseline."""
    usable = [found for found in _attention(model) if not found.obstacle]
    names = labels([found.position for found in usable])
    return {
        found.path: Gate(
            path=found.path,
            kind=found.kind.name,
            channels=found.kind.channels(found.block),
            stage=found.position[0],
            block=found.position[1],
            label=label,
            bounded=isinstance(found.block.get_submodule(found.kind.source), _BOUNDED),
            source=f"{found.path}.{found.kind.source}".lstrip("."),
        )
        for found, label in zip(usable, names, strict=True)
    }


def skipped_gates(model: nn.Module) -> dict[str, str]:
    """Attention blocks whose gates are not recorded: path to the reason why."""
    return {found.path: found.obstacle for found in _attention(model) if found.obstacle}


@contextmanager
def record_gates(model: nn.Module) -> Iterator[dict[str, Tensor]]:
    """Record the gates of every forward pass inside the ``with``.

    The hooks are gone after it, also where the forward raised; the dictionary stays, with the
    gates of the last forward.

    Args:
        model: any network; one without gates yields an empty dictionary.

    Yields:
        Path of each gate (`find_gates`) to the last forward's gates (B, C): after the gate's own
        activation, detached, on the network's device.
    """
    recorded: dict[str, Tensor] = {}
    with ExitStack() as hooks:
        gates = find_gates(model)
        if gates:
            forget = model.register_forward_pre_hook(lambda *_: recorded.clear())
            hooks.enter_context(forget)
        for gate in gates.values():
            source = model.get_submodule(gate.source)
            hooks.enter_context(source.register_forward_hook(_keeper(gate, recorded)))
        yield recorded


def _keeper(gate: Gate, recorded: dict[str, Tensor]) -> Callable[[nn.Module, Any, Tensor], None]:
    def keep(module: nn.Module, inputs: Any, output: Tensor) -> None:
        vector = output.detach().flatten(1)  # (B, C), (B, C, 1, 1), (B, 1, C) or (B, 1, 1, C)
        if vector.shape[1] != gate.channels:
            raise InputError(
                f"the gates of {gate.path} have shape {tuple(output.shape)}, which is no vector "
                f"of {gate.channels} for each image"
            )
        recorded[gate.path] = vector

    return keep


@dataclass(frozen=True, slots=True)
class _Found:
    """An attention block in a network, and its row of the table."""

    path: str
    block: nn.Module
    kind: Kind

    @property
    def obstacle(self) -> str:
        return self.kind.obstacle(self.block)

    @property
    def position(self) -> Position:
        own = self.kind.position(self.block)
        return position(self.path) if own[0] is None else own


def _attention(model: nn.Module) -> Iterator[_Found]:
    for path, module in model.named_modules():
        for kind in KINDS:
            if isinstance(module, kind.module):
                yield _Found(path, module, kind)
                break
