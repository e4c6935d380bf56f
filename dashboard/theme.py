"""The theme in which the page is shown, so that figures are drawn, and exported, in its colours."""

import streamlit as st

from analysis.figures.palette import INK, Theme


def active_theme() -> Theme:
    """What the browser shows now; light until it has said so."""
    return "dark" if st.context.theme.type == "dark" else "light"


def page_colour(theme: Theme) -> str:
    """The page's background in ``theme``, on which figures are drawn and exported."""
    return st.get_option(f"theme.{theme}.backgroundColor") or INK[theme].surface
