"""The networks behind the stores, opened once for all sessions."""

from pathlib import Path

import streamlit as st

from analysis.at_hand import Network, open_network
from dashboard.shell.settings import DEMO
from dashboard.sources.stores import Entry, open_entry


@st.cache_resource(max_entries=4, show_spinner=False)
def network(store: Entry) -> Network:
    """The network of a store; hold its ``lock`` while hooks or gradients are on it.

    Raises:
        InputError: where its weights are not at hand; the sentence says what is missing.
    """
    return open_network(open_entry(store), (Path(store.path).parent, DEMO))
