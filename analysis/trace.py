"""What the modules of a block took in and gave out in one forward pass."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn


@dataclass(frozen=True)
class Run:
    """One run of a module.

    Attributes:
        module: it.
        taken: its first argument, copied before it ran, which may have changed it; None where
            that is no tensor.
        given: what it returned, copied.
    """

    module: nn.Module
    taken: Tensor | None
    given: Tensor


@contextmanager
def trace(block: nn.Module) -> Iterator[list[Run]]:
    """Every run of ``block`` and of the modules in it that returns a tensor, in order of their end.

    The hooks act in the thread that entered the ``with`` alone, and are gone after it.
    """
    runs: list[Run] = []
    started: dict[nn.Module, list[Tensor | None]] = {}
    owner = threading.get_ident()

    def before(module: nn.Module, inputs: tuple[Any, ...]) -> None:
        if threading.get_ident() == owner:
            first = inputs[0] if inputs else None
            copied = first.detach().clone() if isinstance(first, Tensor) else None
            started.setdefault(module, []).append(copied)

    def after(module: nn.Module, inputs: Any, output: Any) -> None:
        if threading.get_ident() != owner:
            return
        taken = started[module].pop()
        if isinstance(output, Tensor):
            runs.append(Run(module, taken, output.detach().clone()))

    with ExitStack() as hooks:
        for module in block.modules():
            hooks.enter_context(module.register_forward_pre_hook(before))
            hooks.enter_context(module.register_forward_hook(after))
        yield runs
