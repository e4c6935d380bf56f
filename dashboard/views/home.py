"""Home: what is loaded, where to start, and where the networks tell classes apart."""

import pandas as pd
import streamlit as st

from analysis import figures
from analysis.store import gates_of
from dashboard.parts import formats, states
from dashboard.parts.cards import draw_run, draw_store
from dashboard.parts.hollow import hollow_points
from dashboard.parts.panels import Panel, show_figure
from dashboard.shell.language import _, marked, plural, together
from dashboard.shell.navigation import PLACES
from dashboard.shell.settings import Settings, current_settings
from dashboard.shell.theme import active_theme
from dashboard.sources import cached
from dashboard.sources.runs import RunEntry, Runs, scan_runs
from dashboard.sources.stores import Stores, open_entry, scan
from senet_core.errors import InputError

MOST_CURVES = 8
MOST_CARDS = 12
BESIDE = 4  # cards beside the figure; the others stand below it

STARTS = (
    (
        "block",
        marked("See what SE does to one image"),
        marked("Squeeze, excite, scale, step by step, with the numbers of a real image."),
    ),
    (
        "predictions",
        marked("Compare SE with its baseline"),
        marked("Two networks on the same images: accuracy, classes gained and lost."),
    ),
    (
        "depth",
        marked("Where does the network tell classes apart?"),
        marked("Gate by gate: separation, a linear probe, saturation, the paper's findings."),
    ),
)


def page() -> None:
    settings = current_settings()
    stores, runs = scan(settings), scan_runs(settings)
    st.title("SENet Lab")
    if not stores.entries:
        states.nothing_loaded(settings)
        from_the_browser(settings)
        cards([], runs.entries)
    else:
        st.markdown(loaded(stores, runs))
        starting_points()
        left, right = st.columns([1.9, 1], gap="medium")
        with left:
            depth_figure(stores)
        with right:
            for store in stores.entries[:BESIDE]:
                draw_store(store)
        cards(stores.entries[BESIDE:], runs.entries)
    states.faults(stores.faults + runs.faults)


def loaded(stores: Stores, runs: Runs) -> str:
    """What there is, in a sentence."""
    n, networks = (
        len(runs.entries),
        len({open_entry(e).attrs["architecture"] for e in stores.entries}),
    )
    return _(
        "What the gates of Squeeze-and-Excitation networks do, class by class. Loaded: {stores} "
        "of {networks}, {runs}."
    ).format(
        stores=formats.count(len(stores.entries), "store"),
        networks=plural("{n} network", "{n} networks", networks).format(n=networks),
        runs=plural("{n} training run", "{n} training runs", n).format(n=n),
    )


def starting_points() -> None:
    """The pages to begin with, of those that there are."""
    files = {place.name: place.file for place in PLACES}
    there = [start for start in STARTS if start[0] in files]
    with st.grid(len(there), min_column_width=250, border=True):
        for name, question, what in there:
            with st.container(gap="xxsmall"):
                st.page_link(
                    files[name], label=f"**{_(question)}**", icon=":material/arrow_forward:"
                )
                st.caption(_(what))


def from_the_browser(settings: Settings) -> None:
    """What a button can do where nothing is loaded: open a checkpoint and collect, in the Zoo."""
    zoo = [place.file for place in PLACES if place.name == "zoo"]
    if settings.read_only or not zoo:
        return
    with st.container(border=True):
        st.markdown(_("**Without a command line**, from a checkpoint file or a network by name:"))
        st.page_link(zoo[0], label=_("Collect in the browser"), icon=":material/play_arrow:")


def cards(stores: list, runs: tuple[RunEntry, ...]) -> None:
    """Stores, then runs, the newest first, in a grid; the page stays short where there are many."""
    shown = [*stores[:MOST_CARDS]]
    newest = runs[: max(MOST_CARDS - len(shown), 3)]
    if not shown and not newest:
        return
    with st.grid(3, min_column_width=300):
        for store in shown:
            draw_store(store)
        for run in newest:
            draw_run(run)
    if left := len(stores) - len(shown) + len(runs) - len(newest):
        said = plural(
            "{n} more is in the lists of the sidebar and of Checkpoints.",
            "{n} more are in the lists of the sidebar and of Checkpoints.",
            left,
        )
        st.caption(said.format(n=left))


def depth_figure(stores: Stores) -> None:
    curves = list(depth_curves(stores).items())
    if not curves:
        states.sentence(
            _("No store here has gates to show by depth"),
            _(
                "The loaded networks are baselines, or their images have no labels. Collect an SE "
                "network on labelled images to see where its gates tell classes apart."
            ),
        )
        return
    drawn = curves[:MOST_CURVES]
    caption = _(
        "A high line means that a gate depends on the class of the image; a low one, that all "
        "classes share it. The band spans the middle half of the block's channels."
    )
    if len(curves) > MOST_CURVES:
        some = _("The first {n} of {total} stores are drawn.")
        caption = together(caption, some.format(n=MOST_CURVES, total=len(curves)))
    caption = together(caption, hollow_points(table for _name, table in drawn))
    names = ", ".join(name for name, _table in drawn)
    panel = Panel(
        key="separation-by-depth",
        title=_("Where do the networks tell classes apart?"),
        caption=caption,
        help=_(
            "For each channel, η² is the share of the gate's variance over the images that the "
            "class explains (one-way analysis of variance, from the stored moments). The line is "
            "the median over the channels of a block, the band goes from quartile to quartile."
        ),
        alt=_(
            "Line figure of the median η² by gate, from the input to the output, for {stores}"
        ).format(stores=names),
    )
    show_figure(
        panel,
        figures.separation_by_depth(drawn, theme=active_theme()),
        lambda: pd.concat([table.assign(store=name) for name, table in drawn]),
        height=380,
    )


def depth_curves(stores: Stores) -> dict[str, pd.DataFrame]:
    curves = {}
    for store in stores.entries:
        if gates_of(open_entry(store)):
            try:
                curves[store.name] = cached.separation_by_depth(store)
            except InputError:
                continue  # without labels there are no classes to tell apart
    return curves


page()
