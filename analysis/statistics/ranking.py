"""Which channels a block opens or shuts for one class."""

import numpy as np
import pandas as pd
import xarray as xr
from scipy import stats

from analysis.statistics.class_moments import ROUNDING, moments
from senet_core.errors import InputError


def channel_ranking(ds: xr.Dataset, gate: str, class_index: int) -> pd.DataFrame:
    """Channels by how far one class's gates lie from those of all other images.

    Returns:
        ``channel``, ``mean`` (of the class), ``rest`` (mean of all other images),
        ``difference`` (``mean`` - ``rest``), ``effect`` (the difference in units of the pooled
        standard deviation, Cohen's d; 0 where nothing varies, infinite where nothing varies but
        between the two) and ``p`` (Welch's t test, corrected over the channels by Benjamini and
        Hochberg's procedure), the largest effect first, whatever its sign.

    Raises:
        InputError: where the store has no such gate, or the class or the rest has under two images.
    """
    pooled = moments(ds, gate)
    row = pooled.row(class_index)
    if row is None or pooled.count[row] < 2 or pooled.count.sum() - pooled.count[row] < 2:
        raise InputError(
            f"class {class_index} or the rest has too few images to be compared; take another class"
        )
    n, mean, variance = pooled.count[row], pooled.mean[row], pooled.variance[row]
    others = np.arange(len(pooled.count)) != row
    counts = pooled.count[others]
    rest_n = counts.sum()
    rest_mean = counts @ pooled.mean[others] / rest_n
    spread = pooled.variance[others] + (pooled.mean[others] - rest_mean) ** 2
    rest_variance = counts @ spread / rest_n
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
