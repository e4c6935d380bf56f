"""What a link asked for and could not have: a plain sentence above the page, until it is read."""

from collections.abc import Sequence

import streamlit as st

from analysis.words import _
from dashboard.parts import escape

_KEY = "hints"
_NAMED = 5


def add_hint(sentence: str) -> None:
    """Keep ``sentence`` (Markdown) for the top of the page."""
    hints = st.session_state.setdefault(_KEY, [])
    if sentence not in hints:
        hints.append(sentence)


def note_unknown(values: Sequence[str], *, noun: str, instead: str) -> None:
    """Hint at values of the address that are not there.

    Args:
        values: what was asked for; empty ones are passed over.
        noun: what they are, as it stands in a sentence, in the language of the session.
        instead: what the page shows in their place; a sentence of its own, without its stop.
    """
    if not any(values):
        return
    named = ", ".join(f"“{escape.markdown(value[:60])}”" for value in values[:_NAMED])
    said = (
        _("The link asked for {noun} {values}, which is not there; {instead}.")
        if len(values) == 1
        else _("The link asked for {noun} {values}, which are not there; {instead}.")
    )
    add_hint(said.format(noun=noun, values=named, instead=escape.markdown(instead)))


def show_hints() -> None:
    """Draw the hints, with a button that puts them away."""
    hints = st.session_state.get(_KEY, [])
    if not hints:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="link-hints"):
        lines = hints if len(hints) == 1 else [f"- {hint}" for hint in hints]
        st.markdown("\n".join(lines), width="stretch")
        st.button(_("Understood"), type="tertiary", key="hints-read", on_click=hints.clear)
