"""How much gate vectors spread: entropy of each channel, effective dimension of all together."""

from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr
from scipy import stats

from analysis.statistics.class_moments import mean_std_of_images, moments
from analysis.statistics.histograms import overall_histogram
from analysis.stream import stream_gate

Array = npt.NDArray[np.float64]


def entropy(ds: xr.Dataset, gate: str) -> pd.DataFrame:
    """Entropy of each channel's gate over all images, in bits, from the store's 50 bins.

    0 where every image falls into one bin, log2 50 = 5.64 where they fill all bins alike.

    Returns:
        ``channel``, ``entropy``: a row a channel.

    Raises:
        InputError: where the store has no such gate.
    """
    counts = overall_histogram(ds, gate)
    return pd.DataFrame(
        {"channel": np.arange(len(counts)), "entropy": stats.entropy(counts, base=2, axis=1)}
    )


def effective_dimension(
    ds: xr.Dataset, gate: str, *, of: Literal["images", "classes"] = "images"
) -> float:
    """In how many directions the gate vectors vary: the participation ratio (Σλ)² / Σλ².

    λ are the eigenvalues of the covariance over images, or over the class means with each class
    alike. 1 where all vary along one line, C where all C directions vary alike; NaN where nothing
    varies. The raw gates of images are read once, and C² numbers are in memory.

    Raises:
        InputError: where the store has no such gate, or no labelled sample for the classes.
    """
    if of == "classes":
        means = moments(ds, gate).mean
        scatter = covariance_sum(means - means.mean(axis=0))
    else:
        center, _ = mean_std_of_images(ds, gate)
        scatter = sum(
            (covariance_sum(values - center) for _, values in stream_gate(ds, gate)),
            start=np.zeros((len(center), len(center))),
        )
    square = float(np.square(scatter).sum())
    return float(np.trace(scatter)) ** 2 / square if square > 0 else float("nan")


def covariance_sum(centred: npt.NDArray[np.floating]) -> Array:
    """(C, C) sum over rows of the outer products of centred values (n, C)."""
    exact = np.asarray(centred, np.float64)
    return np.asarray(exact.T @ exact)
