"""Go through the raw gates of a store block by block, for what no moment or histogram can tell.

`stream_gate` is the way to read whole gates: quantiles, probes, bootstraps and correlations see
50,000 images in the memory of a few thousand. Imports no torch.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import xarray as xr

from analysis.store import SAMPLES_PER_CHUNK, gates_of
from senet_core.errors import InputError

Floats = npt.NDArray[np.float32]
_VALUES = 2**19  # a block, 2 MB of float32: what a processor's cache holds


def stream_gate(
    ds: xr.Dataset, path: str, *, block: int | None = None
) -> Iterator[tuple[slice, Floats]]:
    """One gate of a store, ``block`` samples at a time, in the store's order.

    Only one block is in memory. Choose samples before, with ``ds.isel(sample=...)``; they are best
    in the store's order.

    Args:
        ds: a store, or some samples of it.
        path: the gate's path.
        block: samples a block; None chooses whole chunks of the store, about 2 MB.

    Yields:
        The samples' places in ``ds`` and their gates (n, C), float32, the caller's to keep.

    Raises:
        InputError: where the store has no such gate.
    """
    name = f"gate.{path}"
    if name not in ds.variables:
        known = ", ".join(gate.path for gate in gates_of(ds)) or "it has none"
        raise InputError(f"the store has no gate {path!r}; choose from those it has: {known}")
    return stream_rows(ds.variables[name], block=block)


def stream_rows(array: xr.Variable, *, block: int | None = None) -> Iterator[tuple[slice, Floats]]:
    """Gates or logits (sample, C), as `stream_gate` does."""
    samples, channels = array.shape
    rows = block or SAMPLES_PER_CHUNK * max(1, _VALUES // (SAMPLES_PER_CHUNK * channels))
    for start in range(0, samples, rows):
        place = slice(start, min(start + rows, samples))
        yield place, np.asarray(array[place].values, np.float32)
