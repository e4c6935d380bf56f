"""What compares stores and takes long, kept by path and version: `background` work."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import streamlit as st

from analysis import compare
from analysis.compare import Calibration
from dashboard.parts.pairs import Pair
from dashboard.sources.background import Work, begin
from dashboard.sources.stores import Entry, Stores, open_entry
from senet_core.errors import InputError


@st.cache_resource(max_entries=64, show_spinner=False)
def reliability(pair: Pair) -> Work[pd.DataFrame]:
    """`compare.reliability` of each."""
    return begin(lambda: (compare.reliability(open_entry(store)) for store in pair), 2)


@st.cache_resource(max_entries=64, show_spinner=False)
def calibration(pair: Pair) -> Work[Calibration]:
    """`compare.calibration` of each, and `compare.calibration_difference`."""

    def parts() -> Iterator[Calibration]:
        first, second = (open_entry(store) for store in pair)
        yield compare.calibration(first)
        yield compare.calibration(second)
        yield compare.calibration_difference(first, second)

    return begin(parts, 3)


@st.cache_resource(max_entries=64, show_spinner=False)
def several(stores: tuple[Entry, ...]) -> Work[pd.DataFrame]:
    """`compare.comparison_table`, in which networks are called as their stores are."""

    def parts() -> Iterator[pd.DataFrame]:
        table = compare.comparison_table([open_entry(store) for store in stores])
        yield table.assign(network=[store.name for store in stores])

    return begin(parts, 1)


def comparable(stores: Stores, pair: Pair, most: int) -> tuple[Entry, ...]:
    """The second of the pair, the first, and all other stores of the same images and classes.

    Args:
        stores: all stores.
        pair: two that can be compared.
        most: at most so many.
    """
    first, second = pair
    others = [store for store in stores.entries if store not in pair and _alike(second, store)]
    return (second, first, *others)[:most]


@st.cache_data(max_entries=512, show_spinner=False)
def _alike(first: Entry, second: Entry) -> bool:
    a, b = open_entry(first), open_entry(second)
    if a.attrs["dataset_digest"] != b.attrs["dataset_digest"] or not np.any(b["label"].values >= 0):
        return False
    try:
        compare.align(a, b)
    except InputError:
        return False
    return a.attrs["labels"] == b.attrs["labels"] == "model"
