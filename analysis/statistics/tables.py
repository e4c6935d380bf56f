"""Tables that several statistics make alike: of images, and of channels by size."""

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from analysis.statistics.checks import class_names


def of_images(
    ds: xr.Dataset, samples: npt.NDArray[np.int64], **values: npt.NDArray[np.floating]
) -> pd.DataFrame:
    """A row an image: ``sample``, then ``values``, then its ``label`` and ``class``."""
    labels = ds["label"].values[samples]
    return pd.DataFrame(
        {"sample": samples, **values, "label": labels, "class": class_names(ds, labels)}
    )


def ranks(values: npt.NDArray[np.floating]) -> npt.NDArray[np.int64]:
    """The place of each by absolute value, from 1 for the largest; (C,) to (C,)."""
    order = np.argsort(-np.abs(values), kind="stable")
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(1, len(order) + 1)
    return rank
