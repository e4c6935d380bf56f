"""Which classes a block treats alike: similarity of their mean gates, and the tree of classes."""

from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr
from scipy.cluster import hierarchy
from scipy.spatial.distance import squareform

from analysis.statistics.class_moments import moments
from senet_core.errors import InputError

Array = npt.NDArray[np.float64]


def class_similarity(
    ds: xr.Dataset,
    gate: str,
    *,
    measure: Literal["correlation", "cosine"] = "correlation",
    relative: bool = True,
) -> pd.DataFrame:
    """How alike the mean gates of two classes are, over the channels: 1 alike, -1 opposite.

    Args:
        ds: a store.
        gate: the gate's path.
        measure: Pearson's correlation, or the cosine.
        relative: of what sets a class apart, its mean gates less the mean of all classes. Without
            it nearly all classes are alike, since channels differ more than classes do.

    Returns:
        (K, K) by class name, the classes with samples in the store's order; NaN in the rows of a
        class that does not vary over the channels.

    Raises:
        InputError: where the store has no such gate, or samples of fewer than two classes.
    """
    pooled = moments(ds, gate)
    if len(pooled.classes) < 2:
        raise InputError("one class has nothing to be compared with; collect two or more")
    rows = pooled.mean - pooled.mean.mean(axis=0) if relative else pooled.mean
    if measure == "correlation":
        rows = rows - rows.mean(axis=1, keepdims=True)
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    unit = np.divide(rows, length, out=np.full_like(rows, np.nan), where=length > 1e-12)
    names = pd.Index(ds["class"].values[pooled.classes].astype(object), name="class")
    return pd.DataFrame((unit @ unit.T).clip(-1, 1), index=names, columns=names)


def class_tree(similarity: pd.DataFrame) -> Array:
    """The tree of classes: SciPy's linkage (K - 1, 4) by average distance 1 - similarity.

    Its leaves are in the order in which neighbours are most alike (optimal leaf ordering), for
    `scipy.cluster.hierarchy.dendrogram` and `class_order`.

    Raises:
        InputError: where a similarity is not known.
    """
    distance = 1 - similarity.to_numpy(np.float64)
    if not np.isfinite(distance).all():
        raise InputError("a class does not vary over the channels, so it has no place in the tree")
    np.fill_diagonal(distance, 0)
    flat = squareform(np.maximum(distance, 0), checks=False)
    return np.asarray(hierarchy.linkage(flat, "average", optimal_ordering=True))


def class_order(tree: Array) -> npt.NDArray[np.int64]:
    """(K,) places of the classes along the tree, neighbours alike."""
    return np.asarray(hierarchy.leaves_list(tree), np.int64)
