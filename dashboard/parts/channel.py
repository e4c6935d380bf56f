"""The channel that a page follows: one choice for Excitations and for the block, in the address."""

import streamlit as st

from analysis.naming import Gate
from dashboard.parts.controls import choose_one
from dashboard.shell.language import _
from dashboard.sources import cached
from dashboard.sources.stores import Entry, open_entry

_KEY = "channel"
_BEST = "best"


def choose_channel(store: Entry, gate: Gate, *, help_text: str, width: int) -> int:
    """A channel of ``gate``; the one that separates the classes best unless another is chosen."""
    picked = choose_one(
        _("Channel"),
        [_BEST, *map(str, range(gate.channels))],
        key=_KEY,
        default=_BEST,
        noun=_("the channel"),
        names={_BEST: _("most separating")},
        help_text=help_text,
        width=width,
    )
    if picked != _BEST:
        return int(picked)
    known = f"gate.{gate.path}" in open_entry(store)  # a network may have gates that a store lacks
    return cached.most_separating_channel(store, gate.path) if known else 0


def pick_channel(channel: int) -> None:
    """Choose a channel as a click on a figure or a row does."""
    st.session_state[_KEY] = str(channel)
