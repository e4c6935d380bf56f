"""Accuracies of two networks on the same images, over all of them and by class."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr
from scipy import stats

from analysis.compare.outcome import Integers, Outcome, outcome, outcomes
from analysis.proportions import PairedCounts, Proportion, mcnemar, newcombe, proportion


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


def accuracy(ds: xr.Dataset) -> Proportion:
    """Top-1 accuracy over the store's images, with Wilson's 95 % interval.

    Raises:
        InputError: where the store's labels are not the network's classes.
    """
    found = outcome(ds)
    return proportion(int(found.right.sum()), len(found.labels))


def compare_predictions(a: xr.Dataset, b: xr.Dataset) -> Comparison:
    """Both accuracies, their difference with its interval, McNemar's exact test, and agreement.

    McNemar's test asks, of the images that one network alone has right, whether either has more
    of them than chance would give it. The interval is `analysis.proportions.newcombe`'s.

    Raises:
        InputError: where the stores differ in images or classes, or have no usable labels.
    """
    return compared(*outcomes(a, b))


def compared(first: Outcome, second: Outcome) -> Comparison:
    """`compare_predictions` of what two networks made of the same images."""
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
    first, second = outcomes(a, b)
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


def _paired_counts(first: Outcome, second: Outcome, groups: Integers, size: int) -> PairedCounts:
    """The four outcomes, counted within each of ``size`` groups of images."""
    a, b = first.right, second.right
    cells = (a & b, a & ~b, ~a & b, ~a & ~b)
    return PairedCounts(*(np.bincount(groups[cell], minlength=size) for cell in cells))
