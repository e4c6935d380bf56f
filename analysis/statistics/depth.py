"""The gates of a network in a row: saturation, entropy, spread and dimension by depth."""

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from analysis.naming import Gate, by_depth
from analysis.statistics.checks import require_gates
from analysis.statistics.class_moments import mean_std_of_images, moments
from analysis.statistics.histograms import overall_histogram
from analysis.statistics.sampling import MOST
from analysis.statistics.saturation import dead_channels_of, saturation_of
from analysis.statistics.spread import effective_dimension, entropy_of

Array = npt.NDArray[np.float64]


def profile_by_depth(ds: xr.Dataset, *, most: int = MOST, seed: int = 0) -> pd.DataFrame:
    """How open, how varied and how saturated each gate is, in network order.

    All but the dimension is read from moments and histograms; for that, the raw gates of at most
    ``most`` images are read.

    Args:
        ds: a store.
        most: images for the effective dimension, chosen by ``seed``.
        seed: of their choice.

    Returns:
        A row a gate: ``label``, ``path``, ``depth`` (1 for the first gate), ``channels``;
        ``low`` and ``high``, the shares of gates under 0.1 and over 0.9, and ``never_opens``,
        ``never_shuts``, ``never_varies``, the shares of such channels (`dead_channels`), NaN for
        gates not bound to [0, 1]; ``entropy``, the mean over channels, in bits; ``dimension``,
        effective, over images, and ``dimension_classes``, over class means; ``between`` and
        ``within``, the root mean squares over channels of the deviation between class means and of
        images within their class, in gates. NaN where no image has a label.

    Raises:
        InputError: where the store has no gates.
    """
    rows = []
    for gate, row in by_depth(require_gates(ds)):
        counts = overall_histogram(ds, gate.path)  # large, so read once for all
        found = {
            "channels": gate.channels,
            **_ends(ds, gate, counts),
            "entropy": float(entropy_of(counts)["entropy"].mean()),
            "dimension": effective_dimension(ds, gate.path, most=most, seed=seed),
            **_classes(ds, gate),
        }
        rows.append(row | found)
    return pd.DataFrame(rows)


def _ends(ds: xr.Dataset, gate: Gate, counts: Array) -> dict[str, float]:
    names = ("low", "high", "never_opens", "never_shuts", "never_varies")
    if not gate.bounded:
        return dict.fromkeys(names, float("nan"))
    dead = dead_channels_of(counts, mean_std_of_images(ds, gate.path)[1])
    shares = saturation_of(counts).merge(dead, on="channel")
    return {name: float(shares[name].mean()) for name in names}


def _classes(ds: xr.Dataset, gate: Gate) -> dict[str, float]:
    names = ("dimension_classes", "between", "within")
    if not ds["count"].values.any():
        return dict.fromkeys(names, float("nan"))
    pooled = moments(ds, gate.path)
    values = (
        effective_dimension(ds, gate.path, of="classes"),
        float(np.sqrt(pooled.between.mean())),
        float(np.sqrt(pooled.within.mean())),
    )
    return dict(zip(names, values, strict=True))
