"""Histograms of gates by class, streamed from a store's raw gates a chunk at a time."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from analysis.layout import CLASSES_PER_CHUNK
from analysis.store import BINS, MISSING, SAMPLES_PER_CHUNK, TOP

Integers = npt.NDArray[np.int64]


def histograms(
    values: Any, labels: Integers, classes: int, low: float, high: float
) -> Iterator[tuple[slice, npt.NDArray[np.uint32]]]:
    """Count the gates of each class and channel in `BINS` equal bins from ``low`` to ``high``.

    Args:
        values: the array of one gate (N, C) as it is stored, 16-bit codes or float32; N is sorted
            by class. It is read a chunk at a time.
        labels: (N,) ascending.
        classes: K.
        low: lower edge of the first bin.
        high: upper edge of the last, which belongs to it.

    Yields:
        Some classes that have samples, and their counts (R, C, BINS).
    """
    for first in range(0, classes, CLASSES_PER_CHUNK):
        rows = slice(first, min(first + CLASSES_PER_CHUNK, classes))
        start, stop = (int(i) for i in np.searchsorted(labels, [rows.start, rows.stop]))
        if start == stop:
            continue
        counts = np.zeros((rows.stop - rows.start, values.shape[1], BINS), np.uint32)
        for piece in _pieces(start, stop):
            own = labels[piece] - rows.start
            _add(counts, _bins(values[piece], low, high), own)
        yield rows, counts


def _pieces(start: int, stop: int) -> Iterator[slice]:
    """The part of each chunk that lies between two samples."""
    while start < stop:
        end = min(stop, (start // SAMPLES_PER_CHUNK + 1) * SAMPLES_PER_CHUNK)
        yield slice(start, end)
        start = end


def _bins(values: npt.NDArray[Any], low: float, high: float) -> Integers:
    """The bin of each value (n, C); -1 where the image could not be read."""
    if values.dtype == np.uint16:  # exact: bin b holds the codes from b * TOP / BINS on
        codes = values.astype(np.int64)
        return np.where(codes == MISSING, -1, np.minimum(codes * BINS // TOP, BINS - 1))
    width = (high - low) / BINS or 1.0
    place = np.nan_to_num((values.astype(np.float64) - low) / width, nan=-1.0)
    return np.minimum(np.floor(place), BINS - 1).astype(np.int64)


def _add(counts: npt.NDArray[np.uint32], bins: Integers, labels: Integers) -> None:
    """Count ``bins`` (n, C) of samples of the classes ``labels`` (n,) into (R, C, BINS)."""
    channel = np.arange(counts.shape[1])
    cells = (labels[:, None] * counts.shape[1] + channel) * BINS + bins
    found = np.bincount(cells[bins >= 0], minlength=counts.size)
    counts += found.reshape(counts.shape).astype(np.uint32)
