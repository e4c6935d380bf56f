"""Results of interventions on a store, and the command that makes them, kept as `cached` does."""

from pathlib import Path

import pandas as pd
import streamlit as st

from analysis.again import image_words, network_words
from analysis.intervene.results import (
    FOLDER,
    Experiment,
    Result,
    find_result,
    result_files,
    result_stamp,
    results_name,
)
from analysis.statistics.variation import variation_by_depth
from dashboard.shell.settings import DEMO, Settings
from dashboard.sources.stores import Entry, open_entry
from senet_core.errors import InputError


def result(store: Entry, experiment: Experiment, settings: Settings) -> Result | None:
    """What was found under the runs' folder or is shipped; None where nothing was."""
    stamp = result_stamp(open_entry(store), _roots(settings), experiment)
    return _result(store, experiment, settings, stamp) if stamp else None


@st.cache_data(max_entries=64, show_spinner=False)
def _result(
    store: Entry, experiment: Experiment, settings: Settings, stamp: tuple[int, ...]
) -> Result | None:
    return find_result(open_entry(store), _roots(settings), experiment)


@st.cache_data(max_entries=64, show_spinner=False)
def variation(store: Entry) -> pd.DataFrame:
    """`analysis.statistics.variation.variation_by_depth`."""
    return variation_by_depth(open_entry(store))


def command(store: Entry, experiment: Experiment, settings: Settings) -> tuple[str, ...]:
    """The words of ``python -m analysis`` that run an experiment where its result is found again.

    Raises:
        InputError: where the network's weights or the images are not at hand.
    """
    words, fault = _opened(store)
    if fault:
        raise InputError(fault)
    folder = settings.runs / FOLDER / results_name(open_entry(store))
    table, by_class = result_files(folder, experiment)
    own = ("--store", store.path, "--experiment", experiment)
    return ("intervene", *words, *own, "--out", str(table), "--by-class", str(by_class))


@st.cache_data(max_entries=64, ttl=60, show_spinner=False)
def _opened(store: Entry) -> tuple[tuple[str, ...], str]:
    """Words for network and images; or a sentence. A checkpoint may come back within a minute."""
    data = open_entry(store)
    try:
        return (*network_words(data, (DEMO,)), *image_words(data)), ""
    except InputError as fault:
        return (), str(fault)


def _roots(settings: Settings) -> tuple[Path, Path]:
    return (settings.runs / FOLDER, DEMO / FOLDER)
