"""How gates differ by class, from a store's moments: no function here decodes a whole gate.

Notation: K classes that have samples, N samples in all, N_k in class k; for one channel,
m_k and v_k are the mean and the population variance of the gate over class k, and
m = Σ N_k m_k / N is its mean over all samples. Then SST = SSB + SSW with

    SSB = Σ N_k (m_k - m)²        between classes
    SSW = Σ N_k v_k               within classes
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr
from scipy import stats

from analysis.store import gates_of
from senet_core.errors import InputError

Array = npt.NDArray[np.float64]

SIGNIFICANCE = 0.05
"""A channel separates the classes where its corrected p lies below this."""

_ROUNDING = 1e-14
"""A variance below this share of the squared mean is the rounding of float32 means, (2⁻²⁴)²."""


def require_gate(ds: xr.Dataset, gate: str) -> None:
    """Make sure that ``ds`` has the gate ``gate``.

    Raises:
        InputError: where the store has no gates at all, or none of this name.
    """
    paths = [known.path for known in gates_of(ds)]
    if not paths:
        name = ds.attrs.get("architecture", "this network")
        raise InputError(
            f"the store of {name} has no gates (it is a baseline); open the store of an SE network"
        )
    if gate not in paths:
        raise InputError(f"the store has no gate {gate!r}; choose from {', '.join(paths)}")


@dataclass(frozen=True)
class ClassMoments:
    """Count, mean and population variance of each class that has samples.

    Attributes:
        classes: (K,) places on the store's ``class`` dimension.
        count: (K,) samples of each class.
        mean: (K, C), float64.
        variance: (K, C), float64, population (ddof 0).
    """

    classes: npt.NDArray[np.int64]
    count: Array
    mean: Array
    variance: Array

    @property
    def overall_mean(self) -> Array:
        """(C,): m = Σ N_k m_k / N."""
        return np.asarray(self.count @ self.mean / self.count.sum())

    @property
    def std(self) -> Array:
        """(K, C): the population standard deviation within each class."""
        return np.asarray(np.sqrt(self.variance))

    @property
    def overall_std(self) -> Array:
        """(C,): √((SSB + SSW) / N), over all samples."""
        return np.asarray(np.sqrt(self.between + self.within))

    @property
    def between(self) -> Array:
        """(C,): SSB / N."""
        return np.asarray(self.count @ (self.mean - self.overall_mean) ** 2 / self.count.sum())

    @property
    def within(self) -> Array:
        """(C,): SSW / N."""
        return np.asarray(self.count @ self.variance / self.count.sum())

    def row(self, index: int) -> int | None:
        """The row of the class at place ``index`` of the store, or None if it has no samples."""
        found = np.flatnonzero(self.classes == index)
        return int(found[0]) if len(found) else None


def moments(ds: xr.Dataset, gate: str) -> ClassMoments:
    """The stored moments of one gate; classes without a sample are left out.

    Raises:
        InputError: where the store has no such gate or no sample.
    """
    require_gate(ds, gate)
    count = ds["count"].values
    classes = np.flatnonzero(count)
    if not len(classes):
        raise InputError(
            "the store has no labelled samples; collect from class folders to compare classes"
        )
    mean = ds[f"mean.{gate}"].values[classes].astype(np.float64)
    deviation = ds[f"std.{gate}"].values[classes].astype(np.float64)
    return ClassMoments(classes, count[classes].astype(np.float64), mean, deviation**2)


def overall_mean_std(ds: xr.Dataset, gate: str) -> pd.DataFrame:
    """Mean and standard deviation of each channel over all samples, pooled from the moments.

    The variance is (SSB + SSW) / N, so the result equals that on the raw gates (ddof 0).

    Returns:
        ``channel``, ``mean``, ``std``: a row a channel.

    Raises:
        InputError: where the store has no such gate or no labelled sample.
    """
    pooled = moments(ds, gate)
    mean = pooled.overall_mean
    channel = np.arange(len(mean))
    return pd.DataFrame({"channel": channel, "mean": mean, "std": pooled.overall_std})


def separation(ds: xr.Dataset, gate: str) -> pd.DataFrame:
    """How well each channel tells the classes apart: one-way analysis of variance.

    η² = SSB / SST is the share of a channel's variance that its class explains, and
    F = (SSB / (K - 1)) / (SSW / (N - K)). p is the upper tail of F's distribution, corrected over
    the channels of the gate by Benjamini and Hochberg's procedure. A channel that never varies
    explains nothing: its η² is 0, its F 0 and its p 1, by definition. Where classes differ and
    nothing varies within them, F is infinite.

    Returns:
        ``channel``, ``eta2``, ``F``, ``p`` (corrected): a row a channel.

    Raises:
        InputError: where the store has no such gate, fewer than two classes with samples, or no
            class with two samples.
    """
    pooled = moments(ds, gate)
    classes, samples = len(pooled.count), pooled.count.sum()
    if classes < 2 or samples <= classes:
        raise InputError(
            "the store has too few samples to compare classes; "
            "collect two classes or more, with at least two images each"
        )
    between, within = pooled.between, pooled.within
    total = between + within
    varies = total > _ROUNDING * np.maximum(pooled.overall_mean**2, 1e-30)
    eta2 = np.divide(between, total, out=np.zeros_like(total), where=varies)
    spread = within / (samples - classes)
    f = np.divide(between / (classes - 1), spread, out=np.zeros_like(total), where=spread > 0)
    f[varies & (spread == 0)] = np.inf
    f[~varies] = 0.0
    p = np.asarray(stats.f.sf(f, classes - 1, samples - classes))
    return pd.DataFrame(
        {
            "channel": np.arange(len(eta2)),
            "eta2": eta2,
            "F": f,
            "p": stats.false_discovery_control(p),
        }
    )


def separation_by_depth(ds: xr.Dataset) -> pd.DataFrame:
    """How well each gate tells the classes apart, in network order.

    Returns:
        A row a gate: ``label``, ``path``, ``depth`` (1 for the first gate), ``eta2`` (the median
        over its channels), ``q25`` and ``q75`` (the quartiles), ``share_separating`` (the share
        of channels whose corrected p is under 0.05).

    Raises:
        InputError: where the store has no gates or too few samples.
    """
    gates = gates_of(ds)
    if not gates:
        require_gate(ds, "")
    rows = []
    for depth, gate in enumerate(gates, start=1):
        table = separation(ds, gate.path)
        q25, median, q75 = np.quantile(table["eta2"], [0.25, 0.5, 0.75])
        share = float((table["p"] < SIGNIFICANCE).mean())
        rows.append((gate.label, gate.path, depth, median, q25, q75, share))
    columns = ["label", "path", "depth", "eta2", "q25", "q75", "share_separating"]
    return pd.DataFrame(rows, columns=columns)


def saturation(ds: xr.Dataset, gate: str) -> pd.DataFrame:
    """The share of samples whose gate is nearly shut (< 0.1) or nearly open (> 0.9).

    Read from the stored histograms, whose bins end at 0.1 and begin at 0.9; no gate is decoded.

    Returns:
        ``channel``, ``low``, ``high``: a row a channel; the mean of a column is the gate's share.

    Raises:
        InputError: where the store has no such gate, or its gates are not bound to [0, 1].
    """
    require_gate(ds, gate)
    if not all(known.bounded for known in gates_of(ds) if known.path == gate):
        raise InputError(
            f"{gate} has gates outside [0, 1], which cannot saturate; choose a gate with a sigmoid"
        )
    counts = ds[f"hist.{gate}"].values.sum(axis=0, dtype=np.float64)
    low, high = (counts[:, bins].sum(axis=1) for bins in _outer_bins(counts.shape[1]))
    total = np.maximum(counts.sum(axis=1), 1.0)
    channel = np.arange(len(counts))
    return pd.DataFrame({"channel": channel, "low": low / total, "high": high / total})


def _outer_bins(bins: int) -> tuple[slice, slice]:
    """The bins below 0.1 and above 0.9, of equal ones over [0, 1]."""
    tenth = bins // 10
    return slice(0, tenth), slice(bins - tenth, bins)


def channel_values(ds: xr.Dataset, gate: str, channel: int) -> npt.NDArray[np.float32]:
    """(sample,): one channel's gate for every sample, the only column that is read.

    Raises:
        InputError: where the store has no such gate or channel.
    """
    require_gate(ds, gate)
    channels = ds.sizes[f"channel.{gate}"]
    if not 0 <= channel < channels:
        raise InputError(f"{gate} has no channel {channel}; choose from 0 to {channels - 1}")
    return np.asarray(ds[f"gate.{gate}"][:, channel].values)


def extreme_samples(
    ds: xr.Dataset, gate: str, channel: int, n: int = 8
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The samples that open one channel the most and the least.

    Returns:
        ``(strongest, weakest)``, each ``n`` rows or fewer, the most extreme first, of ``sample``
        (its place in the store), ``gate``, ``label`` (-1: none) and ``class`` (its name or "").
        Equal gates are in the store's order.

    Raises:
        InputError: where the store has no such gate or channel.
    """
    values = channel_values(ds, gate, channel)
    return (
        _sample_table(ds, values, np.argsort(-values, kind="stable")[:n]),
        _sample_table(ds, values, np.argsort(values, kind="stable")[:n]),
    )


def _sample_table(
    ds: xr.Dataset, values: npt.NDArray[np.float32], samples: npt.NDArray[np.int64]
) -> pd.DataFrame:
    labels = ds["label"].values[samples]
    names = ds["class"].values
    return pd.DataFrame(
        {
            "sample": samples,
            "gate": values[samples],
            "label": labels,
            "class": ["" if label < 0 else str(names[label]) for label in labels],
        }
    )
