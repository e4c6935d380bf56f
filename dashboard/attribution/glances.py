"""What a network makes of one picture at a glance: what reaches it, and what it takes it for."""

import numpy as np
import numpy.typing as npt
import pandas as pd
import streamlit as st

from analysis import compare
from dashboard.parts.pairs import outputs
from dashboard.parts.picture import Picture
from dashboard.sources.networks import network
from dashboard.sources.stores import Entry


@st.cache_data(max_entries=1024, show_spinner=False)
def probabilities(store: Entry, digest: str, _picture: Picture) -> npt.NDArray[np.float64]:
    """(K,): `Network.probabilities` of the picture with this digest."""
    return network(store).probabilities(_picture.image)


@st.cache_data(max_entries=256, show_spinner=False)
def seen(store: Entry, digest: str, _picture: Picture) -> npt.NDArray[np.uint8]:
    """`Network.seen` of the picture with this digest."""
    return network(store).seen(_picture.image)


def top_five(store: Entry, picture: Picture) -> pd.DataFrame:
    """The five most probable classes, as `analysis.compare.top_k` gives those of a stored image."""
    return compare.top_of(probabilities(store, picture.digest, picture), outputs(store))
