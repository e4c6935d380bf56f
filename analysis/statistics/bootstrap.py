"""95 % intervals of a number that images were drawn for: SciPy's bootstrap, class by class."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
from scipy import stats

from senet_core.errors import InputError

Array = npt.NDArray[np.float64]

CONFIDENCE = 0.95
_BATCH_VALUES = 2**22  # places of resampled images in memory at once


@dataclass(frozen=True, slots=True)
class Interval:
    """A number with its 95 % interval; NaN where it has none."""

    value: float
    low: float
    high: float


def bootstrap(
    values: npt.NDArray[Any],
    statistic: Callable[[npt.NDArray[Any]], Any],
    *,
    labels: npt.ArrayLike | None = None,
    resamples: int = 1000,
    method: Literal["percentile", "basic"] = "percentile",
    seed: int = 0,
) -> Interval:
    """A statistic of images, with its 95 % interval over sets of images drawn again.

    `scipy.stats.bootstrap` draws; here each class is a sample of its own, so that every drawn set
    has as many images of each class as the store (stratified). A class of one image, which cannot
    be drawn otherwise, stays as it is. The statistic is computed ``resamples`` times over (N, ...)
    values.

    ``percentile`` suits means and shares. A statistic that noise moves to one side, such as η² or
    a maximum, needs ``basic``, or better an estimate without it, as `separation_interval` has.

    Args:
        values: (N, ...), a row an image.
        statistic: of (N, ...) values a number. The rows come class by class, those of labels in
            ascending order, so that row i of every drawn set has the i-th of the sorted labels.
        labels: (N,) the classes; None draws over all images alike.
        resamples: how many sets are drawn.
        method: of SciPy's; its BCa leaves images out, so that rows would change their class.
        seed: of the draws.

    Raises:
        InputError: where there are fewer than two images.
    """
    rows = np.asarray(values)
    if len(rows) < 2:
        raise InputError("one image has no interval; take two or more")
    fixed, drawn = _strata(len(rows), labels)
    classes = np.zeros(len(rows)) if labels is None else np.asarray(labels)
    order = np.argsort(classes[np.concatenate([*drawn, fixed])], kind="stable")

    def of(*places: npt.NDArray[np.int64]) -> float:
        return float(statistic(rows[np.concatenate([*places, fixed])[order]]))

    value = of(*drawn)
    if not drawn:
        return Interval(value, value, value)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", stats.DegenerateDataWarning)  # said by NaN
        found = stats.bootstrap(
            drawn,
            of,
            vectorized=False,
            n_resamples=resamples,
            batch=max(1, _BATCH_VALUES // len(rows)),
            confidence_level=CONFIDENCE,
            method=method,
            rng=np.random.default_rng(seed),
        ).confidence_interval
    return Interval(value, float(found.low), float(found.high))


def _strata(
    images: int, labels: npt.ArrayLike | None
) -> tuple[npt.NDArray[np.int64], tuple[npt.NDArray[np.int64], ...]]:
    """Places of images that stay, and those of each class that is drawn from."""
    if labels is None:
        return np.empty(0, np.int64), (np.arange(images),)
    classes = np.asarray(labels)
    own = [np.flatnonzero(classes == k) for k in np.unique(classes)]
    alone = [places for places in own if len(places) == 1]
    fixed = np.concatenate([np.empty(0, np.int64), *alone])
    return fixed, tuple(places for places in own if len(places) > 1)
