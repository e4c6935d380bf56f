"""Record the gates of a network while it runs, by forward hooks that are gone afterwards."""

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

from torch import Tensor, nn

from analysis.gates.find import found_blocks, gates_of_blocks
from analysis.gates.vector import vector
from analysis.gates.verify import FirstRun
from analysis.naming import Gate


@contextmanager
def record_gates(model: nn.Module) -> Iterator[dict[str, Tensor]]:
    """Record the gates of every forward pass inside the ``with``.

    The hooks are gone after it, also where the forward raised; the dictionary stays, with the
    gates of the last forward. They act in the thread that entered the ``with`` alone, so that
    others may use the same network meanwhile. A block that runs more than once in a forward
    leaves its last gates, and one that does not run leaves none.

    In the first forward the output of each block that does nothing but scale is compared with its
    input times its gates, at some positions of one image. Others, such as a residual unit that
    scales within, were seen to multiply by their gates when they were found.

    Args:
        model: any network; one without gates yields an empty dictionary.

    Yields:
        Path of each gate (`find_gates`) to the last forward's gates (B, C): after the gate's own
        activation, detached, on the network's device.

    Raises:
        InputError: in the forward, where gates are no vector for each image, and where the output
            of a block is not its input times its gates; both name the block.
    """
    recorded: dict[str, Tensor] = {}
    owner = threading.get_ident()

    def watching() -> bool:
        return threading.get_ident() == owner

    def forget(*_: Any) -> None:
        if watching():
            recorded.clear()

    blocks = found_blocks(model)
    gates = gates_of_blocks(model, blocks)
    whole = {block.path for block in blocks if block.whole}
    with ExitStack() as hooks:
        if gates:
            hooks.enter_context(model.register_forward_pre_hook(forget))
        for gate in gates.values():
            source = model.get_submodule(gate.source)
            hooks.enter_context(source.register_forward_hook(_keeper(gate, recorded, watching)))
            if gate.path in whole:
                block = model.get_submodule(gate.path)
                FirstRun(gate, recorded, watching).attach(block, hooks)
        yield recorded


def _keeper(
    gate: Gate, recorded: dict[str, Tensor], watching: Callable[[], bool]
) -> Callable[[nn.Module, Any, Tensor], None]:
    def keep(module: nn.Module, inputs: Any, output: Tensor) -> None:
        if watching():
            recorded[gate.path] = vector(gate, output.detach())

    return keep
