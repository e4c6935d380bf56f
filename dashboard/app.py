"""The dashboard: navigation. ``streamlit run dashboard/app.py -- [--runs DIR] [--read-only]``."""

from pathlib import Path

import streamlit as st

from dashboard.hints import show_hints
from dashboard.library import scan
from dashboard.settings import current_settings
from dashboard.sidebar import draw_sidebar
from senet_core.errors import InputError

ICON = Path(__file__).parent / "icon.svg"  # ours: Streamlit's own icons would be fetched from afar

st.set_page_config("SENet Lab", page_icon=ICON, layout="wide")

try:
    settings = current_settings()
except InputError as fault:
    st.error(str(fault), icon=":material/terminal:")
    st.stop()

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
draw_sidebar(scan(settings), compares=page.url_path == "predictions")
above = st.container()
page.run()
with above:
    show_hints()
