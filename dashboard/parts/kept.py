"""Figures that most choices on a page leave as they are: drawn once, for all sessions."""

from collections.abc import Callable, Hashable

import plotly.graph_objects as go
import streamlit as st

from analysis.figures import Theme
from dashboard.shell.language import language
from dashboard.shell.theme import active_theme, page_colour


def kept(draw: Callable[[Theme], go.Figure], name: str, *key: Hashable) -> go.Figure:
    """What ``draw`` draws in the session's theme, which nobody may change afterwards.

    Args:
        draw: draws it, in the session's language.
        name: of the figure, unlike all others.
        key: all that it depends on beyond theme and language.
    """
    return _kept(name, key, active_theme(), language(), draw)


@st.cache_resource(max_entries=64, show_spinner=False)
def _kept(
    name: str,
    key: tuple[Hashable, ...],
    theme: Theme,
    spoken: str,
    _draw: Callable[[Theme], go.Figure],
) -> go.Figure:
    return _draw(theme).update_layout(paper_bgcolor=page_colour(theme))
