"""Which errors two networks make: confusions, and the images that either has wrong."""

import numpy as np
import numpy.typing as npt
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


def error_changes(a: xr.Dataset, b: xr.Dataset, limit: int | None = None) -> pd.DataFrame:
    """Which class is taken for which more often by one network than by the other.

    The same as `confusion_difference` off its diagonal, for any number of classes: only pairs of
    classes that occur are listed.

    Args:
        a: a store.
        b: another, of the same images.
        limit: at most so many rows; all where None.

    Returns:
        A row a pair whose number of errors changed, the largest change first: ``label`` and
        ``prediction`` (places in ``class``), ``class`` and ``predicted`` (their names),
        ``errors_a`` and ``errors_b`` (images), and ``change`` (a - b).

    Raises:
        InputError: where the stores differ in images or classes, or have no usable labels.
    """
    classes = a.sizes["class"]
    wrong = [(found.labels * classes + found.predicted)[~found.right] for found in outcomes(a, b)]
    cells, place = np.unique(np.concatenate(wrong), return_inverse=True)
    of_a, of_b = np.split(place, [len(wrong[0])])
    errors_a, errors_b = (np.bincount(own, minlength=len(cells)) for own in (of_a, of_b))
    change = errors_a - errors_b
    order = np.lexsort((cells, -np.abs(change)))
    order = order[change[order] != 0][:limit]
    label, prediction = np.divmod(cells[order], classes)
    names = a["class"].values.astype(object)
    return pd.DataFrame(
        {
            "label": label,
            "prediction": prediction,
            "class": names[label],
            "predicted": names[prediction],
            "errors_a": errors_a[order],
            "errors_b": errors_b[order],
            "change": change[order],
        }
    )


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
    probabilities = special.softmax(logits.values.astype(np.float64))
    return top_of(probabilities, ds[str(logits.dims[0])].values, k)


def top_of(
    probabilities: npt.NDArray[np.float64], classes: npt.ArrayLike, k: int = 5
) -> pd.DataFrame:
    """`top_k` of any image.

    Args:
        probabilities: (K,).
        classes: (K,) names of the network's outputs.
        k: how many.
    """
    order = np.argsort(-probabilities, kind="stable")[:k]
    names = np.asarray(classes)[order].astype(object)
    return pd.DataFrame({"label": order, "class": names, "probability": probabilities[order]})
