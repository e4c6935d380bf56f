"""What stands around every page: the sidebar, hints about the link, the watch for the theme."""

import streamlit as st
from streamlit.navigation.page import Page

from dashboard import address
from dashboard.background import answering
from dashboard.hints import show_hints
from dashboard.language import _
from dashboard.library import scan
from dashboard.memory import spare_memory
from dashboard.navigation import place_of
from dashboard.settings import current_settings
from dashboard.sidebar import draw_sidebar
from dashboard.theme import draw_style, watch_theme
from senet_core.errors import InputError


def draw(page: Page) -> None:
    """Draw ``page`` in its frame; a fault in the command's words is said in its place."""
    try:
        settings = current_settings()
    except InputError as fault:
        st.error(_(str(fault)), icon=":material/terminal:")
        return
    spare_memory()
    answering()
    draw_style()
    draw_sidebar(scan(settings), place_of(page).heeds)
    above = st.container()
    page.run()
    with above:
        show_hints()
    watch_theme()
    address.finish()
