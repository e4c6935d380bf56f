"""Linear centred kernel alignment (CKA): how alike two blocks arrange the same images."""

import numpy as np
import pandas as pd
import xarray as xr

from analysis.compare.outcome import align
from analysis.statistics.class_moments import mean_std_of_images
from analysis.store import gates_of
from analysis.stream import stream_gate
from senet_core.errors import InputError

_ROWS = 2048  # images in memory at once


def cka(a: xr.Dataset, gate_a: str, b: xr.Dataset, gate_b: str) -> float:
    """Linear CKA of two gates over the same images (S. Kornblith et al., ICML 2019, equation 3).

    ‖YᵀX‖² / (‖XᵀX‖ ‖YᵀY‖) with Frobenius norms, X (N, C) and Y (N, D) the centred gates: 1 where
    one is the other turned and scaled, near 0 where they share nothing. NaN where one is constant.
    With fewer images than channels it is too high; compare only values of the same N. Both gates
    are read once, and C² + D² + C D numbers are in memory.

    Raises:
        InputError: where the stores hold different images or have no such gate.
    """
    if a is not b:
        align(a, b)
    mean_a, mean_b = mean_std_of_images(a, gate_a)[0], mean_std_of_images(b, gate_b)[0]
    xx = np.zeros((len(mean_a), len(mean_a)))
    yy = np.zeros((len(mean_b), len(mean_b)))
    xy = np.zeros((len(mean_a), len(mean_b)))
    blocks = zip(
        stream_gate(a, gate_a, block=_ROWS), stream_gate(b, gate_b, block=_ROWS), strict=True
    )
    for (_, first), (_, second) in blocks:
        x, y = first - mean_a, second - mean_b
        xx += x.T @ x
        yy += y.T @ y
        xy += x.T @ y
    scale = np.linalg.norm(xx) * np.linalg.norm(yy)
    return float(np.square(xy).sum() / scale) if scale > 0 else float("nan")


def cka_matrix(a: xr.Dataset, b: xr.Dataset | None = None) -> pd.DataFrame:
    """CKA of every gate of ``a`` (rows) with every one of ``b``, or of ``a`` itself.

    Returns:
        By the gates' labels, in the networks' order.

    Raises:
        InputError: where a store has no gates, or the stores hold different images.
    """
    other = a if b is None else b
    rows, columns = gates_of(a), gates_of(other)
    if not rows or not columns:
        raise InputError("a store has no gates (it is a baseline); compare stores of SE networks")
    values = np.full((len(rows), len(columns)), np.nan)
    for i, first in enumerate(rows):
        for j, second in enumerate(columns):
            if b is None and j < i:
                values[i, j] = values[j, i]
            else:
                values[i, j] = cka(a, first.path, other, second.path)
    labels = [gate.label for gate in rows], [gate.label for gate in columns]
    return pd.DataFrame(values, index=labels[0], columns=labels[1])
