"""Fill the chunks of a store, in one process or several; a thread writes while the network runs."""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

from analysis.chunks import Chunk, fill
from analysis.forward import Forward
from analysis.loading import Batch
from analysis.progress import progress_bar
from analysis.writer import StoreWriter
from senet_core.distributed import World
from senet_core.errors import one_line

_log = logging.getLogger(__name__)


def share_out(pending: Sequence[int], world: World) -> list[int | None]:
    """The chunks of this process, a turn each; None in a last turn that has too few for all."""
    turns = -(-len(pending) // world.size)
    places = range(world.rank, turns * world.size, world.size)
    return [pending[place] if place < len(pending) else None for place in places]


def fill_store(
    writer: StoreWriter,
    pending: Sequence[int],
    images: Iterator[Batch],
    forward: Forward,
    names: Callable[[slice], Sequence[str]],
    *,
    world: World,
) -> None:
    """Fill the chunks that are not done; the first process finishes the store.

    A thread writes a chunk while the next one is filled. The processes meet after each turn, so a
    fault in one of them ends all.

    Args:
        writer: of the store, which every process has open.
        pending: the chunks that are not done, of all processes.
        images: the batches of this process's chunks, in the order of `share_out`.
        forward: the network.
        names: what some samples of the store are called.
        world: the processes.

    Raises:
        InputError: where a gate or logit is not finite, naming the image.
        OSError: where the store cannot be written.
    """
    done = writer.samples - sum(map(writer.size, pending))
    writing: Future[None] | None = None
    with (
        progress_bar("collecting", "image", writer.samples, done, hidden=not world.first) as bar,
        ThreadPoolExecutor(1) as thread,
    ):
        for index in share_out(pending, world):
            skipped: dict[str, str] = {}
            if index is not None:
                chunk = Chunk.blank(writer.size(index), writer.gates, writer.outputs)
                fill(chunk, images, forward, names(writer.span(index)), advance=bar.update)
                skipped = chunk.skipped
                if writing is not None:
                    writing.result()  # so that at most one chunk waits
                writing = thread.submit(writer.write, index, chunk)
            for other, faults in world.meet((index, skipped)):
                if other not in (index, None):
                    bar.update(writer.size(other))
                _tell(faults, world)
        if writing is not None:
            writing.result()
    world.meet(None)  # every chunk of every process is written
    if world.first:
        _finish(writer)


def _tell(faults: Mapping[str, str], world: World) -> None:
    for name, reason in faults.items() if world.first else ():
        _log.warning("skipped %s: %s", one_line(name), one_line(reason))


def _finish(writer: StoreWriter) -> None:
    gates = len(writer.gates)
    with progress_bar("summing up", "gate", gates, hidden=not gates) as bar:
        skipped = writer.finish(advance=bar.update)
    if skipped:
        _log.warning("%d of %d images could not be read", len(skipped), writer.samples)
