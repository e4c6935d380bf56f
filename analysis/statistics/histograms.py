"""A store's histograms over all images, read some classes at a time."""

import numpy as np
import numpy.typing as npt
import xarray as xr

from analysis.statistics.checks import require_gate
from analysis.store import BINS, TOP
from analysis.stream import stream_gate

Array = npt.NDArray[np.float64]

CLASSES = 64
"""Classes whose histograms are in memory at once: 26 MB of 2,048 channels."""


def bin_edges(ds: xr.Dataset, gate: str) -> Array:
    """(BINS + 1,): 0 to 1, or the range of the gates where they are not bound to [0, 1]."""
    low, high = ds[f"hist.{gate}"].attrs.get("range", (0.0, 1.0))
    return np.linspace(low, high, ds.sizes["bin"] + 1)


def overall_histogram(ds: xr.Dataset, gate: str) -> Array:
    """How many images have their gate in each bin: (C, BINS), over all images.

    The stored histograms count images that have a label. Where some have none, all are counted
    anew from the raw gates.

    Raises:
        InputError: where the store has no such gate.
    """
    require_gate(ds, gate)
    if int(ds["count"].values.sum()) != ds.sizes["sample"]:
        return _counted(ds, gate)
    stored = ds[f"hist.{gate}"]
    total = np.zeros(stored.shape[1:])
    for start in range(0, len(stored), CLASSES):
        total += stored[start : start + CLASSES].values.sum(axis=0, dtype=np.uint64)
    return total


def _counted(ds: xr.Dataset, gate: str) -> Array:
    edges, channels = bin_edges(ds, gate), ds.sizes[f"channel.{gate}"]
    total = np.zeros(channels * BINS)
    first = BINS * np.arange(channels)
    for _, values in stream_gate(ds, gate):
        total += np.bincount((first + _bins(values, edges)).ravel(), minlength=len(total))
    return total.reshape(channels, BINS)


def _bins(values: npt.NDArray[np.float32], edges: Array) -> npt.NDArray[np.int64]:
    """The bin of each value; in fixed point where it is stored so, which is exact at the edges."""
    low, high = edges[0], edges[-1]
    if (low, high) == (0.0, 1.0):
        place = np.rint(values.astype(np.float64) * TOP).astype(np.int64) * BINS // TOP
    else:
        place = np.floor((values - low) / ((high - low) / BINS or 1.0)).astype(np.int64)
    return place.clip(0, BINS - 1)
