"""Gates at either end of [0, 1]: saturated images, and channels that never open, shut or vary."""

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from analysis.statistics.bootstrap import Interval, bootstrap
from analysis.statistics.checks import require_bounded
from analysis.statistics.class_moments import mean_std_of_images
from analysis.statistics.histograms import overall_histogram
from analysis.stream import stream_gate

Array = npt.NDArray[np.float64]

SHUT, OPEN = 0.1, 0.9
"""A gate under the first is nearly shut, over the second nearly open."""

STILL = 1e-3
"""A channel whose standard deviation is a thousandth of a gate's range or less does not vary."""


def saturation(ds: xr.Dataset, gate: str) -> pd.DataFrame:
    """The share of samples whose gate is nearly shut (< 0.1) or nearly open (> 0.9).

    Read from the stored histograms, whose bins end at 0.1 and begin at 0.9; no gate is decoded.

    Returns:
        ``channel``, ``low``, ``high``: a row a channel; the mean of a column is the gate's share.

    Raises:
        InputError: where the store has no such gate, or its gates are not bound to [0, 1].
    """
    require_bounded(ds, gate)
    return saturation_of(overall_histogram(ds, gate))


def saturation_of(counts: Array) -> pd.DataFrame:
    """`saturation` of histograms (C, BINS) over [0, 1]."""
    low, high, total = _ends(counts)
    channel = np.arange(len(total))
    return pd.DataFrame({"channel": channel, "low": low / total, "high": high / total})


def saturation_intervals(
    ds: xr.Dataset, gate: str, *, resamples: int = 1000, seed: int = 0
) -> tuple[Interval, Interval]:
    """The gate's shares ``(low, high)`` over images and channels, with 95 % intervals.

    The images are drawn again within each class (`bootstrap`); the raw gates are read once.

    Raises:
        InputError: where the store has no such gate, or its gates are not bound to [0, 1].
    """
    require_bounded(ds, gate)
    blocks = [
        np.stack([(values < SHUT).mean(axis=1), (values > OPEN).mean(axis=1)])
        for _, values in stream_gate(ds, gate)
    ]
    shares = np.concatenate(blocks, axis=1)  # (2, N)
    labels = ds["label"].values
    low, high = (
        bootstrap(share, np.mean, labels=labels, resamples=resamples, seed=seed) for share in shares
    )
    return low, high


def dead_channels(ds: xr.Dataset, gate: str) -> pd.DataFrame:
    """Channels whose gate says the same for every image.

    Over all images of the store, a channel never opens where no gate reaches 0.1, and never shuts
    where none is 0.9 or less: there the block removes the channel, or leaves it as it is. A
    channel never varies where the standard deviation of its gate is at most 0.001; what its gate
    does then, a fixed factor could do. A channel that never varies may be open, shut or neither.

    Read from the stored histograms and moments where all images have labels, else from the gates.

    Returns:
        ``channel``, ``never_opens``, ``never_shuts``, ``never_varies``: a row a channel.

    Raises:
        InputError: where the store has no such gate, or its gates are not bound to [0, 1].
    """
    require_bounded(ds, gate)
    return dead_channels_of(overall_histogram(ds, gate), mean_std_of_images(ds, gate)[1])


def dead_channels_of(counts: Array, deviation: Array) -> pd.DataFrame:
    """`dead_channels` of histograms (C, BINS) over [0, 1] and standard deviations (C,)."""
    low, high, total = _ends(counts)
    return pd.DataFrame(
        {
            "channel": np.arange(len(total)),
            "never_opens": low == total,
            "never_shuts": high == total,
            "never_varies": deviation <= STILL,
        }
    )


def _ends(counts: Array) -> tuple[Array, Array, Array]:
    """(C,) each: images below 0.1, above 0.9, and all; a tenth of the bins lies at each end."""
    tenth = counts.shape[1] // 10
    return counts[:, :tenth].sum(axis=1), counts[:, -tenth:].sum(axis=1), counts.sum(axis=1)
