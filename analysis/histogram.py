"""Histograms of gates by class, streamed from a store's raw gates a chunk at a time."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from analysis.layout import CLASSES_PER_CHUNK
from analysis.lazy import StoredArray
from analysis.store import BINS, MISSING, SAMPLES_PER_CHUNK, TOP

Integers = npt.NDArray[np.int64]
# The bin of each 16-bit code: bin b holds the codes from b * TOP / BINS on, exactly.
_BIN = np.minimum(np.arange(MISSING + 1) * BINS // TOP, BINS - 1).astype(np.uint8)


def histograms(
    values: StoredArray, labels: Integers, classes: int, low: float, high: float
) -> Iterator[tuple[slice, npt.NDArray[np.uint32]]]:
    """Count the gates of each class and channel in `BINS` equal bins from ``low`` to ``high``.

    Args:
        values: one gate (N, C) as it is stored, 16-bit codes or float32; N is sorted by class. It
            is read a chunk at a time.
        labels: (N,) ascending.
        classes: K.
        low: lower edge of the first bin.
        high: upper edge of the last, which belongs to it.

    Yields:
        Some classes that have samples, and their counts (R, C, BINS).
    """
    channels = values.shape[1]
    for first in range(0, classes, CLASSES_PER_CHUNK):
        rows = slice(first, min(first + CLASSES_PER_CHUNK, classes))
        start, stop = (int(i) for i in np.searchsorted(labels, [rows.start, rows.stop]))
        if start == stop:
            continue
        counts = np.zeros((rows.stop - rows.start, channels, BINS), np.uint32)
        for piece in _pieces(start, stop):
            gates = values.rows(np.arange(piece.start, piece.stop), slice(0, channels))
            read = ~_missing(gates[:, 0])  # an image is missing in all channels or in none
            if read.any():
                _add(counts, _bins(gates[read], low, high), labels[piece][read] - rows.start)
        yield rows, counts


def _pieces(start: int, stop: int) -> Iterator[slice]:
    """The part of each chunk that lies between two samples."""
    while start < stop:
        end = min(stop, (start // SAMPLES_PER_CHUNK + 1) * SAMPLES_PER_CHUNK)
        yield slice(start, end)
        start = end


def _missing(column: npt.NDArray[Any]) -> npt.NDArray[np.bool_]:
    return np.asarray(column == MISSING if column.dtype == np.uint16 else np.isnan(column))


def _bins(values: npt.NDArray[Any], low: float, high: float) -> npt.NDArray[np.integer]:
    """The bin of each value (n, C)."""
    if values.dtype == np.uint16:
        return np.take(_BIN, values)
    width = (high - low) / BINS or 1.0
    place = np.floor((values.astype(np.float64) - low) / width)
    return np.minimum(place, BINS - 1).astype(np.int64)


def _add(counts: npt.NDArray[np.uint32], bins: npt.NDArray[np.integer], labels: Integers) -> None:
    """Count ``bins`` (n, C) of samples of the classes ``labels`` (n,) into (R, C, BINS)."""
    own = counts[labels.min() : labels.max() + 1]  # few classes share a chunk
    cells = ((labels - labels.min())[:, None] * own.shape[1] + np.arange(own.shape[1])) * BINS
    cells += bins
    own += np.bincount(cells.reshape(-1), minlength=own.size).reshape(own.shape).astype(np.uint32)
