"""Predictions of two networks on the same images.

Throughout, ``a`` stands before ``b`` and differences are a - b: positive where ``a`` has more.
Images without a label (-1) count for nothing here.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr
from scipy import special, stats

from analysis.proportions import PairedCounts, Proportion, mcnemar, newcombe, proportion
from senet_core.errors import InputError

Integers = npt.NDArray[np.int64]

GROUPS = ("only_a", "only_b", "same_error", "different_errors")
"""The groups of `disagreements`, in the order in which they are shown."""

_BLOCK = 4096
"""Samples whose logits are in memory at once."""


@dataclass(frozen=True)
class Comparison:
    """Two networks on the same ``n`` images.

    Attributes:
        a: the accuracy of the first.
        b: the accuracy of the second.
        difference: a - b.
        low: lower end of the difference's 95 % interval (Newcombe's for paired proportions).
        high: its upper end.
        p: McNemar's exact test, two-sided.
        both_right: images that both have right.
        only_a: images that a alone has right.
        only_b: images that b alone has right.
        both_wrong: images that neither has right.
        agreement: the share of images on which both predict the same class, right or wrong.
    """

    a: Proportion
    b: Proportion
    difference: float
    low: float
    high: float
    p: float
    both_right: int
    only_a: int
    only_b: int
    both_wrong: int
    agreement: Proportion

    @property
    def n(self) -> int:
        """The number of images."""
        return self.a.n


@dataclass(frozen=True)
class _Outcome:
    """The labelled images of a store: their places, labels and predictions, each (N,)."""

    samples: Integers
    labels: Integers
    predicted: Integers

    @property
    def right(self) -> npt.NDArray[np.bool_]:
        return np.asarray(self.predicted == self.labels)


def accuracy(ds: xr.Dataset) -> Proportion:
    """Top-1 accuracy over the store's images, with Wilson's 95 % interval.

    Raises:
        InputError: where the store's labels are not the network's classes.
    """
    outcome = _outcome(ds)
    return proportion(int(outcome.right.sum()), len(outcome.labels))


def predictions(ds: xr.Dataset) -> Integers:
    """(sample,): the class of the largest logit; of equal ones, the first."""
    logits, samples = ds["logits"], ds.sizes["sample"]
    blocks = (logits[start : start + _BLOCK].values for start in range(0, samples, _BLOCK))
    return np.concatenate([np.empty(0, np.int64), *(block.argmax(axis=1) for block in blocks)])


def compare_predictions(a: xr.Dataset, b: xr.Dataset) -> Comparison:
    """Both accuracies, their difference with its interval, McNemar's exact test, and agreement.

    McNemar's test asks, of the images that one network alone has right, whether either has more
    of them than chance would give it. The interval is `analysis.proportions.newcombe`'s.

    Raises:
        InputError: where the stores differ in images or classes, or have no usable labels.
    """
    first, second = _outcomes(a, b)
    counts = _paired_counts(first, second, np.zeros_like(first.labels), 1)
    low, high = newcombe(counts)
    n = int(counts.n[0])
    return Comparison(
        a=proportion(int(counts.right_a[0]), n),
        b=proportion(int(counts.right_b[0]), n),
        difference=float((counts.only_a[0] - counts.only_b[0]) / n),
        low=float(low[0]),
        high=float(high[0]),
        p=float(mcnemar(counts)[0]),
        both_right=int(counts.both[0]),
        only_a=int(counts.only_a[0]),
        only_b=int(counts.only_b[0]),
        both_wrong=int(counts.neither[0]),
        agreement=proportion(int((first.predicted == second.predicted).sum()), n),
    )


def per_class_change(a: xr.Dataset, b: xr.Dataset) -> pd.DataFrame:
    """The change in accuracy, a - b, within each class that has samples.

    Returns:
        A row a class, in the store's order: ``label`` (its place), ``class`` (its name), ``n``,
        ``accuracy_a``, ``accuracy_b``, ``change``, ``low``, ``high`` (Newcombe's 95 %, of this
        class alone) and ``p`` (McNemar's exact, corrected over the classes by Benjamini and
        Hochberg's procedure).

    Raises:
        InputError: where the stores differ in images or classes, or have no usable labels.
    """
    first, second = _outcomes(a, b)
    present = np.unique(first.labels)
    counts = _paired_counts(first, second, np.searchsorted(present, first.labels), len(present))
    low, high = newcombe(counts)
    return pd.DataFrame(
        {
            "label": present,
            "class": a["class"].values[present].astype(object),
            "n": counts.n,
            "accuracy_a": counts.right_a / counts.n,
            "accuracy_b": counts.right_b / counts.n,
            "change": (counts.only_a - counts.only_b) / counts.n,
            "low": low,
            "high": high,
            "p": stats.false_discovery_control(mcnemar(counts)),
        }
    )


def confusion(ds: xr.Dataset) -> pd.DataFrame:
    """How many images of each class (rows) were predicted as each class (columns).

    Raises:
        InputError: where the store's labels are not the network's classes.
    """
    outcome, classes = _outcome(ds), ds.sizes["class"]
    cells = outcome.labels * classes + outcome.predicted
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
    first, second = _outcomes(a, b)
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


def align(a: xr.Dataset, b: xr.Dataset) -> None:
    """Make sure that two stores hold the same images with the same labels, in the same order.

    Raises:
        InputError: where they do not, saying in what they differ.
    """
    if a.sizes["sample"] != b.sizes["sample"]:
        raise InputError(
            f"the stores hold different images ({a.sizes['sample']:,} and "
            f"{b.sizes['sample']:,}); collect both from the same data with the same --limit"
        )
    if not np.array_equal(a["class"].values, b["class"].values):
        raise InputError("the stores have different classes; compare networks of the same classes")
    keys = ("path" if "path" in a.coords else "index", "label")
    same = all(key in b.coords and np.array_equal(a[key].values, b[key].values) for key in keys)
    if not same or a.attrs["dataset_digest"] != b.attrs["dataset_digest"]:
        raise InputError(
            f"the stores hold different images (of {a.attrs['dataset']} and "
            f"{b.attrs['dataset']}); collect both from the same data"
        )


def _paired_counts(first: _Outcome, second: _Outcome, groups: Integers, size: int) -> PairedCounts:
    """The four outcomes, counted within each of ``size`` groups of images."""
    a, b = first.right, second.right
    cells = (a & b, a & ~b, ~a & b, ~a & ~b)
    return PairedCounts(*(np.bincount(groups[cell], minlength=size) for cell in cells))


def _outcomes(a: xr.Dataset, b: xr.Dataset) -> tuple[_Outcome, _Outcome]:
    align(a, b)
    return _outcome(a), _outcome(b)


def _outcome(ds: xr.Dataset) -> _Outcome:
    """What the network made of the labelled images; raises InputError where there are none."""
    if ds.attrs["labels"] == "folder":
        raise InputError(
            "the store's labels are names of folders that the network does not know as classes, "
            "so there is no accuracy; name the folders as the network's classes"
        )
    labels = ds["label"].values
    samples = np.flatnonzero(labels >= 0)
    if ds.attrs["labels"] != "model" or not len(samples):
        raise InputError(
            "the store's images have no labels, so there is no accuracy; "
            "collect from a folder that has a subfolder for each class"
        )
    return _Outcome(samples, labels[samples], predictions(ds)[samples])
