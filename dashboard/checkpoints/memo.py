"""What the Checkpoints page shows, kept by store or run and version."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import streamlit as st

from analysis.differences import Facts, facts_of
from analysis.evolution import open_evolution
from analysis.statistics import moments
from analysis.statistics.along import Row, cka_along, shared_gates
from analysis.statistics.cka import cka_matrix
from analysis.statistics.evolution import spread_by_epoch
from dashboard.shell.settings import DEMO
from dashboard.sources.background import Work, begin
from dashboard.sources.runs import RunEntry
from dashboard.sources.stores import Entry, open_entry

Array = npt.NDArray[np.float64]

COMPARED = 1_000
"""Images of a CKA: debiased, it does not depend on how many there are."""


@st.cache_data(max_entries=64, show_spinner=False)
def facts(store: Entry) -> Facts:
    """`analysis.differences.facts_of`."""
    return facts_of(open_entry(store), (Path(store.path).parent, DEMO))


@st.cache_resource(max_entries=64, show_spinner=False)
def cka(first: Entry, second: Entry) -> Work[Row]:
    """`statistics.along.cka_along`, a part a gate that both have."""
    a, b = open_entry(first), open_entry(second)
    return begin(lambda: cka_along(a, b, most=COMPARED), len(shared_gates(a, b)))


@st.cache_resource(max_entries=32, show_spinner=False)
def cka_of_all(first: Entry, second: Entry) -> Work[pd.DataFrame]:
    """`statistics.cka_matrix`, one part."""
    a, b = open_entry(first), open_entry(second)
    return begin(
        lambda: (cka_matrix(a, b, debiased=True, most=COMPARED) for _ in range(1)),
        1,
    )


@st.cache_data(max_entries=256, show_spinner=False)
def overall_curve(store: Entry, gate: str) -> tuple[Array, Array]:
    """Mean and standard deviation (C,) of a gate over all labelled images."""
    pooled = moments(open_entry(store), gate)
    return pooled.overall_mean, pooled.overall_std


def class_curve(store: Entry, gate: str, place: int) -> tuple[Array, Array] | None:
    """Those over the images of one class; None where it has none. Two rows are read."""
    data = open_entry(store)
    mean = np.asarray(data[f"mean.{gate}"][place].values, np.float64)
    if not np.isfinite(mean).all():
        return None
    return mean, np.asarray(data[f"std.{gate}"][place].values, np.float64)


@st.cache_resource(max_entries=32, show_spinner=False)
def evolution(run: RunEntry) -> Work[pd.DataFrame]:
    """`statistics.evolution.spread_by_epoch` of a run's recorded gates, one part."""
    return begin(lambda: (spread_by_epoch(open_evolution(run.path)) for _ in range(1)), 1)
