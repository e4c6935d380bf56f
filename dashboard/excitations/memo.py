"""What the Excitations page shows, kept by store and version; what takes long is `background` work.

Large arrays are kept as they are (``cache_resource``) and only read.
"""

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd
import streamlit as st

from analysis import statistics
from analysis.ordering import Order
from analysis.statistics import Axes, Cells, ClassMoments, Embedding
from analysis.statistics.apart import embed_apart
from analysis.statistics.embedding import Method
from analysis.store import class_slice
from dashboard.sources import cached
from dashboard.sources.background import Work, at_once, begin, rest
from dashboard.sources.stores import Entry, open_entry
from senet_core.errors import InputError

T = TypeVar("T")

POINTS = 3_000
"""Images of a map, beside all of the chosen classes: more a browser draws over each other."""

NEAREST = 8

AT_ONCE = 1_000_000
"""Images × channels, or 50 bins × classes × channels, that are gone through within an answer."""


@st.cache_resource(max_entries=4, show_spinner=False)
def moments(store: Entry, gate: str) -> ClassMoments:
    """`statistics.moments`; 33 MB of 1,000 classes and 2,048 channels, so few are kept."""
    return statistics.moments(open_entry(store), gate)


@st.cache_resource(max_entries=64, show_spinner=False)
def cells(
    store: Entry, gate: str, classes: tuple[int, ...] | None, relative: bool, order: Order
) -> Cells:
    """`statistics.class_channel_cells`."""
    return statistics.class_channel_cells(
        open_entry(store),
        gate,
        classes=classes,
        relative=relative,
        order=order,
        pooled=moments(store, gate),
    )


@st.cache_resource(max_entries=64, show_spinner=False)
def clustered_cells(
    store: Entry, gate: str, classes: tuple[int, ...] | None, relative: bool
) -> Work[Cells]:
    """`cells` with like beside like, one part."""

    def parts() -> Iterator[Cells]:
        yield statistics.class_channel_cells(
            open_entry(store), gate, classes=classes, relative=relative, order="cluster"
        )

    return _how(store, gate, "class", 50)(parts, 1)


@st.cache_resource(max_entries=256, show_spinner=False)
def saturation(store: Entry, gate: str) -> Work[tuple[float, float]]:
    """The gate's shares below 0.1 and above 0.9, one part; nan where values are not shares."""

    def parts() -> Iterator[tuple[float, float]]:
        if how is begin:
            rest()  # the page is complete without it
        try:
            table = statistics.saturation(open_entry(store), gate)
        except InputError:
            yield math.nan, math.nan
        else:
            yield float(table["low"].mean()), float(table["high"].mean())

    how = _how(store, gate, "class", 50)
    return how(parts, 1)


@st.cache_resource(max_entries=64, show_spinner=False)
def channel_values(store: Entry, gate: str, channel: int) -> npt.NDArray[np.float32]:
    """`statistics.channel_values`."""
    return statistics.channel_values(open_entry(store), gate, channel)


@st.cache_data(max_entries=256, show_spinner=False)
def extreme_samples(
    store: Entry, gate: str, channel: int, n: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """`statistics.extreme_samples`."""
    values = channel_values(store, gate, channel)
    return statistics.extreme_samples(open_entry(store), gate, channel, n, values=values)


@st.cache_data(max_entries=256, show_spinner=False)
def ranking(store: Entry, gate: str, class_index: int) -> pd.DataFrame:
    """`statistics.channel_ranking`, with the η² of each channel where the store can tell."""
    table = statistics.channel_ranking(
        open_entry(store), gate, class_index, pooled=moments(store, gate)
    )
    separation = cached.separation(store, gate)
    return table.assign(eta2=separation["eta2"].to_numpy()[table["channel"]])


@st.cache_resource(max_entries=64, show_spinner=False)
def embedding(store: Entry, gate: str, method: Method) -> Work[tuple[Embedding, Axes | None]]:
    """`statistics.embed_images`, with the axes where it has any."""
    data = open_entry(store)

    def parts() -> Iterator[tuple[Embedding, Axes | None]]:
        if method == "pca":
            axes = statistics.principal_axes(data, gate, most=POINTS)
            places = statistics.sample_images(data, most=POINTS)
            yield statistics.project(data, gate, axes, places), axes
        else:
            yield embed_apart(Path(store.path), gate, most=POINTS), None

    return begin(parts, 1) if method == "umap" else _how(store, gate, "sample")(parts, 1)


@st.cache_resource(max_entries=64, show_spinner=False)
def placed(store: Entry, gate: str, classes: tuple[int, ...], sample: int) -> Embedding:
    """The map by PCA, which must be there, with all images of some classes and one more image."""
    drawn, axes = embedding(store, gate, "pca").parts[0]
    data = open_entry(store)
    own = [np.arange(*class_slice(data, index).indices(data.sizes["sample"])) for index in classes]
    more = np.setdiff1d(np.concatenate([[sample], *own]).astype(np.int64), drawn.samples)
    if axes is None or not len(more):
        return drawn
    return _together(drawn, statistics.project(data, gate, axes, more))


@st.cache_resource(max_entries=256, show_spinner=False)
def nearest(store: Entry, gate: str, sample: int) -> Work[pd.DataFrame]:
    """`statistics.nearest_images`, one part."""
    data = open_entry(store)

    def parts() -> Iterator[pd.DataFrame]:
        yield statistics.nearest_images(data, gate, sample, n=NEAREST)

    return _how(store, gate, "sample")(parts, 1)


def _how(
    store: Entry, gate: str, rows: str, weight: int = 1
) -> Callable[[Callable[[], Iterator[T]], int], Work[T]]:
    """At once or in the background, by how many ``rows`` times channels there are."""
    sizes = open_entry(store).sizes
    few = weight * sizes[rows] * sizes[f"channel.{gate}"] <= AT_ONCE
    return at_once if few else begin


def _together(first: Embedding, second: Embedding) -> Embedding:
    return Embedding(
        np.concatenate([first.points, second.points]),
        np.concatenate([first.samples, second.samples]),
        np.concatenate([first.labels, second.labels]),
        first.method,
        first.explained,
    )
