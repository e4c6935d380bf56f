"""One channel: its gate for every image, and the images that open it the most and the least."""

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from analysis.statistics.checks import require_gate
from analysis.statistics.tables import of_images
from analysis.store import TOP
from senet_core.errors import InputError

STEPS = 2
"""Gates no further apart than so many steps of the stored fixed point are taken to be equal."""


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
    ds: xr.Dataset,
    gate: str,
    channel: int,
    n: int = 8,
    *,
    values: npt.NDArray[np.float32] | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The samples that open one channel the most and the least.

    Args:
        ds: a store.
        gate: the gate's path.
        channel: the channel; its column is all that is read.
        n: how many of each.
        values: its `channel_values`, where they are at hand.

    Returns:
        ``(strongest, weakest)``, each ``n`` rows or fewer, the most extreme first, of ``sample``
        (its place in the store), ``gate``, ``label`` (-1: none) and ``class`` (its name or "").
        Equal gates are in the store's order.

    Raises:
        InputError: where the store has no such gate or channel.
    """
    values = channel_values(ds, gate, channel) if values is None else values
    most, least = _least(-values, n), _least(values, n)
    return of_images(ds, most, gate=values[most]), of_images(ds, least, gate=values[least])


def all_but_equal(values: npt.NDArray[np.float32]) -> bool:
    """Whether a channel's gates (sample,) are the same for all samples, to `STEPS` of 1.5e-5.

    Its strongest samples are then its weakest too: both are those that the store has first.
    """
    return float(np.ptp(values)) < (STEPS + 0.5) / TOP  # half a step: values are float32


def _least(values: npt.NDArray[np.float32], n: int) -> npt.NDArray[np.int64]:
    """The places of the ``n`` smallest values in their order; the rest is not sorted."""
    if n < len(values):
        places = np.flatnonzero(values <= np.partition(values, n)[n])
    else:
        places = np.arange(len(values))
    return places[np.argsort(values[places], kind="stable")][:n]
