"""The three figures of Excitations: gates by channel, by class and channel, and of one channel."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from typing import Literal, cast

import numpy as np
import numpy.typing as npt
import pandas as pd
import streamlit as st
import xarray as xr

from analysis import figures
from analysis.naming import Gate
from analysis.ordering import Order
from analysis.statistics import Cells, ClassMoments
from analysis.statistics.cells import MOST_ROWS
from dashboard.excitations import memo
from dashboard.parts import states
from dashboard.parts.controls import switch
from dashboard.parts.panels import Panel, show_figure
from dashboard.shell.language import _, together
from dashboard.shell.theme import active_theme
from dashboard.sources.background import repeat
from dashboard.sources.stores import Entry

MOST_DRAWN = 256
"""Channels that lines can be followed through; of more, 50 are drawn unless all are wanted."""


@dataclass(frozen=True)
class Shown:
    """What the page stands on.

    Attributes:
        store: the chosen store.
        data: what it holds.
        gate: the chosen gate.
        classes: places of the chosen classes.
        order: ``index`` or ``mean``, of the channels.
        some: of many channels, only 50 are drawn.
        channel: the chosen one.
        pick: chooses another.
    """

    store: Entry
    data: xr.Dataset
    gate: Gate
    classes: tuple[int, ...]
    order: str
    some: bool
    channel: int
    pick: Callable[[int], None]


def by_channel(shown: Shown, band: str) -> None:
    """Mean gate by channel, a line a class."""
    gate = shown.gate
    some = gate.channels > MOST_DRAWN and shown.some
    figure = figures.excitation_by_class(
        shown.data,
        gate.path,
        shown.classes,
        order=cast(Literal["index", "mean"], shown.order),
        channels=sorted({*figures.uniform_channels(gate.channels), shown.channel})
        if some
        else None,
        band=cast(Literal["all", "classes", "none"], band),
        highlight=shown.channel,
        pooled=memo.moments(shown.store, gate.path),
        theme=active_theme(),
    )
    panel = Panel(
        key="excitation-by-class",
        title=_("Mean gate by channel, {gate}").format(gate=gate.label),
        caption=_(
            "Where the lines run together, all classes share a channel; where they part, the "
            "gate tells them apart. Click a point to choose its channel."
        ),
        help=_(
            "The mean of each channel's gate over the images of a class; grey: over the images "
            "of all classes. The band is one standard deviation over the images to either side. "
            "Of many channels 50 are drawn, evenly spread as in the paper, and the chosen one."
        ),
        alt=_(
            "Line figure: mean gate of {channels} channels of {gate} for {classes} classes and "
            "for all; channel {channel} is marked."
        ).format(
            channels=gate.channels,
            gate=gate.label,
            classes=len(shown.classes),
            channel=shown.channel,
        ),
    )
    numbers = class_means(shown, shown.classes)
    show_figure(panel, figure, numbers, height=350, on_channel=shown.pick)


def class_means(shown: Shown, classes: Collection[int]) -> Callable[[], pd.DataFrame]:
    """What makes the numbers behind the line figure and the heat map: a row a class and channel.

    A download is made outside of any session, so words and what is cached are taken before.
    """
    pooled = memo.moments(shown.store, shown.gate.path)
    return partial(_class_means, pooled, shown.data, frozenset(classes), _("all classes"))


def _class_means(
    pooled: ClassMoments, data: xr.Dataset, classes: frozenset[int], every: str
) -> pd.DataFrame:
    rows = [k for k, index in enumerate(pooled.classes) if index in classes]
    names = data["class"].values[pooled.classes[rows]].astype(object)
    channels = len(pooled.overall_mean)
    return pd.DataFrame(
        {
            "class": np.repeat([*names, every], channels),
            "channel": np.tile(np.arange(channels), len(rows) + 1),
            "mean": np.concatenate([pooled.mean[rows].ravel(), pooled.overall_mean]),
            "std": np.concatenate([np.sqrt(pooled.variance[rows]).ravel(), pooled.overall_std]),
        }
    )


def heatmap(shown: Shown) -> None:
    """Class × channel; sorting a thousand classes by likeness takes a moment, in the background."""
    heats = {"difference": _("difference"), "mean": _("mean gate")}
    sorts = {"same": _("as above"), "cluster": _("by likeness")}
    rows = {"all": _("all"), "chosen": _("chosen")}
    present = int((shown.data["count"].values > 0).sum())
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        heat = switch(_("Heat map of"), heats, key="heat", default="difference")
        sort = switch(_("Sorted"), sorts, key="sort", default="same")
        only_chosen = (
            present > MOST_ROWS
            and switch(_("Classes"), rows, key="rows", default="all") == "chosen"
        )
    classes = shown.classes if only_chosen and shown.classes else None
    own = (shown.store, shown.gate.path, classes, heat == "difference")
    if sort == "same":
        _heatmap(shown, memo.cells(*own, cast(Order, shown.order)), heat)
        return
    work = memo.clustered_cells(*own)

    def draw() -> None:
        if work.parts:
            _heatmap(shown, work.parts[0], heat)
        else:
            same = memo.cells(*own, cast(Order, shown.order))
            _heatmap(shown, same, heat, more=_("They are being sorted …"))

    repeat(draw, lambda: work.running, every=1.0)


def _heatmap(shown: Shown, cells: Cells, heat: str, more: str = "") -> None:
    gate = shown.gate
    figure = figures.class_channel_heatmap(
        shown.data,
        gate.path,
        highlight=shown.channel,
        cells=cells,
        theme=active_theme(),
    )
    read_as = {
        "difference": _(
            "Orange: the class opens the channel more than all classes together do; blue: less."
        ),
        "mean": _("Bright: open. Rows look alike where classes share their channels."),
    }
    captions = [more, read_as[heat], _("Click a cell to choose its channel.")]
    if cells.grouped:
        said = _("A cell stands for {classes} × {channels} and shows the one that differs most.")
        captions.insert(2, said.format(classes=cells.height, channels=cells.width))
    panel = Panel(
        key="class-by-channel",
        title=_("Class × channel"),
        caption=together(*captions),
        help=_(
            "The mean gate of every class that has images, less the mean over all images; or "
            "the mean itself. “By likeness” orders classes and channels by Ward's clustering."
        ),
        alt=_(
            "Heat map of the mean gate by class and channel of {gate}; channel {channel} is marked."
        ).format(gate=gate.label, channel=shown.channel),
    )
    numbers = class_means(shown, cells.classes.tolist())
    show_figure(panel, figure, numbers, on_channel=shown.pick)


def distribution(shown: Shown) -> None:
    """The chosen channel over the images of each chosen class."""
    forms = {"ridgeline": _("ridges"), "histogram": _("histogram")}
    form = switch(_("Distribution as"), forms, key="form", default="ridgeline")
    if not shown.classes:
        states.sentence(
            _("No class is chosen"), _("Choose classes in the sidebar to compare them here.")
        )
        return
    gate, channel = shown.gate, shown.channel
    values = memo.channel_values(shown.store, gate.path, channel)
    figure = figures.channel_distribution(
        shown.data,
        gate.path,
        channel,
        shown.classes,
        form=cast(Literal["ridgeline", "histogram"], form),
        values=values,
        theme=active_theme(),
    )
    panel = Panel(
        key="channel-distribution",
        title=_("Channel {channel}, by class").format(channel=channel),
        caption=_("Apart: the channel alone tells the classes apart. Overlapping: it does not."),
        help=_(
            "The gate of this one channel for every image of the chosen classes: a smoothed "
            "density with median and quartiles, or the share of images in 40 equal bins."
        ),
        alt=_(
            "Distribution of the gate of channel {channel} of {gate} in each chosen class."
        ).format(channel=channel, gate=gate.label),
    )
    show_figure(panel, figure, lambda: channel_table(shown, values))


def channel_table(shown: Shown, values: npt.NDArray[np.float32]) -> pd.DataFrame:
    """The gate of one channel for each image of the chosen classes."""
    table = pd.DataFrame({"label": shown.data["label"].values, "gate": values})
    table = table[table["label"].isin(shown.classes)]
    names = shown.data["class"].values
    return table.assign(**{"class": names[table["label"]].astype(object)})
