"""What the Depth page shows, kept by store and version; what takes long is `background` work."""

import numpy as np
import numpy.typing as npt
import pandas as pd
import streamlit as st

from analysis.findings import Findings, paper_findings
from analysis.statistics.along import Row, probe_along, saturation_along, spread_by_depth
from analysis.statistics.grouping import grouped_similarity, order_by_similarity
from analysis.store import gates_of
from dashboard.sources.background import Work, begin, rest
from dashboard.sources.stores import Entry, open_entry

PROBED = 5_000
"""Images of a probe: enough for its interval, and a thousand classes are done within a minute."""

GROUPS = 100
"""Rows of a similarity matrix: more of them a third of a screen does not show."""


@st.cache_data(max_entries=64, show_spinner=False)
def spread(store: Entry) -> pd.DataFrame:
    """`statistics.along.spread_by_depth`."""
    return spread_by_depth(open_entry(store))


@st.cache_resource(max_entries=64, show_spinner=False)
def probe(store: Entry) -> Work[Row]:
    """`statistics.along.probe_along`, a part a gate."""
    data = open_entry(store)
    return begin(lambda: probe_along(data, most=PROBED), len(gates_of(data)))


@st.cache_resource(max_entries=64, show_spinner=False)
def saturation(store: Entry) -> Work[Row]:
    """`statistics.along.saturation_along`, a part a gate."""
    data = open_entry(store)
    return begin(lambda: saturation_along(data), len(gates_of(data)))


@st.cache_resource(max_entries=64, show_spinner=False)
def findings(store: Entry) -> Work[Findings]:
    """`analysis.findings.paper_findings`, one part."""
    data = open_entry(store)
    return begin(lambda: (paper_findings(data, between=rest) for _ in range(1)), 1)


@st.cache_data(max_entries=64, show_spinner=False)
def class_order(store: Entry, gate: str) -> npt.NDArray[np.int64]:
    """`statistics.grouping.order_by_similarity`."""
    return order_by_similarity(open_entry(store), gate)


@st.cache_data(max_entries=256, show_spinner=False)
def similarity(store: Entry, gate: str, ordered_by: str) -> pd.DataFrame:
    """`statistics.grouping.grouped_similarity` in the order of another gate's classes."""
    order = class_order(store, ordered_by)
    return grouped_similarity(open_entry(store), gate, order, most=GROUPS)
