"""Selectivity: how well gates tell the classes apart. No gate is decoded, only moments are read.

Notation: K classes that have samples, N samples in all, N_k in class k; for one channel,
m_k and v_k are the mean and the population variance of the gate over class k, and
m = Σ N_k m_k / N is its mean over all samples. Then SST = SSB + SSW with

    SSB = Σ N_k (m_k - m)²        between classes
    SSW = Σ N_k v_k               within classes
"""

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr
from scipy import special, stats

from analysis.naming import by_depth
from analysis.statistics.checks import require_gates
from analysis.statistics.class_moments import ROUNDING, moments
from analysis.statistics.saturation import STILL
from senet_core.errors import InputError

Array = npt.NDArray[np.float64]

SIGNIFICANCE = 0.05
"""A channel separates the classes where its corrected p lies below this."""


def separation(ds: xr.Dataset, gate: str) -> pd.DataFrame:
    """How well each channel tells the classes apart: one-way analysis of variance.

    η² = SSB / SST is the share of a channel's variance that its class explains, and
    F = (SSB / (K - 1)) / (SSW / (N - K)). p is the upper tail of F's distribution, corrected over
    the channels of the gate by Benjamini and Hochberg's procedure. A channel that never varies
    explains nothing: its η² is 0, its F 0 and its p 1, by definition. Where classes differ and
    nothing varies within them, F is infinite.

    Of noise alone η² is about (K - 1) / (N - 1), not 0; ε² = 1 - (1 - η²) (N - 1) / (N - K) is
    η² without that share (Kelley, 1935), and may lie a little under 0. Compare stores of different
    size by ε².

    Returns:
        ``channel``, ``eta2``, ``F``, ``p`` (corrected), ``epsilon2``, ``std`` (the standard
        deviation over all labelled images, in gates): a row a channel.

    Raises:
        InputError: where the store has no such gate, fewer than two classes with samples, or no
            class with two samples.
    """
    pooled = moments(ds, gate)
    classes, samples = len(pooled.count), pooled.count.sum()
    require_comparable(classes, samples)
    between, within = pooled.between, pooled.within
    total = between + within
    varies = total > ROUNDING * np.maximum(pooled.overall_mean**2, 1e-30)
    eta2 = np.divide(between, total, out=np.zeros_like(total), where=varies)
    spread = within / (samples - classes)
    f = np.divide(between / (classes - 1), spread, out=np.zeros_like(total), where=spread > 0)
    f[varies & (spread == 0)] = np.inf
    f[~varies] = 0.0
    p = np.asarray(special.fdtrc(classes - 1, samples - classes, f))
    return pd.DataFrame(
        {
            "channel": np.arange(len(eta2)),
            "eta2": eta2,
            "F": f,
            "p": stats.false_discovery_control(p),
            "epsilon2": np.where(varies, less_chance(eta2, classes, samples), 0.0),
            "std": pooled.overall_std,
        }
    )


def require_comparable(classes: int, samples: float) -> None:
    """Make sure that there is variance between classes and within them.

    Raises:
        InputError: where there are fewer than two classes, or no class with two samples.
    """
    if classes < 2 or samples <= classes:
        raise InputError(
            "the store has too few samples to compare classes; "
            "collect two classes or more, with at least two images each"
        )


def less_chance(eta2: Array, classes: int, samples: float) -> Array:
    """ε² of η², in `separation`'s words."""
    return np.asarray(1 - (1 - eta2) * (samples - 1) / (samples - classes))


def separation_by_depth(
    ds: xr.Dataset, *, tables: Mapping[str, pd.DataFrame] | None = None
) -> pd.DataFrame:
    """How well each gate tells the classes apart, in network order.

    Args:
        ds: a store.
        tables: `separation` by the path of each gate, where they are at hand.

    Returns:
        A row a gate: ``label``, ``path``, ``depth`` (1 for the first gate), ``eta2`` (the median
        over its channels), ``q25`` and ``q75`` (the quartiles), ``share_separating`` (the share
        of channels whose corrected p is under 0.05), ``std`` (the median over its channels).

    Raises:
        InputError: where the store has no gates or too few samples.
    """
    rows = []
    for gate, row in by_depth(require_gates(ds)):
        table = separation(ds, gate.path) if tables is None else tables[gate.path]
        q25, median, q75 = np.quantile(table["eta2"], [0.25, 0.5, 0.75])
        share = float((table["p"] < SIGNIFICANCE).mean())
        own = {"eta2": median, "q25": q25, "q75": q75, "share_separating": share}
        rows.append({**row, **own, "std": float(table["std"].median())})
    return pd.DataFrame(rows)


def hardly_varies(table: pd.DataFrame) -> npt.NDArray[np.bool_]:
    """Which rows of `separation` or `separation_by_depth` vary by no more than `STILL`.

    η² is the share that the class explains, be the variation ever so small: of such a row it says
    nothing about what the network does.
    """
    return table["std"].to_numpy(np.float64) <= STILL


def most_separating(table: pd.DataFrame) -> int:
    """The place of the largest η² among the rows that vary; of all where none does."""
    flat = hardly_varies(table)
    eta2 = table["eta2"].fillna(-np.inf).to_numpy(np.float64)  # of a constant there is none
    return int(np.argmax(eta2 if flat.all() else np.where(flat, -np.inf, eta2)))
