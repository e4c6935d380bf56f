"""How class separation evolves in training, from the mean gates that a run records."""

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from analysis.naming import by_depth
from analysis.store import gates_of

_VALUES = 2**23  # means in memory at once, 32 MB


def spread_by_epoch(ds: xr.Dataset) -> pd.DataFrame:
    """How far apart the class means of each gate lie, after each epoch.

    Only means are recorded in training, no variance within a class, so this is a spread in gates
    and no η²: what images of one class differ by is not in it.

    Args:
        ds: of `analysis.evolution.open_evolution`.

    Returns:
        A row an epoch and gate: ``epoch``, ``label``, ``path``, ``depth`` (1 for the first gate),
        ``between`` (the root mean square over channels of the standard deviation between class
        means, each class alike; NaN with fewer than two classes) and ``mean`` (of all gates).
    """
    epochs = ds["epoch"].values
    tables = []
    for gate, row in by_depth(gates_of(ds)):
        means = ds[f"mean.{gate.path}"]
        step = max(1, _VALUES // max(int(np.prod(means.shape[1:])), 1))
        parts = [
            _spread(np.asarray(means[start : start + step].values, np.float64))
            for start in range(0, len(epochs), step)
        ]
        between, mean = (np.concatenate(each) for each in zip(*parts, strict=True))
        found = {"epoch": epochs, **row, "between": between, "mean": mean}
        tables.append(pd.DataFrame(found))
    columns = ["epoch", "label", "path", "depth", "between", "mean"]
    if not tables:
        return pd.DataFrame(columns=columns)
    return pd.concat(tables).sort_values(["epoch", "depth"], ignore_index=True)[columns]


def _spread(
    means: npt.NDArray[np.float64],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Of (epoch, class, C), for each epoch; classes without images are NaN and left out."""
    known = np.asarray(np.isfinite(means).all(axis=2))  # (epoch, class)
    count = known.sum(axis=1)[:, None]
    filled = np.where(known[:, :, None], means, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        centre = filled.sum(axis=1) / count  # (epoch, C)
        apart = np.where(known[:, :, None], filled - centre[:, None], 0.0)
        between = np.sqrt((np.square(apart).sum(axis=1) / count).mean(axis=1))
    between[count[:, 0] < 2] = np.nan
    return between, centre.mean(axis=1)
