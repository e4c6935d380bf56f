"""Whether a network is as sure as it is right: calibration, with intervals.

The expected calibration error sorts N images by their confidence into 15 bins of equal width.
With g = 1 - confidence for an image predicted right and g = - confidence for one that is not, and
G_b the sum of g / N over the images of bin b,

    ECE = Σ_b |G_b| = Σ_b (n_b / N) |accuracy_b - mean confidence_b|

(C. Guo, G. Pleiss, Y. Sun and K. Q. Weinberger, ICML 2017).
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import xarray as xr

from analysis.compare.resampling import BINS, bin_of, resample
from analysis.compare.scores import Scores, paired_scores, scores
from analysis.proportions import wilson
from analysis.statistics.bootstrap import Interval


@dataclass(frozen=True, slots=True)
class Calibration:
    """How well probabilities hold over ``n`` images; of two networks, the differences a - b.

    Attributes:
        ece: expected calibration error over 15 bins; 0 is best. Noise in G_b always adds to it,
            so of few images even a perfectly calibrated network has some; the interval allows
            for that.
        nll: mean negative log-likelihood of the true class in nats; 0 is best.
        brier: mean Brier score over all classes, from 0, the best, to 2.
        n: images.
    """

    ece: Interval
    nll: Interval
    brier: Interval
    n: int


def calibration(ds: xr.Dataset, *, seed: int = 0) -> Calibration:
    """Calibration error, likelihood and Brier score, with 95 % intervals from 1,000 resamples.

    Args:
        ds: a store.
        seed: of the resamples.

    Raises:
        InputError: where the store's labels are not the network's classes.
    """
    return calibrated(scores(ds), seed=seed)


def calibrated(found: Scores, *, seed: int = 0) -> Calibration:
    """`calibration` of what a network made of its images."""
    (drawn,) = resample([found], seed=seed)
    return Calibration(
        ece=drawn.ece(), nll=drawn.mean("nll"), brier=drawn.mean("brier"), n=len(found.nll)
    )


def calibration_difference(a: xr.Dataset, b: xr.Dataset, *, seed: int = 0) -> Calibration:
    """`calibration` of a less that of b; each resample takes the same images for both.

    Raises:
        InputError: where the stores differ in images or classes, or have no usable labels.
    """
    both = paired_scores(a, b)
    first, second = resample(both, seed=seed)
    return Calibration(
        ece=first.ece_difference(second),
        nll=first.mean("nll", second),
        brier=first.mean("brier", second),
        n=len(both[0].nll),
    )


def reliability(ds: xr.Dataset) -> pd.DataFrame:
    """Accuracy against confidence: the reliability curve.

    Returns:
        A row a bin: ``lower`` and ``upper`` (its ends; the last bin has both), ``count``
        (images), ``confidence`` (their mean), ``accuracy`` and its Wilson interval of 95 %,
        ``low`` and ``high``. The last four are nan where a bin is empty.

    Raises:
        InputError: where the store's labels are not the network's classes.
    """
    found = scores(ds)
    place = bin_of(found.confidence)
    count = np.bincount(place, minlength=BINS)
    right = np.bincount(place[found.outcome.right], minlength=BINS)
    filled = count > 0
    edges = np.linspace(0, 1, BINS + 1)
    table = pd.DataFrame({"lower": edges[:-1], "upper": edges[1:], "count": count})
    sums = np.bincount(place, found.confidence, BINS)
    low, high = wilson(right[filled], count[filled])
    for name, values in (
        ("confidence", sums[filled] / count[filled]),
        ("accuracy", right[filled] / count[filled]),
        ("low", low),
        ("high", high),
    ):
        table[name] = np.nan
        table.loc[filled, name] = values
    return table
