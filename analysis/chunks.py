"""Batches of images into chunks of a store, and the stop at numbers that are not finite."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from analysis.forward import Forward, Outcome
from analysis.loading import Batch
from analysis.naming import Gate
from senet_core.errors import InputError

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some neighbouring samples (n of them) and what the network made of them.

    Attributes:
        gates: path to (n, C).
        logits: (n, K).
        valid: (n,) False for images that could not be read; their rows above are NaN.
        skipped: name to reason of each of those.
    """

    gates: dict[str, Floats]
    logits: Floats
    valid: npt.NDArray[np.bool_]
    skipped: dict[str, str]

    @classmethod
    def blank(cls, samples: int, gates: Sequence[Gate], outputs: int) -> Self:
        """Nothing yet of ``samples`` samples."""
        return cls(
            gates={g.path: np.full((samples, g.channels), np.nan, np.float32) for g in gates},
            logits=np.full((samples, outputs), np.nan, np.float32),
            valid=np.zeros(samples, bool),
            skipped={},
        )

    def put(self, rows: npt.NDArray[np.int64], outcome: Outcome) -> None:
        """Set some rows to what the network made of them."""
        self.logits[rows] = outcome.logits
        self.valid[rows] = True
        for path, own in self.gates.items():
            own[rows] = outcome.gates[path]


def fill(
    chunk: Chunk,
    batches: Iterator[Batch],
    forward: Forward,
    names: Sequence[str],
    *,
    advance: Callable[[int], object],
) -> None:
    """Run the next batches through the network until ``chunk`` is full.

    Args:
        chunk: blank.
        batches: those of this chunk come next and end with it.
        forward: the network.
        names: (n,) of the chunk's images.
        advance: told the size of each batch that is done.

    Raises:
        InputError: where a gate or logit is not finite, naming the image.
    """
    start = 0
    while start < len(names):
        batch = next(batches)
        read = [place for place in range(batch.size) if place not in batch.faults]
        for place, reason in batch.faults.items():
            chunk.skipped[names[start + place]] = reason
        if batch.images is not None:
            outcome = forward(batch.images)
            _require_finite(outcome, [names[start + place] for place in read])
            chunk.put(start + np.asarray(read), outcome)
        start += batch.size
        advance(batch.size)


def _require_finite(outcome: Outcome, names: Sequence[str]) -> None:
    parts = {f"gates of {path}": own for path, own in outcome.gates.items()}
    for called, values in {**parts, "logits": outcome.logits}.items():
        bad = ~np.isfinite(values).all(axis=1)
        if bad.any():
            name = names[int(np.flatnonzero(bad)[0])]
            raise InputError(
                f"the {called} are not finite for the image {name}; "
                "the weights are damaged or do not suit these images"
            )
