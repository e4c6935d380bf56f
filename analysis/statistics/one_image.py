"""The gates of one image beside those that are usual for its class."""

import numpy as np
import pandas as pd
import xarray as xr

from analysis.statistics.checks import require_gate
from analysis.statistics.class_moments import mean_std_of_images
from analysis.statistics.tables import ranks
from senet_core.errors import InputError


def image_gates(ds: xr.Dataset, gate: str, sample: int) -> pd.DataFrame:
    """How far an image's gates are from the mean of its class; of all images, where it has none.

    Args:
        ds: a store.
        gate: path of the block.
        sample: the image's place in the store.

    Returns:
        A row a channel: ``channel``, ``gate`` (the image's), ``class_mean``, ``class_std`` (over
        the images of its class), ``distance`` ((gate - mean) / std; 0 where the class does not
        vary) and ``rank`` (1 for the largest distance, whatever its sign).

    Raises:
        InputError: where the store has no such gate or image.
    """
    require_gate(ds, gate)
    if not 0 <= sample < ds.sizes["sample"]:
        last = ds.sizes["sample"] - 1
        raise InputError(f"the store has no image {sample}; choose from 0 to {last}")
    own = ds[f"gate.{gate}"][sample].values.astype(np.float64)
    label = int(ds["label"].values[sample])
    if label >= 0:
        mean, std = (ds[f"{kind}.{gate}"][label].values.astype(float) for kind in ("mean", "std"))
    else:
        mean, std = mean_std_of_images(ds, gate)
    distance = np.divide(own - mean, std, out=np.zeros_like(own), where=std > 0)
    return pd.DataFrame(
        {
            "channel": np.arange(len(own)),
            "gate": own,
            "class_mean": mean,
            "class_std": std,
            "distance": distance,
            "rank": ranks(distance),
        }
    )
