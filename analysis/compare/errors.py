"""Which errors two networks make: confusions, and the images that either has wrong."""

import numpy as np
import pandas as pd
import xarray as xr
from scipy import special

from analysis.compare.outcome import align, outcome, outcomes

GROUPS = ("only_a", "only_b", "same_error", "different_errors")
"""The groups of `disagreements`, in the order in which they are shown."""


def confusion(ds: xr.Dataset) -> pd.DataFrame:
    """How many images of each class (rows) were predicted as each class (columns).

    Raises:
        InputError: where the store's labels are not the network's classes.
    """
    found, classes = outcome(ds), ds.sizes["class"]
    cells = found.labels * classes + found.predicted
    counts = np.bincount(cells, minlength=classes**2).reshape(classes, classes)
    names = ds["class"].values.astype(object)
    return pd.DataFrame(
        counts, index=pd.Index(names, name="class"), columns=pd.Index(names, name="predicted")
    )


def confusion_difference(a: xr.Dataset, b: xr.Dataset) -> pd.DataFrame:
    """`confusion` of a minus that of b: off the diagonal, positive is an error that a makes more.

    Raises:
        InputError: where the stores differ in images or classes, or have no usable labels.
    """
    align(a, b)
    first = confusion(a)
    counts = first.to_numpy() - confusion(b).to_numpy()
    return pd.DataFrame(counts, index=first.index, columns=first.columns)


def disagreements(a: xr.Dataset, b: xr.Dataset) -> pd.DataFrame:
    """Every image that at least one of the networks has wrong.

    Returns:
        ``sample`` (its place in the stores), ``label``, ``prediction_a``, ``prediction_b`` and
        ``group`` (one of `GROUPS`), in the store's order.

    Raises:
        InputError: where the stores differ in images or classes, or have no usable labels.
    """
    first, second = outcomes(a, b)
    alike = first.predicted == second.predicted
    only_a, only_b = first.right & ~second.right, second.right & ~first.right
    table = pd.DataFrame(
        {
            "sample": first.samples,
            "label": first.labels,
            "prediction_a": first.predicted,
            "prediction_b": second.predicted,
            "group": np.select([only_a, only_b, alike], GROUPS[:3], GROUPS[3]),
        }
    )
    return table[~(first.right & second.right)].reset_index(drop=True)


def top_k(ds: xr.Dataset, sample: int, k: int = 5) -> pd.DataFrame:
    """The ``k`` most probable classes of one image.

    Returns:
        ``label`` (its place among the network's outputs), ``class`` (its name) and
        ``probability`` (softmax over all outputs), the most probable first.
    """
    logits = ds["logits"][sample]
    probability = special.softmax(logits.values.astype(np.float64))
    order = np.argsort(-probability, kind="stable")[:k]
    names = ds[str(logits.dims[0])].values.astype(object)
    return pd.DataFrame({"label": order, "class": names[order], "probability": probability[order]})
