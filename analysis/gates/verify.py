"""Make sure, once, that a block's output is its input times the gates that were recorded."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from analysis.naming import Gate
from senet_core.errors import InputError

_POSITIONS = 4  # along each axis, at most: the check looks at a part of one image


class FirstRun:
    """Hooks on a block that look at its first run and then remove themselves.

    The input is looked at before the block runs, which may scale it in place. What is kept of it
    meanwhile is a few positions of one image.
    """

    def __init__(
        self, gate: Gate, recorded: Mapping[str, Tensor], watching: Callable[[], bool]
    ) -> None:
        self._gate = gate
        self._recorded = recorded
        self._watching = watching
        self._input: Tensor | None = None
        self._handles: list[RemovableHandle] = []

    def attach(self, block: nn.Module, hooks: ExitStack) -> None:
        """Hook the block; ``hooks`` removes what is left where it never runs."""
        self._handles = [
            block.register_forward_pre_hook(self._before),
            block.register_forward_hook(self._after, prepend=True),
        ]
        for handle in self._handles:
            hooks.enter_context(handle)

    def _before(self, block: nn.Module, inputs: tuple[Any, ...]) -> None:
        if self._watching() and inputs and isinstance(inputs[0], Tensor):
            self._input = self._part(inputs[0]).clone()

    def _after(self, block: nn.Module, inputs: Any, output: Any) -> None:
        if not self._watching():
            return
        for handle in self._handles:
            handle.remove()
        x, self._input = self._input, None
        gates = self._recorded.get(self._gate.path)
        if x is None or gates is None or not isinstance(output, Tensor):
            return  # it took no tensor, or its gates did not run
        if output.is_meta or output.is_quantized:
            return  # no numbers to compare, or rounded ones
        if x.shape != self._part(output).shape or not _scales(x, gates[:1], self._part(output)):
            name, kind = self._gate.path or "the network", type(block).__name__
            raise InputError(
                f"the output of {name} is not its input times the gates seen in it, so they would "
                f"mean something else; derive its class {kind} from none of the known attention "
                "classes, and it is judged by what it does"
            )

    def _part(self, x: Tensor) -> Tensor:
        """Of the first image all channels, whichever axis has them, at some positions."""
        part = x.detach()[:1]
        for axis, size in enumerate(part.shape[1:], 1):
            if size != self._gate.channels and size > _POSITIONS:
                part = part[(slice(None),) * axis + (slice(None, None, -(-size // _POSITIONS)),)]
        return part


def _scales(x: Tensor, gates: Tensor, output: Tensor) -> bool:
    """Whether ``output`` is ``x`` times ``gates`` (1, C), along the axis of the channels."""
    precision = max(1e-4, 4 * torch.finfo(output.dtype).eps)
    for axis in (1, x.ndim - 1):
        if x.shape[axis] == gates.shape[1]:
            shape = [1] * x.ndim
            shape[axis] = -1
            expected = x.float() * gates.float().reshape(shape)
            differs = (output.float() - expected).abs() > 1e-6 + precision * expected.abs()
            if not differs.any():  # what is not a number differs from nothing
                return True
    return False
