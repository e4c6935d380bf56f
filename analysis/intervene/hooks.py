"""Run a network with other gates than its own, by forward hooks that are gone afterwards."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from torch import Tensor, nn

from analysis.gates import find_gates, source_output, vector
from analysis.intervene.changes import Change
from analysis.naming import Gate
from senet_core.errors import InputError


@contextmanager
def intervene(model: nn.Module, changes: Mapping[str, Change]) -> Iterator[None]:
    """Change the gates of every forward pass inside the ``with``.

    A block further down computes its gates from what the changed ones let through, as it would
    in any network. `record_gates` sees the changed gates, those that the network used, whichever
    of the two ``with`` is the outer. Of two interventions on one block the inner acts first, and
    the outer on what it gave.

    The hooks are gone afterwards, also where the forward raised. They act in the thread that
    entered the ``with`` alone, so that others may use the same network meanwhile.

    Args:
        model: any network with gates.
        changes: path of a gate (`find_gates`) to what is done with its gates (B, C).

    Raises:
        InputError: where the network has no such gate; in the forward, where a change gives gates
            of another shape, or values that the block cannot have (`source_output`).
    """
    with changed_gates(model, find_gates(model), changes):
        yield


@contextmanager
def changed_gates(
    model: nn.Module, gates: Mapping[str, Gate], changes: Mapping[str, Change]
) -> Iterator[None]:
    """`intervene` where the network's ``gates`` are known already; finding them takes a while."""
    for path in changes:
        if path not in gates:
            known = ", ".join(gates) or "none at all: it is a baseline"
            raise InputError(f"the network has no gate {path!r}; it has {known}")
    with ExitStack() as hooks:
        for path, change in changes.items():
            hook = _changer(gates[path], change)
            source = model.get_submodule(gates[path].source)
            hooks.enter_context(source.register_forward_hook(hook, prepend=True))
        yield


def _changer(gate: Gate, change: Change) -> Callable[[nn.Module, Any, Tensor], Tensor | None]:
    owner = threading.get_ident()

    def hook(module: nn.Module, inputs: Any, output: Tensor) -> Tensor | None:
        if threading.get_ident() != owner:
            return None
        own = vector(gate, output)  # (B, C)
        changed = change(own)
        if changed.shape != own.shape:
            raise InputError(
                f"a change of {gate.path} gave gates of shape {tuple(changed.shape)}; "
                f"it must keep {tuple(own.shape)}"
            )
        return source_output(gate, changed, output)

    return hook
