"""Quantiles of each class's gates: from the stored histograms, or exact from the raw gates."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from analysis.statistics.by_class import stream_classes
from analysis.statistics.checks import present_classes, require_gate
from analysis.statistics.histograms import CLASSES, bin_edges
from senet_core.errors import InputError

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ClassQuantiles:
    """Quantiles of each class that has samples.

    Attributes:
        classes: (K,) places on the store's ``class`` dimension.
        q: (Q,) which quantiles, in [0, 1].
        values: (Q, K, C).
        error: the most that a value can be off; 0 where they are exact.
    """

    classes: npt.NDArray[np.int64]
    q: Array
    values: Array
    error: float


def class_quantiles(
    ds: xr.Dataset,
    gate: str,
    q: Sequence[float] = (0.25, 0.5, 0.75),
    *,
    exact: bool = False,
) -> ClassQuantiles:
    """Quantiles of every channel over the images of each class, as NumPy defines them.

    From the histograms each is within a bin of the exact value, 0.02 for gates in [0, 1]: the
    images of a bin are taken to spread over it evenly. Exact ones take one pass over the raw gates,
    with the gates of one class in memory. Histograms are 50 K C numbers, gates N C: where classes
    have less than a hundred images, exact quantiles are as fast.

    Args:
        ds: a store.
        gate: the gate's path.
        q: which, in [0, 1].
        exact: read the raw gates.

    Raises:
        InputError: where the store has no such gate or no labelled sample, or a q lies outside
            [0, 1].
    """
    require_gate(ds, gate)
    classes, wanted = present_classes(ds), np.asarray(q, np.float64)
    if not ((wanted >= 0) & (wanted <= 1)).all():
        raise InputError(f"quantiles lie from 0 to 1, unlike {', '.join(map(str, q))}")
    if exact:
        parts = [np.quantile(values, wanted, axis=0) for _, values in stream_classes(ds, gate)]
        return ClassQuantiles(classes, wanted, np.stack(parts, axis=1), 0.0)
    edges, stored = bin_edges(ds, gate), ds[f"hist.{gate}"]
    rows = []
    for start in range(0, len(classes), CLASSES):
        own = classes[start : start + CLASSES]
        span = stored[int(own[0]) : int(own[-1]) + 1].values[own - own[0]]
        rows.append(_of_histograms(span, wanted, edges))
    return ClassQuantiles(classes, wanted, np.concatenate(rows, axis=1), float(edges[1] - edges[0]))


def _of_histograms(counts: npt.NDArray[np.uint32], q: Array, edges: Array) -> Array:
    """(Q, R, C) of histograms (R, C, BINS) that are not empty."""
    until = np.cumsum(counts, axis=2, dtype=np.int64)  # (R, C, BINS)
    place = q[:, None, None] * (until[..., -1] - 1)  # (Q, R, C), between two of the sorted images
    below = np.floor(place).astype(np.int64)
    low = _of_rank(counts, until, below, edges)
    high = _of_rank(counts, until, np.ceil(place).astype(np.int64), edges)
    return np.asarray(low + (place - below) * (high - low))


def _of_rank(
    counts: npt.NDArray[np.uint32],
    until: npt.NDArray[np.int64],
    rank: npt.NDArray[np.int64],
    edges: Array,
) -> Array:
    """About the gate of the image at ``rank`` (Q, R, C), from 0, among the sorted ones."""
    found = np.stack([(until <= one[..., None]).sum(axis=2) for one in rank])  # bins
    own = np.take_along_axis(counts[None], found[..., None], axis=3)[..., 0]
    last = np.take_along_axis(until[None], found[..., None], axis=3)[..., 0]
    within = (rank - (last - own) + 0.5) / own
    return np.asarray(edges[found] + within * (edges[1] - edges[0]))
