"""One gate after another along a network, for whoever shows the first while the next is measured.

`separation_by_depth`, `profile_by_depth` and `probe_by_depth` measure more, all at once.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import xarray as xr

from analysis.naming import Gate, by_depth
from analysis.statistics.cka import cka
from analysis.statistics.class_moments import moments
from analysis.statistics.histograms import overall_histogram
from analysis.statistics.probe import linear_probe
from analysis.statistics.saturation import saturation_of
from analysis.store import gates_of

FOLDS = 5

Row = dict[str, str | float]


def spread_by_depth(ds: xr.Dataset) -> pd.DataFrame:
    """How far gates spread between classes and within them, from the moments; in gates.

    Returns:
        A row a gate: ``label``, ``path``, ``depth`` (1 for the first gate), and the root mean
        squares over channels of the deviations ``between`` class means and ``within`` classes.

    Raises:
        InputError: where no sample has a label.
    """
    rows = []
    for gate, row in by_depth(gates_of(ds)):
        pooled = moments(ds, gate.path)
        between, within = (float(np.sqrt(v.mean())) for v in (pooled.between, pooled.within))
        rows.append(row | {"between": between, "within": within})
    return pd.DataFrame(rows, columns=["label", "path", "depth", "between", "within"])


def saturation_along(ds: xr.Dataset) -> Iterator[Row]:
    """Of each gate the shares ``low``, under 0.1, and ``high``, over 0.9, of its values.

    Yields:
        ``label``, ``path``, ``depth``, ``low``, ``high``; NaN for gates not bound to [0, 1].
    """
    for gate, row in by_depth(gates_of(ds)):
        low = high = float("nan")
        if gate.bounded:
            shares = saturation_of(overall_histogram(ds, gate.path))
            low, high = float(shares["low"].mean()), float(shares["high"].mean())
        yield row | {"low": low, "high": high}


def probe_along(ds: xr.Dataset, *, most: int, seed: int = 0) -> Iterator[Row]:
    """`linear_probe` of each gate on at most ``most`` images, or five of each class if more.

    Yields:
        A row of `probe_by_depth`.

    Raises:
        InputError: where the store has too few images.
    """
    classes = int((ds["count"].values > 0).sum())
    per_class = max(FOLDS, min(100, most // max(classes, 1)))
    for gate, row in by_depth(gates_of(ds)):
        found = linear_probe(ds, gate.path, per_class=per_class, folds=FOLDS, seed=seed)
        yield row | found.columns()


def shared_gates(a: xr.Dataset, b: xr.Dataset) -> list[tuple[Gate, Gate]]:
    """The gates that stand at the same place in both networks, by their label."""
    theirs = {gate.label: gate for gate in gates_of(b)}
    return [(gate, theirs[gate.label]) for gate in gates_of(a) if gate.label in theirs]


def cka_along(a: xr.Dataset, b: xr.Dataset, *, most: int, seed: int = 0) -> Iterator[Row]:
    """Debiased CKA of each gate of ``a`` with the gate of ``b`` that stands at the same place.

    Args:
        a: a store.
        b: another of the same images.
        most: images, chosen by ``seed``.
        seed: of their choice.

    Yields:
        ``label``, ``path``, ``depth`` in ``a``, and ``cka``.

    Raises:
        InputError: where the stores hold different images.
    """
    rows = {gate.path: row for gate, row in by_depth(gates_of(a))}
    for mine, other in shared_gates(a, b):
        found = cka(a, mine.path, b, other.path, debiased=True, most=most, seed=seed)
        yield rows[mine.path] | {"cka": found}
