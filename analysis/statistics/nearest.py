"""The images whose gates are most like those of one image."""

from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from analysis.statistics.checks import require_gate
from analysis.statistics.class_moments import mean_std_of_images, standardising
from analysis.statistics.tables import of_images
from analysis.stream import stream_gate
from senet_core.errors import InputError

Array = npt.NDArray[np.float64]
Metric = Literal["cosine", "euclidean"]


def nearest_images(
    ds: xr.Dataset,
    gate: str,
    of: int | npt.NDArray[np.floating],
    *,
    n: int = 8,
    metric: Metric = "cosine",
) -> pd.DataFrame:
    """The images of a store nearest to one in the space of a block's standardised gates.

    Each channel counts by its distance from its mean over all images, in its standard deviations;
    channels that never vary count for nothing. One pass over the raw gates, N C steps.

    Args:
        ds: a store.
        gate: the gate's path.
        of: a sample's place in the store, which is then left out, or the gates (C,) of any image.
        n: how many.
        metric: ``cosine``, 1 - cos of the angle, from 0 (the same direction) to 2; or
            ``euclidean``, the root of the mean squared distance over channels.

    Returns:
        ``n`` rows or fewer, the nearest first: ``sample``, ``distance``, ``label`` (-1: none) and
        ``class`` (its name or ""). Of equal distances the first in the store comes first.

    Raises:
        InputError: where the store has no such gate or sample, or the vector another length.
    """
    require_gate(ds, gate)
    mean, deviation = mean_std_of_images(ds, gate)
    scale = standardising(mean, np.square(deviation))
    query = (_vector(ds, gate, of) - mean) * scale
    parts = [
        _distances((values - mean) * scale, query, metric) for _, values in stream_gate(ds, gate)
    ]
    distance = np.concatenate([np.empty(0), *parts])
    if np.ndim(of) == 0:
        distance[int(of)] = np.inf
    order = np.argsort(distance, kind="stable")[: max(n, 0)]
    order = order[np.isfinite(distance[order])]
    return of_images(ds, order, distance=distance[order])


def _vector(ds: xr.Dataset, gate: str, of: int | npt.NDArray[np.floating]) -> Array:
    samples, channels = ds.sizes["sample"], ds.sizes[f"channel.{gate}"]
    if np.ndim(of) == 0:
        place = int(of)
        if not 0 <= place < samples:
            raise InputError(f"the store has no sample {place}; choose from 0 to {samples - 1}")
        return np.asarray(ds[f"gate.{gate}"][place].values, np.float64)
    if np.shape(of) != (channels,):
        raise InputError(f"{gate} has {channels} channels; give a vector of as many gates")
    return np.asarray(of, np.float64)


def _distances(values: Array, query: Array, metric: Metric) -> Array:
    """(n,) of (n, C) to (C,)."""
    if metric == "euclidean":
        return np.asarray(np.sqrt(np.square(values - query).mean(axis=1)))
    length = np.linalg.norm(values, axis=1) * np.linalg.norm(query)
    cosine = np.divide(values @ query, length, out=np.zeros(len(values)), where=length > 0)
    return np.asarray(1 - cosine)
