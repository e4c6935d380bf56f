"""Two networks or more on the same images, as one table."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import xarray as xr
from statsmodels.stats.multitest import multipletests

from analysis.compare.accuracy import compared
from analysis.compare.calibration import calibrated
from analysis.compare.outcome import align
from analysis.compare.scores import Scores, scores
from analysis.proportions import proportion
from analysis.store import store_name


def comparison_table(stores: Sequence[xr.Dataset], *, seed: int = 0) -> pd.DataFrame:
    """Every store by itself, and against the first.

    Args:
        stores: one or more, of the same images.
        seed: of the resamples behind the intervals of ECE and NLL.

    Returns:
        A row a store: ``network`` (its name), ``parameters``, ``n`` (images); ``accuracy``,
        ``low``, ``high`` (Wilson's 95 %); ``ece``, ``ece_low``, ``ece_high``, ``nll``,
        ``nll_low``, ``nll_high`` (as of `calibration`); ``difference``, ``difference_low``,
        ``difference_high`` (this store's accuracy less the first's, Newcombe's 95 % of this pair
        alone); ``p`` (McNemar's exact, corrected over the pairs by Holm's procedure). The first
        store has nan for difference and p.

    Raises:
        InputError: where the stores differ in images or classes, or have no usable labels.
    """
    for other in stores[1:]:
        align(stores[0], other)
    found = [scores(ds) for ds in stores]
    table = pd.DataFrame([_row(ds, own, seed) for ds, own in zip(stores, found, strict=True)])
    pairs = [compared(other.outcome, found[0].outcome) for other in found[1:]]
    corrected = multipletests([pair.p for pair in pairs], method="holm")[1] if pairs else []
    table["difference"] = [np.nan, *(pair.difference for pair in pairs)]
    table["difference_low"] = [np.nan, *(pair.low for pair in pairs)]
    table["difference_high"] = [np.nan, *(pair.high for pair in pairs)]
    table["p"] = [np.nan, *corrected]
    return table


def _row(ds: xr.Dataset, own: Scores, seed: int) -> dict[str, object]:
    """What a store shows by itself."""
    share = proportion(int(own.outcome.right.sum()), len(own.nll))
    sure = calibrated(own, seed=seed)
    return {
        "network": store_name(ds),
        "parameters": ds.attrs["parameters"],
        "n": share.n,
        "accuracy": share.value,
        "low": share.low,
        "high": share.high,
        "ece": sure.ece.value,
        "ece_low": sure.ece.low,
        "ece_high": sure.ece.high,
        "nll": sure.nll.value,
        "nll_low": sure.nll.low,
        "nll_high": sure.nll.high,
    }
