"""Which channels a block opens or shuts for one class."""

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr
from scipy import stats

from analysis.statistics.class_moments import ROUNDING, ClassMoments, moments
from senet_core.errors import InputError

Array = npt.NDArray[np.float64]

_BLOCK = 64  # classes whose arrays a processor's cache holds


def channel_ranking(
    ds: xr.Dataset, gate: str, class_index: int, *, pooled: ClassMoments | None = None
) -> pd.DataFrame:
    """Channels by how far one class's gates lie from those of all other images.

    Args:
        ds: a store.
        gate: the gate's path.
        class_index: the class's place on ``class``.
        pooled: the gate's `moments`, where they are at hand.

    Returns:
        ``channel``, ``mean`` (of the class), ``rest`` (mean of all other images),
        ``difference`` (``mean`` - ``rest``), ``effect`` (the difference in units of the pooled
        standard deviation, Cohen's d; 0 where nothing varies, infinite where nothing varies but
        between the two) and ``p`` (Welch's t test, corrected over the channels by Benjamini and
        Hochberg's procedure), the largest effect first, whatever its sign.

    Raises:
        InputError: where the store has no such gate, or the class or the rest has under two images.
    """
    pooled = moments(ds, gate) if pooled is None else pooled
    row = pooled.row(class_index)
    if row is None or pooled.count[row] < 2 or pooled.count.sum() - pooled.count[row] < 2:
        raise InputError(
            f"class {class_index} or the rest has too few images to be compared; take another class"
        )
    n, mean, variance = pooled.count[row], pooled.mean[row], pooled.variance[row]
    counts = pooled.count.copy()
    counts[row] = 0
    rest_n = counts.sum()
    rest_mean = counts @ pooled.mean / rest_n
    rest_variance = _spread(pooled, counts, rest_mean) / rest_n
    difference = mean - rest_mean
    # From population to sample variances.
    own, rest = variance * n / (n - 1), rest_variance * rest_n / (rest_n - 1)
    deviation = np.sqrt(((n - 1) * own + (rest_n - 1) * rest) / (n + rest_n - 2))
    varies = pooled.between + pooled.within > ROUNDING * np.square(pooled.overall_mean)
    spreads = varies & (deviation > 0)
    # Where the class and the rest are each one value, nothing is left to chance.
    effect = np.where(varies, np.copysign(np.inf, difference), 0.0)
    effect[spreads] = difference[spreads] / deviation[spreads]
    p = np.where(varies, 0.0, 1.0)
    p[spreads] = stats.ttest_ind_from_stats(
        mean[spreads],
        np.sqrt(own[spreads]),
        n,
        rest_mean[spreads],
        np.sqrt(rest[spreads]),
        rest_n,
        equal_var=False,
    ).pvalue
    table = pd.DataFrame(
        {
            "channel": np.arange(len(effect)),
            "mean": mean,
            "rest": rest_mean,
            "difference": difference,
            "effect": effect,
            "p": stats.false_discovery_control(p),
        }
    )
    order = np.argsort(-np.abs(effect), kind="stable")
    return table.iloc[order].reset_index(drop=True)


def _spread(pooled: ClassMoments, counts: Array, around: Array) -> Array:
    """(C,): Σ counts_k (v_k + (m_k - around)²), without arrays of all classes in between."""
    total = np.zeros(len(around))
    for start in range(0, len(counts), _BLOCK):
        some = slice(start, start + _BLOCK)
        spread = pooled.variance[some] + np.square(pooled.mean[some] - around)
        total += counts[some] @ spread
    return total
