"""What stands around every page: the sidebar, hints about the link, the watch for the theme."""

import streamlit as st
from streamlit.navigation.page import Page

from dashboard.parts import states
from dashboard.shell import address
from dashboard.shell.hints import show_hints
from dashboard.shell.language import _, language
from dashboard.shell.navigation import place_of
from dashboard.shell.process import spare_cores, spare_memory
from dashboard.shell.settings import current_settings
from dashboard.shell.sidebar import draw_sidebar
from dashboard.shell.theme import draw_style, watch_theme
from dashboard.sources.background import answering
from dashboard.sources.stores import scan
from senet_core.errors import InputError


def draw(page: Page) -> None:
    """Draw ``page`` in its frame; a fault of the input that it does not tell is told there."""
    try:
        settings = current_settings()
    except InputError as fault:
        st.error(_(str(fault)), icon=":material/terminal:")
        return
    spare_memory()
    spare_cores()
    answering()
    draw_style()
    draw_sidebar(scan(settings), place_of(page).heeds)
    above = st.container()
    with states.told(_("This page cannot be shown")):
        page.run()
    with above:
        show_hints()
    watch_theme(language())
    address.finish()
