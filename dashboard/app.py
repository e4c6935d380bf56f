"""The dashboard: navigation. ``streamlit run dashboard/app.py -- [--runs DIR] [--read-only]``."""

import importlib
from pathlib import Path

import streamlit as st

from dashboard.shell.language import _, heed_address
from dashboard.shell.navigation import pages

ICON = Path(__file__).parent / "icon.svg"  # ours: Streamlit's own icons would be fetched from afar

st.set_page_config("SENet Lab", page_icon=ICON, layout="wide")
heed_address()
page = st.navigation(pages())
# Imported late, so that the first page after a start says what it waits for instead of nothing.
with st.spinner(_("Loading PyTorch, once after the start")):
    frame = importlib.import_module("dashboard.shell.frame")
frame.draw(page)
