"""How sure the selectivity of a gate is, from images drawn again within each class."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr

from analysis.statistics.bootstrap import CONFIDENCE, Interval
from analysis.statistics.by_class import stream_classes
from analysis.statistics.class_moments import ROUNDING, mean_std_of_images
from analysis.statistics.separation import less_chance, require_comparable

Array = npt.NDArray[np.float64]


def separation_interval(
    ds: xr.Dataset,
    gate: str,
    *,
    summary: Callable[[Array], Any] = np.median,
    resamples: int = 500,
    seed: int = 0,
) -> Interval:
    """ε² of a gate, summed up over its channels, with its 95 % interval over images.

    Of each class of N_k images N_k - 1 are drawn with replacement, which gives means of drawn
    classes the variance that means of classes have (J. Rao and C. Wu, 1988). Drawn sets repeat the
    noise of the class means that the store has and add their own, so their ε² varies about the
    store's η² and not about its ε²: the interval is ε² less the quantiles of that difference. Of
    simulated gates it held the truth in 83 to 100 % of the cases, where noise was all as well.

    One pass over the raw gates. 4 R N C steps: 0.2 billion for 500 images and 200 channels, half a
    minute for 50,000 and 2,048; R C numbers in memory.

    Args:
        ds: a store.
        gate: the gate's path.
        summary: of the channels' ε² (C,) a number; the median where none is given.
        resamples: R.
        seed: of the draws. They depend on it and on the class sizes alone, so two gates of a store,
            or two stores of the same images, are drawn alike.

    Raises:
        InputError: where the store has no such gate, or fewer than two classes of two images.
    """
    own, drawn, eta2 = _selectivity(ds, gate, resamples, seed)
    value = float(summary(own))
    differences = np.array([float(summary(one)) for one in drawn]) - float(summary(eta2))
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(differences, [tail, 1 - tail])
    return Interval(value, value - float(high), value - float(low))


def _selectivity(
    ds: xr.Dataset, gate: str, resamples: int, seed: int
) -> tuple[Array, Array, Array]:
    """ε² of the store (C,) and of each drawn set (R, C), and η² of the store (C,)."""
    mean, _ = mean_std_of_images(ds, gate)
    store, drawn = _Sums(1, len(mean)), _Sums(resamples, len(mean))
    for label, values in stream_classes(ds, gate):
        n = len(values)
        if n < 2:
            continue
        # Moved by about their mean, gates keep their digits in float32.
        moved = values - mean.astype(np.float32)
        rng = np.random.default_rng([seed, label])
        times = rng.multinomial(n - 1, np.full(n, 1 / n), size=resamples)
        store.add(np.ones((1, n), np.float32), moved)
        drawn.add(times.astype(np.float32), moved)
    require_comparable(store.classes, store.images)
    eta2 = store.eta2(mean)
    own = less_chance(eta2, store.classes, store.images)
    varies = eta2 > 0
    own = np.where(varies, own, 0.0)
    each = less_chance(drawn.eta2(mean), drawn.classes, drawn.images)
    return own[0], np.where(varies, each, 0.0), eta2[0]


class _Sums:
    """What η² needs of R sets of images, class after class.

    Attributes:
        images: of each set.
        classes: of each set.
    """

    def __init__(self, sets: int, channels: int) -> None:
        self.images = self.classes = 0
        self._sum, self._square, self._between = np.zeros((3, sets, channels))

    def add(self, times: npt.NDArray[np.float32], moved: npt.NDArray[np.float32]) -> None:
        """Take a class in: how often each image is in each set (R, n), and its gates (n, C)."""
        images = int(times[0].sum())
        own = times @ moved
        self._sum += own
        self._between += np.square(own) / np.float32(images)
        self._square += times @ np.square(moved)
        self.images += images
        self.classes += 1

    def eta2(self, mean: Array) -> Array:
        """(R, C): SSB / SST; 0 where nothing varies."""
        centre = np.square(self._sum) / self.images
        between, total = self._between - centre, self._square - centre
        varies = total / self.images > ROUNDING * np.maximum(np.square(mean), 1e-30)
        return np.divide(between, total, out=np.zeros_like(total), where=varies).clip(0, 1)
