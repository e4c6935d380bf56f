"""Which classes a block treats alike, where there are too many for a screen: groups of neighbours.

The mean of the similarities of the classes of two groups is the product of the mean directions of
the two groups, so a thousand classes need no million similarities.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr
from scipy.cluster import hierarchy
from scipy.spatial.distance import squareform

from analysis.statistics.checks import present_classes, require_gate
from senet_core.errors import InputError

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]


def order_by_similarity(ds: xr.Dataset, gate: str) -> Integers:
    """(K,) places on ``class`` of the classes with samples, in an order of like beside like.

    The leaves of the tree by average linkage of 1 - similarity, `class_similarity`'s correlation.

    Raises:
        InputError: where the store has no such gate, or samples of fewer than two classes.
    """
    classes, unit = _directions(ds, gate)
    distance = 1 - (unit @ unit.T).clip(-1, 1)  # a class that does not vary is unlike all
    np.fill_diagonal(distance, 0)
    tree = hierarchy.linkage(squareform(distance, checks=False), "average")
    return classes[hierarchy.leaves_list(tree)]


def grouped_similarity(
    ds: xr.Dataset, gate: str, order: Integers, *, most: int = 100
) -> pd.DataFrame:
    """`class_similarity` in an order, its classes joined into at most ``most`` groups.

    Args:
        ds: a store.
        gate: the gate's path.
        order: places on ``class``, of `order_by_similarity`, be it of another gate.
        most: groups; neighbours in the order are joined, as many in each as in any other or one
            fewer.

    Returns:
        (G, G) by the groups' names, ``first … last (n)`` or the class's own; mean similarities. NaN
        where no class of a group varies over the channels.

    Raises:
        InputError: where the store has no such gate, or samples of fewer than two classes.
    """
    classes, unit = _directions(ds, gate)
    places = np.searchsorted(classes, order)
    ends = np.linspace(0, len(order), min(most, len(order)) + 1).round().astype(np.int64)
    starts: Integers = ends[:-1]
    varies = np.add.reduceat(unit[places].any(axis=1).astype(np.float64), starts)
    sums = np.add.reduceat(unit[places], starts, axis=0)  # (G, C)
    means = np.divide(
        sums, varies[:, None], out=np.full(sums.shape, np.nan), where=varies[:, None] > 0
    )
    names = pd.Index(
        np.array(_names(ds["class"].values[order], starts), dtype=object), name="class"
    )
    return pd.DataFrame((means @ means.T).clip(-1, 1), index=names, columns=names)


def _directions(ds: xr.Dataset, gate: str) -> tuple[Integers, Floats]:
    """Places of the classes with samples, and the direction (K, C) that sets each apart."""
    require_gate(ds, gate)
    classes = present_classes(ds)
    if len(classes) < 2:
        raise InputError("one class has nothing to be compared with; collect two or more")
    rows = np.asarray(ds[f"mean.{gate}"].values, np.float32)
    rows = rows if len(classes) == len(rows) else rows[classes]
    rows = rows - rows.mean(axis=0, dtype=np.float64).astype(np.float32)
    rows -= rows.mean(axis=1, keepdims=True)
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    # The means are float32 around one half: differences below this are their rounding.
    varies = length > 1e-7 * np.sqrt(rows.shape[1])
    return classes, np.divide(rows, length, out=np.zeros_like(rows), where=varies)


def _names(classes: npt.NDArray[np.str_], starts: Integers) -> list[str]:
    ends = [*starts[1:], len(classes)]
    return [
        str(classes[start])
        if end - start == 1
        else f"{classes[start]} … {classes[end - 1]} ({end - start})"
        for start, end in zip(starts, ends, strict=True)
    ]
