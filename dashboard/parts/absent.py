"""What a page about gates says where the chosen store has none, and the way to one that has."""

import streamlit as st

from analysis.store import gates_of
from dashboard.parts import escape, states
from dashboard.shell.language import _
from dashboard.shell.sidebar import Choices, partner
from dashboard.sources.stores import open_entry


def no_gates(chosen: Choices) -> None:
    """One sentence, and a button where another store has gates."""
    states.sentence(
        _("This store has no gates"),
        _(
            "It comes from a network without attention blocks, a baseline. Choose the store of an "
            "SE network in the sidebar; Predictions compares the two."
        ),
    )
    gated = [entry for entry in chosen.stores.entries if gates_of(open_entry(entry))]
    if gated:
        other = partner(chosen.store, gated)
        said = _("Show {store}").format(store=escape.markdown(other.name))
        st.button(said, on_click=show_store, args=(other.name,))


def show_store(name: str) -> None:
    """Choose a store for all pages."""
    st.session_state["store"] = name
