"""What a process that answers many settles once: how memory is collected, and who takes cores."""

import ctypes
import gc
import os
import sys

import streamlit as st
from threadpoolctl import threadpool_limits

_LARGE = 1 << 20
_M_MMAP_THRESHOLD = -3  # of glibc's malloc.h


@st.cache_resource(show_spinner=False)
def spare_memory() -> None:
    """Once a process: settle how memory is collected and given back.

    Full collections pass over what the imported libraries have made. That is half a million objects
    that live as long as the server does, and every full collection would visit each of them;
    measured, 0.35 s in the middle of a user's choice.

    Arrays of a megabyte and more go back to the system when they are freed. By itself glibc keeps
    them, up to 32 MB each, in a pool for every thread, and Streamlit has a thread for every run.
    """
    gc.collect()
    gc.freeze()
    if sys.platform == "linux":
        set_option = getattr(ctypes.CDLL(None), "mallopt", None)  # other C libraries have none
        if set_option is not None:
            set_option(_M_MMAP_THRESHOLD, _LARGE)


@st.cache_resource(show_spinner=False)
def spare_cores() -> None:
    """Once a process: matrices are multiplied in the thread that asks.

    By themselves NumPy's libraries take all cores for each product, and the idle ones wait for the
    next in a busy loop: measured on two cores, a change of the gate took 140 ms and burned 250 ms.
    """
    threadpool_limits(1, user_api="blas")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # SciPy brings another, loaded later
