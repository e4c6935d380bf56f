"""Mean and variance of each class and of all, from a store's moments: no gate is decoded."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import xarray as xr

from analysis.moments import Moments
from analysis.statistics.checks import present_classes, require_gate
from analysis.stream import stream_gate
from senet_core.errors import InputError

Array = npt.NDArray[np.float64]

ROUNDING = 1e-14
"""A variance below this share of the squared mean is the rounding of float32 means, (2⁻²⁴)²."""


@dataclass(frozen=True)
class ClassMoments:
    """Count, mean and population variance of each class that has samples.

    K classes, N samples in all, N_k in class k; for one channel, m_k and v_k are the mean and the
    population variance over class k, and m is the mean over all samples.

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

    @cached_property
    def overall_mean(self) -> Array:
        """(C,): m = Σ N_k m_k / N."""
        return np.asarray(self.count @ self.mean / self.count.sum())

    @property
    def std(self) -> Array:
        """(K, C): the population standard deviation within each class."""
        return np.asarray(np.sqrt(self.variance))

    @cached_property
    def overall_std(self) -> Array:
        """(C,): √((SSB + SSW) / N), over all samples."""
        return np.asarray(np.sqrt(self.between + self.within))

    @cached_property
    def between(self) -> Array:
        """(C,): SSB / N, where SSB = Σ N_k (m_k - m)²."""
        apart = self.mean - self.overall_mean
        apart *= apart  # in place: of a thousand classes it has 16 MB
        return np.asarray(self.count @ apart / self.count.sum())

    @cached_property
    def within(self) -> Array:
        """(C,): SSW / N, where SSW = Σ N_k v_k."""
        return np.asarray(self.count @ self.variance / self.count.sum())

    def row(self, index: int) -> int | None:
        """The row of the class at place ``index`` of the store, or None if it has no samples."""
        found = np.flatnonzero(self.classes == index)
        return int(found[0]) if len(found) else None


def moments(ds: xr.Dataset, gate: str) -> ClassMoments:
    """The stored moments of one gate; classes without a sample are left out.

    Raises:
        InputError: where the store has no such gate or no sample, or its moments are no numbers.
    """
    require_gate(ds, gate)
    classes = present_classes(ds)
    count = ds["count"].values[classes].astype(np.float64)
    kept = slice(None) if len(classes) == ds.sizes["class"] else classes  # a slice copies nothing
    mean = ds[f"mean.{gate}"].values[kept].astype(np.float64)
    variance = ds[f"std.{gate}"].values[kept].astype(np.float64)
    variance *= variance
    if not (np.isfinite(mean).all() and np.isfinite(variance).all()):
        raise InputError(
            f"the means or deviations of {gate} are not finite numbers; delete the store and "
            "collect it anew"
        )
    return ClassMoments(classes, count, mean, variance)


def mean_std_of_images(ds: xr.Dataset, gate: str) -> tuple[Array, Array]:
    """(C,) mean and (C,) standard deviation over all images, labelled or not.

    The stored moments know images that have a label. Where some have none, the raw gates are read.

    Raises:
        InputError: where the store has no such gate.
    """
    require_gate(ds, gate)
    if int(ds["count"].values.sum()) == ds.sizes["sample"]:
        pooled = moments(ds, gate)
        return pooled.overall_mean, pooled.overall_std
    total = Moments.empty(1, ds.sizes[f"channel.{gate}"])
    for _, values in stream_gate(ds, gate):
        total = total.merge(Moments.of(values, np.zeros(len(values), np.int64), 1))
    return total.mean[0], total.std()[0]


def standardising(mean: Array, variance: Array) -> Array:
    """(C,): one over the standard deviation; 0 for a channel that never varies but for rounding."""
    varies = variance > ROUNDING * np.square(mean)
    deviation = np.sqrt(np.maximum(variance, 0))
    return np.divide(1, deviation, out=np.zeros_like(deviation), where=varies)
