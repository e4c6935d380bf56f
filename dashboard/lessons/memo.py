"""The questions of the lessons and their tables, kept for each store."""

import pandas as pd
import streamlit as st

from analysis import lessons
from dashboard.lessons.texts import by_name
from dashboard.sources import cached
from dashboard.sources.stores import Entry, open_entry


@st.cache_data(max_entries=256, show_spinner=False)
def question(store: Entry, name: str) -> lessons.Question:
    """What the lesson ``name`` asks about one store."""
    ask = by_name(name).ask
    assert ask is not None
    return ask(open_entry(store))


def question_of_two(first: Entry, second: Entry) -> lessons.Question:
    """`lessons.helps`, of the comparison that is kept."""
    return lessons.helps(cached.comparison(first, second))


@st.cache_data(max_entries=64, show_spinner=False)
def weights_by_depth(store: Entry) -> pd.DataFrame:
    """`lessons.weights_by_depth`."""
    return lessons.weights_by_depth(open_entry(store))


@st.cache_data(max_entries=64, show_spinner=False)
def saturation_by_depth(store: Entry) -> pd.DataFrame:
    """`lessons.saturation_by_depth`, with the channels of each gate."""
    return lessons.saturation_by_depth(open_entry(store))
