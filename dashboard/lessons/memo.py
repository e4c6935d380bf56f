"""The questions of the lessons and their tables, kept for each store."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import streamlit as st
from PIL import Image

from analysis import lessons
from analysis.store import class_slice, gates_of
from dashboard.block.memo import followed
from dashboard.block.panels import strongest_channels
from dashboard.lessons.texts import by_name
from dashboard.parts.picture import stored_picture
from dashboard.sources import cached
from dashboard.sources.stores import Entry, open_entry
from senet_core.errors import InputError

MAPS = 4
"""Of one image, the strongest."""


@dataclass(frozen=True)
class Squeezed:
    """What a block sees of an image, and what its squeeze leaves.

    Attributes:
        image: the image, whose class is called ``name``.
        maps: (n, H, W), the strongest.
        squeezed: (n,), the mean of each.
        channels: (n,), their numbers.
    """

    image: Image.Image
    name: str
    maps: npt.NDArray[np.float32]
    squeezed: npt.NDArray[np.float32]
    channels: list[int]


@st.cache_data(max_entries=256, show_spinner=False)
def question(store: Entry, name: str) -> lessons.Question:
    """What the lesson ``name`` asks about one store."""
    ask = by_name(name).ask
    assert ask is not None
    return ask(open_entry(store))


def question_of_two(first: Entry, second: Entry) -> lessons.Question:
    """`lessons.helps`, of the comparison that is kept."""
    return lessons.helps(cached.comparison(first, second))


@st.cache_data(max_entries=64, show_spinner=False)
def weights_by_depth(store: Entry) -> pd.DataFrame:
    """`lessons.weights_by_depth`."""
    return lessons.weights_by_depth(open_entry(store))


@st.cache_data(max_entries=64, show_spinner=False)
def saturation_by_depth(store: Entry) -> pd.DataFrame:
    """`lessons.saturation_by_depth`, with the channels of each gate."""
    return lessons.saturation_by_depth(open_entry(store))


def squeezed(store: Entry, path: str, classes: tuple[int, ...]) -> Squeezed | None:
    """Of the first image of the first class; None where network or image is not at hand."""
    ds = open_entry(store)
    own = class_slice(ds, classes[0]) if classes else slice(0, ds.sizes["sample"])
    gate = next(gate for gate in gates_of(ds) if gate.path == path)
    if own.start == own.stop:
        return None
    try:
        picture = stored_picture(store, own.start)
        steps = followed(store, gate, picture).steps if picture else None
    except InputError:
        return None
    if picture is None or steps is None or steps.maps is None or steps.squeeze != "avg":
        return None
    strongest = strongest_channels(steps, MAPS)
    assert steps.squeezed is not None
    return Squeezed(
        picture.image,
        picture.name,
        steps.maps[strongest],
        steps.squeezed[strongest],
        [int(channel) for channel in strongest],
    )
