"""How much the classes' curves agree and correlate, for a sample and for its bootstrap draws.

The curve of a class is its mean gate by channel; `docs/findings.md` defines what is computed.
Everything needed is a sum over classes, so that only one class's gates are in memory at a time.
Row 0 of every array is the sample, each other row (R in all) a draw.
"""

from dataclasses import dataclass, fields
from typing import Self

import numpy as np
import numpy.typing as npt

from analysis.statistics.saturation import OPEN, SHUT

Array = npt.NDArray[np.float64]

FLAT = 0.02
"""Curves that spread by less than this share of the gates' size are flat."""


def draw_weights(images: int, draws: int, rng: np.random.Generator) -> Array:
    """How often each of N images takes part: (1 + draws, N), ones in row 0.

    A draw is of N - 1 images with replacement, so that the variance of a mean over the draws is
    unbiased (Rao and Wu, 1988).
    """
    drawn = rng.multinomial(images - 1, np.full(images, 1 / images), size=draws)
    return np.vstack([np.ones(images), drawn]).astype(np.float64)


@dataclass(frozen=True, slots=True)
class CurveSums:
    """Sums over classes; those of different classes are added with ``+``.

    Attributes:
        classes: how many.
        curve: (R, C) of the curves at level zero, in float32, for these sums take all the time.
        square: (R,) of their variances over channels, noise included.
        variance: (R,) of the same without noise.
        amplitude: (R,) of the roots of those, 0 where the noise is larger.
        amplitude_square: (R,) of the squares of those.
        level: (R,) of the curves' means over channels.
        level_square: (R,) of their squares, noise included.
        level_variance: (R,) of the same without noise.
        open: (R,) of the shares of gates over 0.9.
        shut: (R,) of the shares of gates under 0.1.
    """

    classes: int
    curve: npt.NDArray[np.float32]
    square: Array
    variance: Array
    amplitude: Array
    amplitude_square: Array
    level: Array
    level_square: Array
    level_variance: Array
    open: Array
    shut: Array

    @classmethod
    def of(cls, gates: Array, weights: Array) -> Self:
        """Those of one class.

        Args:
            gates: (N, C) of its images, two or more.
            weights: (R, N), of `draw_weights`.
        """
        shares = weights / weights.sum(axis=1, keepdims=True)
        levels = gates.mean(axis=1)  # (N,)
        shapes = gates - levels[:, None]
        freedom = max(gates.shape[1] - 1, 1)
        square, variance = _squared_means(shapes @ shapes.T / freedom, shares)
        level_square, level_variance = _squared_means(np.outer(levels, levels), shares)
        amplitude = np.sqrt(np.maximum(variance, 0.0))
        return cls(
            classes=1,
            curve=shares.astype(np.float32) @ shapes.astype(np.float32),
            square=square,
            variance=variance,
            amplitude=amplitude,
            amplitude_square=np.square(amplitude),
            level=shares @ levels,
            level_square=level_square,
            level_variance=level_variance,
            open=shares @ (gates > OPEN).mean(axis=1),
            shut=shares @ (gates < SHUT).mean(axis=1),
        )

    def __add__(self, other: Self) -> Self:
        names = [each.name for each in fields(self)]
        return type(self)(*(getattr(self, name) + getattr(other, name) for name in names))


@dataclass(frozen=True, slots=True)
class Curves:
    """How the classes' curves at one block compare.

    Attributes:
        agreement: (R,) intraclass correlation ICC(A,1); NaN with one class.
        correlation: (R,) mean correlation of two classes' curves without noise; likewise.
        open: (R,) share of gates over 0.9.
        shut: (R,) share of gates under 0.1.
        flat: the spread, in gates, below which differences are measured beside it.
        spread: standard deviation of the curves about their common level, in gates.
        pattern: standard deviation of a class's curve over channels, in gates.
        classes: standard deviation of a gate between classes, in gates.
        scale: standard deviation of the curves' amplitudes, as a share of their mean.
        reliability: how much of ``pattern``, or of ``flat`` if that is more, is not noise.
    """

    agreement: Array
    correlation: Array
    open: Array
    shut: Array
    flat: float
    spread: float
    pattern: float
    classes: float
    scale: float
    reliability: float

    @classmethod
    def of(cls, sums: CurveSums) -> Self:
        """What the sums over all classes say."""
        k, channels = sums.classes, sums.curve.shape[1]
        own = sums.variance / k
        total = np.square(sums.curve, dtype=np.float64).sum(axis=1) / max(channels - 1, 1)
        shared = _pairs(total, sums.square, k)
        amplitudes = _pairs(np.square(sums.amplitude), sums.amplitude_square, k)
        levels = sums.level_variance / k - _pairs(np.square(sums.level), sums.level_square, k)
        # Preferences for channels move the level too, by chance.
        levels = levels - (own - shared) / channels
        size = (sums.level_square[0] + sums.square[0] * (channels - 1) / channels) / k
        flat = FLAT**2 * size
        noise = (sums.square[0] - sums.variance[0]) / k
        return cls(
            agreement=_one_less(own + levels - shared, own + levels, flat),
            correlation=_one_less(amplitudes - shared, amplitudes, flat),
            open=sums.open / k,
            shut=sums.shut / k,
            flat=_root(flat),
            spread=_root(own[0] + levels[0]),
            pattern=_root(own[0]),
            classes=_root(own[0] + levels[0] - shared[0]),
            scale=_root(own[0] - amplitudes[0]) * k / max(float(sums.amplitude[0]), 1e-30),
            reliability=float(1 - noise / max(max(own[0], flat) + noise, 1e-30)),
        )


def _squared_means(products: Array, shares: Array) -> tuple[Array, Array]:
    """The square of a mean over images, and the same without its noise, (R,) each.

    The noise is in the products of images with themselves; those of different images have none.

    Args:
        products: (N, N) of each two images.
        shares: (R, N) of the images in the mean.
    """
    square = np.einsum("rn,rn->r", shares @ products, shares)
    own = np.square(shares)
    without = (square - own @ np.diag(products)) / (1 - own.sum(axis=1))
    return square, without


def _pairs(squared_sum: Array, sum_of_squares: Array, classes: int) -> Array:
    """The mean product of two different classes; NaN with one class."""
    return (squared_sum - sum_of_squares) / (classes * (classes - 1) or np.nan)


def _one_less(apart: Array, whole: Array, flat: float) -> Array:
    """1 less the share of ``apart`` in the whole, or in ``flat`` if that is more."""
    return np.asarray(1 - apart / np.maximum(np.maximum(whole, flat), 1e-30))


def _root(variance: float) -> float:
    return float(np.sqrt(max(variance, 0.0)))
