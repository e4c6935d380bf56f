"""Class × channel as cells: every one where a screen can show them, else the peak of each group.

A thousand classes times two thousand channels are more cells than a screen has places for. Groups
of neighbouring classes and channels then share one, which holds the value that departs most from
the mean of all classes, so that no class that stands out is averaged away.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from analysis.ordering import Order, by_similarity, order_channels
from analysis.statistics.class_moments import ClassMoments, moments

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float32]

MOST_ROWS = 100
MOST_CELLS = 25_600
"""What half a screen can show: 100 rows of five pixels, 256 columns of two."""


@dataclass(frozen=True, slots=True)
class Cells:
    """Mean gates by class and channel, or their differences from the mean of all classes.

    K classes in r groups, C channels in c groups, in the order in which they are drawn; the last
    group may be smaller.

    Attributes:
        values: (r, c), float32.
        relative: whether the values are differences.
        order: of classes and channels.
        classes: (K,) places on the store's ``class`` dimension.
        channels: (C,) channels of the gate.
        height: classes of a group.
        width: channels of a group.
        peak_class: (r, c) the class that each value is of, a place on ``class``.
        peak_channel: (r, c) its channel.
    """

    values: Floats
    relative: bool
    order: Order
    classes: Integers
    channels: Integers
    height: int
    width: int
    peak_class: Integers
    peak_channel: Integers

    @property
    def grouped(self) -> bool:
        """Whether a value stands for several classes or channels."""
        return self.height > 1 or self.width > 1

    def column_of(self, channel: int | None) -> int | None:
        """The place from the left where a channel is drawn; None where it is not."""
        found = np.flatnonzero(self.channels == (-1 if channel is None else channel))
        return int(found[0]) // self.width if len(found) else None


def class_channel_cells(
    ds: xr.Dataset,
    gate: str,
    *,
    classes: Sequence[int] | None = None,
    relative: bool = True,
    order: Order = "index",
    most: int = MOST_CELLS,
    pooled: ClassMoments | None = None,
) -> Cells:
    """The mean gate of each class and channel, in groups where there are more than ``most``.

    Args:
        ds: a store.
        gate: the gate's path.
        classes: places on the store's ``class`` dimension, from the top; None takes all. Those
            without samples are left out.
        relative: the difference from the mean over all classes; else the mean itself.
        order: channels as in the network; sorted by the mean of all classes; or ``cluster``: like
            beside like, for channels and classes both.
        most: cells.
        pooled: the gate's `moments`, where they are at hand.

    Raises:
        InputError: where the store has no such gate or no labelled samples.
    """
    pooled = moments(ds, gate) if pooled is None else pooled
    rows, channels = _places(pooled, classes, order)
    every = order == "index" and classes is None
    mean = (pooled.mean if every else pooled.mean[np.ix_(rows, channels)]).astype(np.float32)
    difference = mean - pooled.overall_mean[channels].astype(np.float32)
    height, width = _group(len(rows), len(channels), most)
    row, column = _peaks(difference, height, width)
    return Cells(
        values=(difference if relative else mean)[row, column],
        relative=relative,
        order=order,
        classes=pooled.classes[rows],
        channels=channels,
        height=height,
        width=width,
        peak_class=pooled.classes[rows][row],
        peak_channel=channels[column],
    )


def _places(
    pooled: ClassMoments, classes: Sequence[int] | None, order: Order
) -> tuple[Integers, Integers]:
    """Rows of the moments from the top, and channels from the left."""
    if classes is None:
        rows = np.arange(len(pooled.classes))
    else:
        found = (pooled.row(index) for index in classes)
        rows = np.array([row for row in found if row is not None], dtype=np.int64)
    channels = order_channels(pooled.mean[rows], pooled.overall_mean, order)
    if order == "cluster":
        rows = rows[by_similarity(pooled.mean[rows] - pooled.overall_mean)]
    return rows, channels


def _group(rows: int, columns: int, most: int) -> tuple[int, int]:
    """Classes and channels of a group: few classes are each drawn, many in 100 groups at most."""
    if rows * columns <= most:
        return 1, 1
    height = -(-rows // MOST_ROWS)
    left = max(1, most // -(-rows // height))
    return height, -(-columns // left)


def _peaks(difference: Floats, height: int, width: int) -> tuple[Integers, Integers]:
    """(r, c) each: where in (K, C) the largest difference of each group lies."""
    rows, columns = difference.shape
    r, c = -(-rows // height), -(-columns // width)
    sizes = np.abs(difference)
    if (r * height, c * width) != sizes.shape:
        sizes = np.pad(sizes, ((0, r * height - rows), (0, c * width - columns)))
    groups = sizes.reshape(r, height, c, width).swapaxes(1, 2).reshape(r, c, height * width)
    row, column = np.divmod(groups.argmax(axis=2), width)
    return np.arange(r)[:, None] * height + row, np.arange(c) * width + column
