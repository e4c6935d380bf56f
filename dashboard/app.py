"""The dashboard: navigation. ``streamlit run dashboard/app.py -- [--runs DIR] [--read-only]``."""

import importlib
from pathlib import Path

import streamlit as st

ICON = Path(__file__).parent / "icon.svg"  # ours: Streamlit's own icons would be fetched from afar

st.set_page_config("SENet Lab", page_icon=ICON, layout="wide")
page = st.navigation(
    {
        "": [st.Page("views/home.py", title="Home", icon=":material/home:", default=True)],
        "Explore": [
            st.Page(
                "views/excitations.py",
                title="Excitations",
                icon=":material/equalizer:",
                url_path="excitations",
            )
        ],
        "Compare": [
            st.Page(
                "views/predictions.py",
                title="Predictions",
                icon=":material/compare_arrows:",
                url_path="predictions",
            )
        ],
    }
)
# Imported late, so that the first page after a start says what it waits for instead of nothing.
with st.spinner("Loading PyTorch, once after the start"):
    frame = importlib.import_module("dashboard.frame")
frame.draw(page)
