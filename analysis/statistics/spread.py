"""How much gate vectors spread: entropy of each channel, effective dimension of all together."""

from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr
from scipy import stats

from analysis.statistics.checks import require_gate
from analysis.statistics.class_moments import moments
from analysis.statistics.covariance import covariance
from analysis.statistics.histograms import overall_histogram
from analysis.statistics.sampling import MOST, sample_images, take

Array = npt.NDArray[np.float64]


def entropy(ds: xr.Dataset, gate: str) -> pd.DataFrame:
    """Entropy of each channel's gate over all images, in bits, from the store's 50 bins.

    0 where every image falls into one bin, log2 50 = 5.64 where they fill all bins alike.

    Returns:
        ``channel``, ``entropy``: a row a channel.

    Raises:
        InputError: where the store has no such gate.
    """
    return entropy_of(overall_histogram(ds, gate))


def entropy_of(counts: Array) -> pd.DataFrame:
    """`entropy` of histograms (C, BINS)."""
    return pd.DataFrame(
        {"channel": np.arange(len(counts)), "entropy": stats.entropy(counts, base=2, axis=1)}
    )


def effective_dimension(
    ds: xr.Dataset,
    gate: str,
    *,
    of: Literal["images", "classes"] = "images",
    most: int = MOST,
    seed: int = 0,
) -> float:
    """In how many directions the gate vectors vary: the participation ratio (Σλ)² / Σλ².

    λ are the eigenvalues of the covariance over images, or over the class means with each class
    alike. 1 where all vary along one line, C where all C directions vary alike; NaN where nothing
    varies. N images of a dimension D show about D N / (N + D) of it, K classes at most K - 1.

    Over images N C² multiplications are done and C² numbers are in memory.

    Args:
        ds: a store.
        gate: the gate's path.
        of: ``images``, or ``classes`` for the class means, which are read from the moments.
        most: images, chosen by ``seed``.
        seed: of their choice.

    Raises:
        InputError: where the store has no such gate, or no labelled sample for the classes.
    """
    if of == "classes":
        means = moments(ds, gate).mean
        apart = means - means.mean(axis=0)
        # K x K or C x C: both have the same eigenvalues beside zeros.
        matrix = apart @ apart.T if len(apart) < apart.shape[1] else apart.T @ apart
    else:
        require_gate(ds, gate)
        chosen = take(ds, sample_images(ds, most=most, seed=seed))
        matrix = covariance(chosen, gate).matrix
    square = float(np.square(matrix).sum())
    return float(np.trace(matrix)) ** 2 / square if square > 0 else float("nan")
