"""The covariance of a gate's channels, streamed: no whole gate is in memory."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from analysis.stream import stream_gate

Array = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Covariance:
    """Mean and population covariance of the channels over N images.

    Attributes:
        images: N.
        mean: (C,).
        matrix: (C, C), ddof 0.
    """

    images: int
    mean: Array
    matrix: Array


def covariance(ds: xr.Dataset, gate: str) -> Covariance:
    """Of all images in ``ds``; N C² multiplications and C² numbers in memory.

    Values are moved by about their mean before they are multiplied in float32, so that a saturated
    gate, whose deviations are tiny beside its mean, keeps its digits; sums are float64.

    Raises:
        InputError: where the store has no such gate.
    """
    channels = ds.sizes[f"channel.{gate}"]
    shift: npt.NDArray[np.float32] | None = None
    total, products, images = np.zeros(channels), np.zeros((channels, channels)), 0
    for _, values in stream_gate(ds, gate):
        shift = values.mean(axis=0) if shift is None else shift
        moved = values - shift
        total += moved.sum(axis=0, dtype=np.float64)
        products += moved.T @ moved
        images += len(values)
    if shift is None:
        return Covariance(0, total, products)
    mean = total / images
    return Covariance(images, shift + mean, products / images - np.outer(mean, mean))
