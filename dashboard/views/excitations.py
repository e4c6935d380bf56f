"""Excitations: how gates differ by class."""

from typing import Literal, cast

import pandas as pd
import streamlit as st
import xarray as xr

from analysis import figures
from analysis.figures.heatmap import MOST_MARKERS
from analysis.statistics import SIGNIFICANCE, channel_values, moments
from analysis.store import gates_of
from dashboard import cached, escape, formats, states
from dashboard.controls import choose_one, switch
from dashboard.gallery import Tile, draw_gallery, say_if_no_images
from dashboard.library import open_entry
from dashboard.panels import Panel, show_figure
from dashboard.settings import current_settings
from dashboard.sidebar import Choices, choices
from dashboard.theme import active_theme

BEST = "most separating"
BANDS = {"all": "all classes", "classes": "each class", "none": "none"}
ORDERS = {"index": "by number", "mean": "by mean gate"}
HEATS = {"difference": "difference from all", "mean": "mean gate"}
SORTS = {"same": "as above", "cluster": "like beside like"}
FORMS = {"ridgeline": "ridges", "histogram": "histogram"}
EXTREMES = 8


def page() -> None:
    st.title("Excitations")
    chosen = choices()
    if chosen is None:
        states.nothing_loaded(current_settings())
    elif chosen.gate is None:
        no_gates(chosen)
    else:
        with states.told("The classes of this store cannot be compared"):
            sections(chosen, open_entry(chosen.store), chosen.gate.path)


def no_gates(chosen: Choices) -> None:
    states.sentence(
        "This store has no gates",
        "It comes from a network without attention blocks, a baseline. Choose the store of an "
        "SE network in the sidebar; Predictions compares the two.",
    )
    gated = (entry for entry in chosen.library.entries if gates_of(open_entry(entry)))
    if (other := next(gated, None)) is not None:
        st.button(f"Show {escape.markdown(other.name)}", on_click=show_store, args=(other.name,))


def show_store(name: str) -> None:
    st.session_state["store"] = name


def sections(chosen: Choices, data: xr.Dataset, gate: str) -> None:
    headline(chosen, gate)
    with st.container(horizontal=True, vertical_alignment="top", gap="medium"):
        order = cast(Order, switch("Order of channels", ORDERS, key="order", default="index"))
        band = cast(Band, switch("Band of ± 1 σ", BANDS, key="band", default="all"))
        channel = choose_channel(chosen, gate)
    by_channel(chosen, data, order, band, channel)
    left, right = st.columns([1.2, 1], gap="medium")
    with left:
        heatmap(chosen, data, order, channel)
    with right:
        distribution(chosen, data, channel)
    extremes(chosen, data, channel)


Order = Literal["index", "mean"]
Band = Literal["all", "classes", "none"]


def headline(chosen: Choices, gate: str) -> None:
    """The line of numbers."""
    table = cached.separation(chosen.store, gate)
    shut, opened = cached.saturation(chosen.store, gate)
    with st.grid(4, min_column_width=150):
        st.metric(
            "η², median channel",
            formats.number(table["eta2"].median()),
            help="The share of a channel's variance over the images that their class explains, "
            "between 0 and 1; the median over the channels of this gate.",
        )
        st.metric(
            "Channels that separate classes",
            formats.percent((table["p"] < SIGNIFICANCE).mean(), 0),
            help="Channels whose class means differ by more than chance: one-way F test, p under "
            "0.05 after correction for the number of channels (Benjamini and Hochberg).",
        )
        st.metric(
            "Nearly shut, s < 0.1",
            formats.percent(shut),
            help="The share of all gate values, over images and channels, below 0.1.",
        )
        st.metric(
            "Nearly open, s > 0.9",
            formats.percent(opened),
            help="The share of all gate values, over images and channels, above 0.9.",
        )


def choose_channel(chosen: Choices, gate: str) -> int:
    """The channel that all figures of the page mark."""
    channels = chosen.gate.channels if chosen.gate else 0
    picked = choose_one(
        "Channel",
        [BEST, *map(str, range(channels))],
        key="channel",
        default=BEST,
        noun="the channel",
        help_text="Also by a click on the line figure or the heat map. The page opens with the "
        "channel that has the largest η².",
        width=190,
    )
    return cached.most_separating_channel(chosen.store, gate) if picked == BEST else int(picked)


def pick(channel: int) -> None:
    """A click on a figure chooses the channel for the whole page."""
    st.session_state["channel"] = str(channel)


def by_channel(chosen: Choices, data: xr.Dataset, order: Order, band: Band, channel: int) -> None:
    gate = chosen.gate
    assert gate is not None
    figure = figures.excitation_by_class(
        data,
        gate.path,
        chosen.classes,
        order=order,
        band=band,
        highlight=channel,
        theme=active_theme(),
    )
    panel = Panel(
        key="excitation-by-class",
        title=f"Mean gate by channel, {gate.label}",
        caption="Where the lines run together, all classes share a channel; where they part, the "
        "gate tells them apart. Click a point to choose its channel.",
        help="The mean of each channel's gate over the images of a class; grey: over the images "
        "of all classes. The band is one standard deviation over the images to either side.",
        alt=f"Line figure: mean gate of {gate.channels} channels of {gate.label} for "
        f"{len(chosen.classes)} classes and for all; channel {channel} is marked.",
    )
    show_figure(
        panel,
        figure,
        lambda: class_means(data, gate.path, chosen.classes),
        height=350,
        on_channel=pick,
    )


def class_means(data: xr.Dataset, gate: str, classes: tuple[int, ...] | None) -> pd.DataFrame:
    """The numbers behind the line figure and the heat map: a row a class and channel."""
    pooled = moments(data, gate)
    channels = range(len(pooled.overall_mean))
    tables = [
        pd.DataFrame({"class": str(name), "channel": channels, "mean": mean, "std": std})
        for index, name, mean, std in zip(
            pooled.classes,
            data["class"].values[pooled.classes],
            pooled.mean,
            pooled.std,
            strict=True,
        )
        if classes is None or index in classes
    ]
    every = {"mean": pooled.overall_mean, "std": pooled.overall_std}
    return pd.concat(
        [*tables, pd.DataFrame({"class": "all classes", "channel": channels, **every})]
    )


READ_AS = {
    "difference": "Orange: the class opens the channel more than all classes together do; blue: "
    "less.",
    "mean": "Bright: open. Rows look alike where classes share their channels.",
}


def heatmap(chosen: Choices, data: xr.Dataset, order: Order, channel: int) -> None:
    gate = chosen.gate
    assert gate is not None
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        heat = switch("Heat map of", HEATS, key="heat", default="difference")
        sort = switch("Sorted", SORTS, key="sort", default="same")
    figure = figures.class_channel_heatmap(
        data,
        gate.path,
        relative=heat == "difference",
        order="cluster" if sort == "cluster" else order,
        highlight=channel,
        theme=active_theme(),
    )
    clickable = int((data["count"].values > 0).sum()) * gate.channels <= MOST_MARKERS
    panel = Panel(
        key="class-by-channel",
        title="Class × channel",
        caption=f"{READ_AS[heat]}{' Click a cell to choose its channel.' if clickable else ''}",
        help="The mean gate of every class that has images, less the mean over all images; or "
        "the mean itself. “Like beside like” orders classes and channels by Ward's clustering.",
        alt=f"Heat map of {heat} by class and channel of {gate.label}; channel {channel} marked.",
    )
    show_figure(panel, figure, lambda: class_means(data, gate.path, None), on_channel=pick)


def distribution(chosen: Choices, data: xr.Dataset, channel: int) -> None:
    gate = chosen.gate
    assert gate is not None
    form = switch("Distribution as", FORMS, key="form", default="ridgeline")
    if not chosen.classes:
        states.sentence("No class is chosen", "Choose classes in the sidebar to compare them here.")
        return
    figure = figures.channel_distribution(
        data,
        gate.path,
        channel,
        chosen.classes,
        form=cast(Literal["ridgeline", "histogram"], form),
        theme=active_theme(),
    )
    panel = Panel(
        key="channel-distribution",
        title=f"Channel {channel}, by class",
        caption="Apart: the channel alone tells the classes apart. Overlapping: it does not.",
        help="The gate of this one channel for every image of the chosen classes: a smoothed "
        "density with median and quartiles, or the share of images in 40 equal bins.",
        alt=f"Distribution of the gate of channel {channel} of {gate.label} in each chosen class.",
    )
    show_figure(panel, figure, lambda: channel_table(data, gate.path, channel, chosen.classes))


def channel_table(
    data: xr.Dataset, gate: str, channel: int, classes: tuple[int, ...]
) -> pd.DataFrame:
    """The gate of one channel for each image of the chosen classes."""
    labels = data["label"].values
    table = pd.DataFrame({"label": labels, "gate": channel_values(data, gate, channel)})
    table = table[table["label"].isin(classes)]
    names = data["class"].values
    return table.assign(**{"class": [str(names[label]) for label in table["label"]]})


def extremes(chosen: Choices, data: xr.Dataset, channel: int) -> None:
    gate = chosen.gate
    assert gate is not None
    tables = cached.extreme_samples(chosen.store, gate.path, channel, EXTREMES)
    st.subheader(f"The images that open channel {channel} most and least")
    say_if_no_images(chosen.store, data.attrs)
    for name, table in zip(("Strongest", "Weakest"), tables, strict=True):
        st.markdown(f"**{name}**")
        tiles = [
            Tile(int(row.sample), row.name or "unlabelled", (f"s = {formats.number(row.gate, 3)}",))
            for row in table.rename(columns={"class": "name"}).itertuples()
        ]
        draw_gallery(chosen.store, tiles, width=96, label=f"{name} images of channel {channel}")


page()
