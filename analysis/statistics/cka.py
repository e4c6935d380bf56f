"""Linear centred kernel alignment (CKA): how alike two blocks arrange the same images.

S. Kornblith et al., ICML 2019, equation 3, in the form that needs no N × N matrix: with X (N, C)
and Y (N, D) the gates less their means, CKA = ‖XᵀY‖² / (‖XᵀX‖ ‖YᵀY‖) in Frobenius norms. It is 1
where one is the other turned and scaled, and 0 where they share nothing.

Its numerator and denominator are estimates of Hilbert and Schmidt's independence criterion, which
noise makes too high: two gates without anything in common have a CKA of about C / (N + C) where N
images spread over C directions alike. ``debiased`` takes the unbiased estimate of L. Song et al.
(JMLR 13, 2012, equation 5), which may lie a little under 0.

N C D products are summed for each pair: 114 billion with 1,000 images for all pairs of the 16
blocks of SE-ResNet-50 at full width; hence ``most``.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import xarray as xr

from analysis.statistics.checks import require_gate
from analysis.statistics.sampling import MOST, sample_images, take
from analysis.store import gates_of, same_names
from analysis.stream import stream_gate
from senet_core.errors import InputError

Array = npt.NDArray[np.float64]
Floats = npt.NDArray[np.float32]

_ROWS = 512  # images in memory at once


def cka(
    a: xr.Dataset,
    gate_a: str,
    b: xr.Dataset,
    gate_b: str,
    *,
    debiased: bool = False,
    most: int = MOST,
    seed: int = 0,
) -> float:
    """Linear CKA of two gates, of one network or of two, over the same images.

    Args:
        a: a store.
        gate_a: a gate's path in it.
        b: the same store, or another of the same images.
        gate_b: a gate's path in it.
        debiased: without what noise adds.
        most: images, chosen by ``seed``; fewer images raise a CKA that is not debiased.
        seed: of their choice.

    Returns:
        NaN where a gate never varies, or where it varies less than noise does if ``debiased``.

    Raises:
        InputError: where the stores hold different images or have no such gate, or where there are
            fewer than four images to be debiased.
    """
    require_gate(a, gate_a)
    require_gate(b, gate_b)
    first, second = _same_images(a, b, most, seed)
    x, y = _Gate.of(first, gate_a), _Gate.of(second, gate_b)
    (xy,) = _dots(x, [y], debiased)
    xx, yy = _self_dot(x, debiased), _self_dot(y, debiased)
    return _ratio(xy, xx, yy)


def cka_matrix(
    a: xr.Dataset,
    b: xr.Dataset | None = None,
    *,
    debiased: bool = False,
    most: int = MOST,
    seed: int = 0,
) -> pd.DataFrame:
    """`cka` of every gate of ``a`` (rows) with every one of ``b``, or of ``a`` itself.

    Every row reads all gates of ``b`` once more, and holds C ΣD sums: 250 MB where the widest of
    SE-ResNet-50's gates meets all others.

    Returns:
        By the gates' labels, in the networks' order.

    Raises:
        InputError: where a store has no gates, or the stores hold different images.
    """
    other = a if b is None else b
    if not gates_of(a) or not gates_of(other):
        raise InputError("a store has no gates (it is a baseline); compare stores of SE networks")
    first, second = _same_images(a, other, most, seed)
    rows = [_Gate.of(first, gate.path) for gate in gates_of(a)]
    columns = rows if b is None else [_Gate.of(second, gate.path) for gate in gates_of(other)]
    dots = np.zeros((len(rows), len(columns)))
    for i, gate in enumerate(rows):
        start = i if b is None else 0  # the lower half mirrors the upper
        dots[i, start:] = _dots(gate, columns[start:], debiased)
    if b is None:
        dots = np.triu(dots) + np.triu(dots, 1).T
        own_a = own_b = np.diag(dots)
    else:
        own_a, own_b = (
            np.array([_self_dot(g, debiased) for g in gates]) for gates in (rows, columns)
        )
    values = [[_ratio(dots[i, j], x, y) for j, y in enumerate(own_b)] for i, x in enumerate(own_a)]
    return pd.DataFrame(
        values,
        index=[gate.label for gate in gates_of(a)],
        columns=[gate.label for gate in gates_of(other)],
    )


@dataclass(frozen=True, slots=True)
class _Gate:
    """One gate of some images: where to read it, its mean (C,), and ‖x‖² of each image (N,)."""

    ds: xr.Dataset
    path: str
    mean: Floats
    square: Array

    @classmethod
    def of(cls, ds: xr.Dataset, path: str) -> "_Gate":
        total = np.zeros(ds.sizes[f"channel.{path}"])
        for _, values in stream_gate(ds, path, block=_ROWS):
            total += values.sum(axis=0, dtype=np.float64)
        mean = (total / ds.sizes["sample"]).astype(np.float32)
        parts = [
            np.square(values - mean).sum(axis=1, dtype=np.float64)
            for _, values in stream_gate(ds, path, block=_ROWS)
        ]
        return cls(ds, path, mean, np.concatenate(parts))


def _dots(gate: _Gate, others: Sequence[_Gate], debiased: bool) -> list[float]:
    """‖XᵀY‖² of one gate with each of the others, or its unbiased form; N² times the criterion."""
    sums = [np.zeros((len(gate.mean), len(other.mean))) for other in others]
    streams = [stream_gate(other.ds, other.path, block=_ROWS) for other in others]
    for (_, values), *blocks in zip(
        stream_gate(gate.ds, gate.path, block=_ROWS), *streams, strict=True
    ):
        x = (values - gate.mean).T
        for place, (other, (_, block)) in enumerate(zip(others, blocks, strict=True)):
            sums[place] += x @ (block - other.mean)
    dots = [float(np.square(total).sum()) for total in sums]
    if not debiased:
        return dots
    return [_unbiased(d, gate.square, o.square) for d, o in zip(dots, others, strict=True)]


def _self_dot(gate: _Gate, debiased: bool) -> float:
    return _dots(gate, [gate], debiased)[0]


def _unbiased(dot: float, x: Array, y: Array) -> float:
    """Song's estimate: the images' products with themselves, x y, taken out of all N² products."""
    n = len(x)
    if n < 4:
        raise InputError(f"{n} images are too few to be debiased; take at least 4")
    noise = n / (n - 2) * (x @ y) - x.sum() * y.sum() / ((n - 1) * (n - 2))
    return float((dot - noise) * n / (n - 3))


def _ratio(xy: float, xx: float, yy: float) -> float:
    return xy / float(np.sqrt(xx * yy)) if min(xx, yy) > 0 else float("nan")


def _same_images(
    a: xr.Dataset, b: xr.Dataset, most: int, seed: int
) -> tuple[xr.Dataset, xr.Dataset]:
    """The chosen images of both stores.

    Raises:
        InputError: where the stores hold different images; their classes may differ.
    """
    same = a is b or (a.attrs["dataset_digest"] == b.attrs["dataset_digest"] and same_names(a, b))
    if not same:
        raise InputError(
            f"the stores hold different images ({a.sizes['sample']:,} of {a.attrs['dataset']} "
            f"and {b.sizes['sample']:,} of {b.attrs['dataset']}); collect both from the same data"
        )
    places = sample_images(a, most=most, seed=seed)
    return take(a, places), take(b, places)
