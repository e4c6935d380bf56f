"""Shares with honest intervals: Wilson's, Newcombe's for paired shares, and McNemar's test."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

Array = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Proportion:
    """A share ``value`` of ``n`` with its 95 % interval, Wilson's."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class PairedCounts:
    """Outcomes of two networks on the same images: numbers, or arrays (K,) with one a class.

    Attributes:
        both: images that both have right.
        only_a: images that a alone has right.
        only_b: images that b alone has right.
        neither: images that neither has right.
    """

    both: Counts
    only_a: Counts
    only_b: Counts
    neither: Counts

    @property
    def n(self) -> Counts:
        """All images."""
        return self.both + self.only_a + self.only_b + self.neither

    @property
    def right_a(self) -> Counts:
        """Images that a has right."""
        return self.both + self.only_a

    @property
    def right_b(self) -> Counts:
        """Images that b has right."""
        return self.both + self.only_b


def proportion(successes: int, n: int) -> Proportion:
    """``successes`` of ``n`` with Wilson's interval; of none at all, nan between 0 and 1."""
    if n == 0:
        return Proportion(float("nan"), 0.0, 1.0, 0)
    low, high = proportion_confint(successes, n, method="wilson")
    return Proportion(successes / n, float(low), float(high), n)


def mcnemar(counts: PairedCounts) -> Array:
    """Two-sided p of McNemar's exact test: is ``only_a`` of the images that differ one half?

    At one half the binomial distribution is symmetric, so p is twice the lesser tail, and 1 where
    no image tells the networks apart.
    """
    fewer = np.minimum(counts.only_a, counts.only_b)
    tail = stats.binom.cdf(fewer, counts.only_a + counts.only_b, 0.5)
    return np.asarray(np.minimum(2.0 * tail, 1.0))


def newcombe(counts: PairedCounts) -> tuple[Array, Array]:
    """95 % interval ``(low, high)`` of (only_a - only_b) / n, two paired proportions' difference.

    R. G. Newcombe, Statistics in Medicine 17 (1998) 2635-2650, method 10: the Wilson intervals of
    both shares joined by square-and-add with their correlation φ, whose numerator is drawn half a
    count of n towards zero. Unlike Wald's it never collapses where few images differ.
    """
    n, right_a, right_b = counts.n, counts.right_a, counts.right_b
    low_a, high_a = wilson(right_a, n)
    low_b, high_b = wilson(right_b, n)
    share_a, share_b = right_a / n, right_b / n
    phi = _corrected_phi(counts)
    difference = share_a - share_b
    below = _square_and_add(share_a - low_a, high_b - share_b, phi)
    above = _square_and_add(high_a - share_a, share_b - low_b, phi)
    return np.maximum(difference - below, -1.0), np.minimum(difference + above, 1.0)


def _corrected_phi(counts: PairedCounts) -> Array:
    both, neither = np.float64(counts.both), np.float64(counts.neither)
    product = both * neither - np.float64(counts.only_a) * np.float64(counts.only_b)
    corrected = np.where(product > 0, np.maximum(product - counts.n / 2, 0.0), product)
    right_a, right_b = np.float64(counts.right_a), np.float64(counts.right_b)
    margins = right_a * (counts.n - right_a) * right_b * (counts.n - right_b)
    # Without wrong or without right answers of one network there is no correlation to speak of.
    return np.asarray(np.where(margins > 0, corrected / np.sqrt(np.maximum(margins, 1.0)), 0.0))


def _square_and_add(x: Array, y: Array, phi: Array) -> Array:
    return np.asarray(np.sqrt(np.maximum(x**2 - 2 * phi * x * y + y**2, 0.0)))


def wilson(successes: Counts, n: Counts) -> tuple[Array, Array]:
    """Wilson's 95 % intervals ``(low, high)`` of many shares, each of at least one."""
    low, high = proportion_confint(successes, n, method="wilson")
    return np.asarray(low), np.asarray(high)
