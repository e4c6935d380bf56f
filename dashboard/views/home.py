"""Home: what is loaded, where to start, and where the networks tell classes apart."""

import pandas as pd
import streamlit as st
import xarray as xr

from analysis import figures
from analysis.store import gates_of
from dashboard import cached, escape, formats, states
from dashboard.library import Entry, Library, open_entry, scan
from dashboard.panels import Panel, show_figure
from dashboard.provenance import draw_facts, facts
from dashboard.settings import current_settings
from dashboard.theme import active_theme
from senet_core.errors import InputError

MOST_CURVES = 8


def page() -> None:
    settings = current_settings()
    library = scan(settings)
    st.title("SENet Lab")
    if not library.entries:
        states.nothing_loaded(settings)
    else:
        st.markdown("What the gates of Squeeze-and-Excitation networks do, class by class.")
        starting_points()
        figure_side, card_side = st.columns([2, 1], gap="medium")
        with figure_side:
            depth_figure(library)
        with card_side:
            st.markdown(f"**{formats.count(len(library.entries), 'store')} loaded**")
            for store in library.entries:
                card(store)
    states.faults(library.faults)


def starting_points() -> None:
    with st.grid(2, min_column_width=280, border=True):
        for file, question, what in STARTS:
            with st.container(gap="xxsmall"):
                st.page_link(file, label=f"**{question}**", icon=":material/arrow_forward:")
                st.caption(what)


STARTS = (
    (
        "views/excitations.py",
        "How do gates differ by class?",
        "Mean gate by channel, class by class, and the images that open a channel most.",
    ),
    (
        "views/predictions.py",
        "Does SE help, and on what?",
        "Two networks on the same images: accuracy, classes gained and lost, disagreements.",
    ),
)


def card(store: Entry) -> None:
    """One store: its network and data, how good it is, and where it came from."""
    data = open_entry(store)
    with st.container(border=True, gap="xsmall"):
        st.markdown(f"**{escape.markdown(store.name)}**")
        draw_facts({"Accuracy": accuracy_with_interval(store, data), **facts(data)})


def accuracy_with_interval(store: Entry, data: xr.Dataset) -> str:
    accuracy = cached.accuracy(store)
    if accuracy is None:
        reason = "no labels" if data.attrs["labels"] == "none" else "labels are not its classes"
        return f"unknown ({reason})"
    interval = formats.percent_interval(accuracy.low, accuracy.high)
    return f"{formats.percent(accuracy.value)} ({interval})"


def depth_figure(library: Library) -> None:
    curves = list(depth_curves(library).items())
    if not curves:
        states.sentence(
            "No store here has gates to show by depth",
            "The loaded networks are baselines, or their images have no labels. Collect an SE "
            "network on labelled images to see where its gates tell classes apart.",
        )
        return
    drawn = curves[:MOST_CURVES]
    some = f" The first {MOST_CURVES} of {len(curves)} stores are drawn." if curves[8:] else ""
    panel = Panel(
        key="separation-by-depth",
        title="Where does the network tell classes apart?",
        caption="A high line means that a gate depends on the class of the image; a low one, that "
        f"all classes share it. The band spans the middle half of the block's channels.{some}",
        help="For each channel, η² is the share of the gate's variance over the images that the "
        "class explains (one-way analysis of variance, from the stored moments). The line is the "
        "median over the channels of a block, the band goes from quartile to quartile.",
        alt="Line figure of the median η² by gate, from the input to the output, for "
        + ", ".join(name for name, _ in drawn),
    )
    show_figure(
        panel,
        figures.separation_by_depth(drawn, theme=active_theme()),
        lambda: pd.concat([table.assign(store=name) for name, table in drawn]),
        height=400,
    )


def depth_curves(library: Library) -> dict[str, pd.DataFrame]:
    curves = {}
    for store in library.entries:
        if gates_of(open_entry(store)):
            try:
                curves[store.name] = cached.separation_by_depth(store)
            except InputError:
                continue  # without labels there are no classes to tell apart
    return curves


page()
