"""Keep Python's garbage collector from stopping answers for a third of a second."""

import gc

import streamlit as st


@st.cache_resource(show_spinner=False)
def spare_collector() -> None:
    """Once a process: let full collections pass over what the imported libraries have made.

    That is half a million objects that live as long as the server does, and every full collection
    would visit each of them; measured, 0.35 s in the middle of a user's choice.
    """
    gc.collect()
    gc.freeze()
