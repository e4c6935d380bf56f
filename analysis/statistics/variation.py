"""How large the gates of each block are, and how much they vary from image to image."""

import numpy as np
import pandas as pd
import xarray as xr

from analysis.naming import by_depth
from analysis.statistics.checks import require_gates
from analysis.statistics.class_moments import mean_std_of_images


def variation_by_depth(ds: xr.Dataset) -> pd.DataFrame:
    """Quartiles over the channels of each gate, of its mean and of its standard deviation.

    A gate that hardly varies over images could be replaced by its mean; one whose mean is near 1
    leaves its channel as it is.

    Returns:
        A row a gate: ``label``, ``path``, ``depth`` (1 for the first gate), ``channels``; over the
        channels the quartiles of the mean over images (``mean_low``, ``mean``, ``mean_high``) and
        of the standard deviation over images (``std_low``, ``std``, ``std_high``).

    Raises:
        InputError: where the store has no gates.
    """
    rows = []
    for gate, row in by_depth(require_gates(ds)):
        found: dict[str, float] = {"channels": gate.channels}
        both = zip(("mean", "std"), mean_std_of_images(ds, gate.path), strict=True)
        for name, values in both:
            low, middle, high = np.quantile(values, (0.25, 0.5, 0.75))
            found |= {f"{name}_low": low, name: middle, f"{name}_high": high}
        rows.append(row | found)
    return pd.DataFrame(rows)
