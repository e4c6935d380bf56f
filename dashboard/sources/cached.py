"""What `analysis` computes, kept: the key is always a store's path and version, never an array."""

import pandas as pd
import streamlit as st

from analysis import compare, images, statistics
from analysis.naming import Gate
from analysis.proportions import Proportion
from analysis.statistics.separation import most_separating
from analysis.store import gates_of
from dashboard.sources.stores import Entry, open_entry
from senet_core.errors import InputError


@st.cache_data(max_entries=64, show_spinner=False)
def separation_by_depth(store: Entry) -> pd.DataFrame:
    """`statistics.separation_by_depth`, from tables that pages about one gate show too."""
    data = open_entry(store)
    tables = {gate.path: separation(store, gate.path) for gate in gates_of(data)}
    return statistics.separation_by_depth(data, tables=tables)


@st.cache_data(max_entries=256, show_spinner=False)
def separation(store: Entry, gate: str) -> pd.DataFrame:
    """`statistics.separation`."""
    return statistics.separation(open_entry(store), gate)


@st.cache_data(max_entries=256, show_spinner=False)
def image_gates(store: Entry, gate: str, sample: int) -> pd.DataFrame:
    """`statistics.image_gates`."""
    return statistics.image_gates(open_entry(store), gate, sample)


@st.cache_data(max_entries=64, show_spinner=False)
def accuracy(store: Entry) -> Proportion | None:
    """`compare.accuracy`; None where the labels are not the network's classes."""
    try:
        return compare.accuracy(open_entry(store))
    except InputError:
        return None


@st.cache_data(max_entries=64, show_spinner=False)
def comparison(first: Entry, second: Entry) -> compare.Comparison:
    """`compare.compare_predictions`."""
    return compare.compare_predictions(open_entry(first), open_entry(second))


@st.cache_data(max_entries=64, show_spinner=False)
def per_class_change(first: Entry, second: Entry) -> pd.DataFrame:
    """`compare.per_class_change`."""
    return compare.per_class_change(open_entry(first), open_entry(second))


@st.cache_data(max_entries=64, show_spinner=False)
def confusion_difference(first: Entry, second: Entry) -> pd.DataFrame:
    """`compare.confusion_difference`."""
    return compare.confusion_difference(open_entry(first), open_entry(second))


@st.cache_data(max_entries=64, show_spinner=False)
def error_changes(first: Entry, second: Entry) -> pd.DataFrame:
    """`compare.error_changes`, the first thousand."""
    return compare.error_changes(open_entry(first), open_entry(second), 1000)


@st.cache_data(max_entries=64, show_spinner=False)
def disagreements(first: Entry, second: Entry) -> pd.DataFrame:
    """`compare.disagreements`."""
    return compare.disagreements(open_entry(first), open_entry(second))


@st.cache_resource(max_entries=4096, show_spinner=False)
def top_k(store: Entry, sample: int) -> pd.DataFrame:
    """`compare.top_k`, the first five; only read, since a page of them is asked for at once."""
    return compare.top_k(open_entry(store), sample)


@st.cache_resource(max_entries=8, ttl=600, show_spinner=False)
def image_source(store: Entry) -> images.ImageSource | None:
    """`images.open_images`; asked again after ten minutes, since images may come and go."""
    return images.open_images(open_entry(store))


def most_separating_gate(store: Entry) -> Gate:
    """The gate that varies with the largest median η²; the last where the store cannot tell."""
    gates = gates_of(open_entry(store))
    try:
        return gates[most_separating(separation_by_depth(store))]
    except InputError:
        return gates[-1]


def most_separating_channel(store: Entry, gate: str) -> int:
    """The channel that varies with the largest η²; the first where the store cannot tell."""
    try:
        return most_separating(separation(store, gate))
    except InputError:
        return 0
