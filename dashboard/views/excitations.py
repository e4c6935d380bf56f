"""Excitations: how gates differ by class."""

import pandas as pd
import streamlit as st

from analysis.naming import Gate
from analysis.statistics import SIGNIFICANCE
from analysis.statistics.separation import hardly_varies
from dashboard.excitations import memo, parts
from dashboard.excitations.figures import MOST_DRAWN, Shown, by_channel, distribution, heatmap
from dashboard.parts import formats, states
from dashboard.parts.absent import no_gates
from dashboard.parts.channel import choose_channel, pick_channel
from dashboard.parts.controls import switch
from dashboard.shell.language import _
from dashboard.shell.settings import current_settings
from dashboard.shell.sidebar import Choices, choices
from dashboard.sources import cached
from dashboard.sources.background import repeat, whole_page
from dashboard.sources.stores import Entry, open_entry


def page() -> None:
    st.title(_("Excitations"))
    chosen = choices()
    if chosen is None:
        states.nothing_loaded(current_settings())
    elif chosen.gate is None:
        no_gates(chosen)
    elif not open_entry(chosen.store)["count"].values.any():
        without_classes(chosen.store, chosen.gate)
    else:
        with states.told(_("The classes of this store cannot be compared")):
            sections(chosen, chosen.gate)


def without_classes(store: Entry, gate: Gate) -> None:
    """What images without labels show: how open the gates are, and which images are alike."""
    states.sentence(
        _("The classes of this store cannot be compared"),
        _(
            "It has no labelled images; collect from class folders to see how gates differ by "
            "class. What needs no classes is shown below."
        ),
    )
    with st.grid(4, min_column_width=150):
        ends(store, gate.path)
    channel = followed(store, gate)
    shown = Shown(store, open_entry(store), gate, (), "index", True, channel, pick)
    parts.draw(shown, classes=False)


def sections(chosen: Choices, gate: Gate) -> None:
    headline = st.grid(4, min_column_width=150)
    separation = cached.separation(chosen.store, gate.path)
    with headline:
        of_classes(separation)
    of_next_to_nothing(separation)
    orders = {"index": _("by number"), "mean": _("by mean gate")}
    bands = {"all": _("all classes"), "classes": _("each class"), "none": _("none")}
    with st.container(horizontal=True, vertical_alignment="top", gap="medium"):
        order = switch(_("Order of channels"), orders, key="order", default="index")
        band = switch(_("Band of ± 1 σ"), bands, key="band", default="all")
        drawn = {"some": "50", "all": _("all")}
        some = gate.channels <= MOST_DRAWN or (
            switch(_("Channels drawn"), drawn, key="drawn", default="some") == "some"
        )
        channel = followed(chosen.store, gate)
    data = open_entry(chosen.store)
    shown = Shown(chosen.store, data, gate, chosen.classes, order, some, channel, pick)
    by_channel(shown, band)
    left, right = st.columns([1.2, 1], gap="medium")
    with left:
        heatmap(shown)
    with right:
        distribution(shown)
    parts.draw(shown, classes=True)
    with headline:  # last: of many classes it is read in the background, in the way of the figures
        ends(chosen.store, gate.path)


def of_classes(table: pd.DataFrame) -> None:
    """How well the channels of the gate tell classes apart."""
    st.metric(
        _("η², median channel"),
        formats.number(table["eta2"].median()),
        help=_(
            "The share of a channel's variance over the images that their class explains, "
            "between 0 and 1; the median over the channels of this gate."
        ),
    )
    st.metric(
        _("Separating channels"),
        formats.percent((table["p"] < SIGNIFICANCE).mean(), 0),
        help=_(
            "Channels whose class means differ by more than chance: one-way F test, p under 0.05 "
            "after correction for the number of channels (Benjamini and Hochberg)."
        ),
    )


def of_next_to_nothing(table: pd.DataFrame) -> None:
    """What η² is worth where half of the gate's channels or more are all but constant."""
    flat = hardly_varies(table)
    if 2 * flat.sum() < len(flat):
        return
    said = _(
        "{flat} of the {n} channels of this gate hardly vary (standard deviation under 0.001): η² "
        "and the test are of that tiny variation."
    )
    st.caption(said.format(flat=f"{flat.sum():,}", n=f"{len(flat):,}"))


def ends(store: Entry, gate: str) -> None:
    """How many gates are saturated; "…" until the histograms of many classes are read."""
    work = memo.saturation(store, gate)

    def draw() -> None:
        shares = work.parts[0] if work.parts else ()
        shut, opened = map(formats.percent, shares) if shares else ("…", "…")
        st.metric(
            _("Nearly shut, s < 0.1"),
            shut,
            help=_("The share of all gate values, over images and channels, below 0.1."),
        )
        st.metric(
            _("Nearly open, s > 0.9"),
            opened,
            help=_("The share of all gate values, over images and channels, above 0.9."),
        )

    repeat(draw, lambda: work.running, every=1.0)


def followed(store: Entry, gate: Gate) -> int:
    """The channel that all figures of the page mark."""
    return choose_channel(
        store,
        gate,
        help_text=_(
            "Also by a click on the line figure, the heat map or the ranking. The page opens with "
            "the channel that has the largest η²."
        ),
        width=190,
    )


def pick(channel: int) -> None:
    """A click on a figure or a row chooses the channel for the whole page."""
    pick_channel(channel)
    whole_page()


page()
