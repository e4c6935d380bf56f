"""The raw gates of a store a class at a time, for what needs all images of a class together."""

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import numpy.typing as npt
import xarray as xr

from analysis.stream import stream_gate

Floats = npt.NDArray[np.float32]


def stream_classes(ds: xr.Dataset, gate: str) -> Iterator[tuple[int, Floats]]:
    """Each class that has samples and its gates (N_k, C), in the store's order.

    The samples of a store lie class by class, so this is one pass, with one class and one block in
    memory. Images without a label are left out.

    Raises:
        InputError: where the store has no such gate.
    """
    labels = ds["label"].values
    current, parts = -1, list[Floats]()
    for place, values in stream_gate(ds, gate):
        own = labels[place]
        cuts = [0, *(np.flatnonzero(np.diff(own)) + 1).tolist(), len(own)]
        for start, stop in pairwise(cuts):
            if own[start] != current:
                if current >= 0:
                    yield current, np.concatenate(parts)
                current, parts = int(own[start]), []
            parts.append(values[start:stop])
    if current >= 0:
        yield current, np.concatenate(parts)
