"""Depth: where gates become class-specific."""

from functools import partial

import numpy as np
import pandas as pd
import streamlit as st
import xarray as xr

from analysis.figures.depth_panels import DepthTables, depth_panels
from analysis.figures.similarity_panel import similarity_panel
from analysis.findings_blocks import drawn
from analysis.naming import Gate
from analysis.statistics.separation import hardly_varies, most_separating
from analysis.store import gates_of
from dashboard.depth import memo
from dashboard.depth.findings import draw_findings
from dashboard.parts import escape, formats, states
from dashboard.parts.absent import no_gates
from dashboard.parts.controls import choose_some
from dashboard.parts.hollow import hollow_points
from dashboard.parts.panels import Panel, show_figure
from dashboard.shell.language import _, marked, together
from dashboard.shell.settings import current_settings
from dashboard.shell.sidebar import Choices, choices
from dashboard.shell.theme import active_theme
from dashboard.sources import cached
from dashboard.sources.background import Work, while_running, whole_page
from dashboard.sources.stores import Entry, open_entry

MOST_DEPTHS = 3


def page() -> None:
    st.title(_("Depth"))
    chosen = choices()
    if chosen is None:
        states.nothing_loaded(current_settings())
        return
    data = open_entry(chosen.store)
    if not gates_of(data):
        no_gates(chosen)
        return
    with states.told(_("The classes of this store cannot be compared")):
        sections(chosen, data)


def sections(chosen: Choices, data: xr.Dataset) -> None:
    store, gates = chosen.store, gates_of(data)
    separation = cached.separation_by_depth(store)
    st.markdown(answer(separation))
    figure_place = st.container()
    depths = choose_depths(gates)
    with figure_place:
        panels(store, gates, separation, depths)
    similarities(store, depths)
    st.header(_("The paper's findings, on this store"))
    work = memo.findings(store)
    while_running(lambda: draw_findings(work), [work])


def answer(table: pd.DataFrame) -> str:
    """Where gates become class-specific, in a sentence; gates that hardly vary do not count."""
    varying = np.flatnonzero(~hardly_varies(table))
    if not len(varying):
        return _(
            "No gate of this network varies from image to image (standard deviation of a median "
            "channel under 0.001 at every gate), so none tells classes apart."
        )
    eta2, labels = table["eta2"], table["label"]
    best, early = most_separating(table), int(varying[0])
    peak = eta2[best]
    if len(varying) == 1:
        return _(
            "Only **{best}** varies from image to image: there the class explains η² {peak} of a "
            "median channel's variance."
        ).format(best=labels[best], peak=formats.number(peak))
    half = int(varying[np.argmax(eta2[varying] >= peak / 2)])
    said = _(
        "The class explains most at **{best}**: η² {peak} of a median channel's variance, against "
        "{first} at {early}. Half of that is reached at **{half}**, gate {place} of {n}."
    )
    return said.format(
        best=labels[best],
        peak=formats.number(peak),
        first=formats.number(eta2[early]),
        early=labels[early],
        half=labels[half],
        place=half + 1,
        n=len(table),
    )


def choose_depths(gates: list[Gate]) -> list[Gate]:
    """The gates whose matrices are drawn; a click on the figure moves the nearest of them."""
    labels = [gate.label for gate in gates]
    st.header(_("Which classes a gate treats alike"))
    chosen = choose_some(
        _("At these depths"),
        labels,
        key="depths",
        default=starting_depths(gates),
        noun=_("the depths"),
        most=MOST_DEPTHS,
        help_text=_(
            "Up to three gates, marked in the figure above; a click on one of its points moves "
            "the nearest mark there."
        ),
    )
    return [gates[labels.index(label)] for label in chosen]


def starting_depths(gates: list[Gate]) -> list[str]:
    """Early, late and last: of SE-ResNet-50 the paper's SE_2_3, SE_4_6 and SE_5_3."""
    shown = drawn(gates)
    places = sorted({0, len(shown) // 2 - (len(shown) > 4), len(shown) - 1})
    return [shown[place].label for place in places]


def pick(gates: list[Gate], depths: list[Gate], place: int) -> None:
    """Move the nearest mark to the gate at ``place``, or set another where there are fewer."""
    places = [gates.index(gate) for gate in depths]
    if place in places:
        return
    if len(places) == MOST_DEPTHS:
        places.remove(min(places, key=lambda other: abs(other - place)))
    st.session_state["depths"] = [gates[other].label for other in sorted([*places, place])]
    whole_page()


def panels(store: Entry, gates: list[Gate], separation: pd.DataFrame, depths: list[Gate]) -> None:
    """The figure: at once what moments say, the rest as it comes."""
    spread = memo.spread(store)
    saturation, probe = memo.saturation(store), memo.probe(store)
    accuracy = cached.accuracy(store)
    places = [gates.index(gate) for gate in depths]

    def tables() -> DepthTables:
        return DepthTables(
            separation=separation,
            spread=spread,
            probe=pd.DataFrame(list(probe.parts)),
            saturation=pd.DataFrame(list(saturation.parts)),
            stages=[gate.stage for gate in gates],
            accuracy=None if accuracy is None else accuracy.value,
            waiting={"probe": waiting(probe), "saturation": waiting(saturation)},
        )

    def draw() -> None:
        shown = tables()
        panel = Panel(
            key="depth-panels",
            title=_("Gate by gate, from the input to the output"),
            caption=together(_(CAPTION), hollow_points([separation]), progress(probe, _(PROBED))),
            help=_(HELP),
            alt=_(
                "Four line figures over {n} gates: variance explained by class, accuracy of a "
                "linear probe, spread between and within classes, and saturation."
            ).format(n=len(gates)),
        )
        show_figure(
            panel,
            depth_panels(shown, marked=places, theme=active_theme()),
            lambda: numbers(shown),
            on_channel=partial(pick, gates, depths),
        )

    while_running(draw, [probe, saturation])


CAPTION = marked(
    "Class-specific gates have a high η², let a linear probe tell the classes, and differ "
    "between classes as much as within one. Dotted marks: the matrices below."
)


PROBED = marked("The probe saw {images:,} images, at most {per_class} of a class.")


HELP = marked(
    "**η²**: share of a channel's variance that its class explains; line: median, band: "
    "quartiles over the channels. **Linear probe**: a ridge classifier that reads the class "
    "from one gate vector, in five folds; band: Wilson's 95 % interval; dotted: the best "
    "guess; dashed: the network itself on all images. **Spread**: root mean square over "
    "channels of the standard deviation between class means and within classes. **Saturated**: "
    "share of all gate values under 0.1 and over 0.9."
)


def waiting(work: Work) -> str:
    """What an empty panel says."""
    if work.fault:
        return _("not for this store")
    return _("being measured …") if work.running else ""


def progress(probe: Work, done: str) -> str:
    """What there is to know about the probe: how far it is, what it saw, or why there is none."""
    if probe.fault:
        return _("No probe: {fault}.").format(fault=escape.markdown(_(probe.fault)))
    if probe.running:
        said = _("Probing: {n} of {total} gates are measured.")
        return said.format(n=len(probe.parts), total=probe.total)
    return done.format(**probe.parts[-1]) if probe.parts else ""


def numbers(shown: DepthTables) -> pd.DataFrame:
    """All panels as one table."""
    table = shown.separation.merge(shown.spread, on=["label", "path", "depth"])
    for more, prefix in ((shown.probe, "probe_"), (shown.saturation, "saturated_")):
        if len(more):
            own = more.drop(columns=["path", "depth"]).set_index("label").add_prefix(prefix)
            table = table.join(own, on="label")
    return table


def similarities(store: Entry, depths: list[Gate]) -> None:
    """A matrix a chosen depth, all in one order and on one scale."""
    if not depths:
        states.sentence(
            _("No depth is chosen"), _("Choose gates above to see which classes they treat alike.")
        )
        return
    ordered_by = cached.most_separating_gate(store)
    separation = cached.separation_by_depth(store).set_index("path")["eta2"]
    st.caption(_(ALIKE))
    columns = st.columns(MOST_DEPTHS, gap="medium")
    for column, gate in zip(columns, depths, strict=False):
        table = memo.similarity(store, gate.path, ordered_by.path)
        panel = Panel(
            key=f"similarity-{depths.index(gate)}",
            title=gate.label,
            caption=_("{channels}; median η² {eta2}.").format(
                channels=formats.count(gate.channels, "channel"),
                eta2=formats.number(separation[gate.path]),
            ),
            help=_(
                "For each class its mean gates less the mean of all classes; a cell is the "
                "correlation of two classes' over the channels. The order is the same in all "
                "matrices: like beside like at {gate}, the gate that separates the classes best "
                "(average linkage)."
            ).format(gate=ordered_by.label),
            alt=_("Matrix of the similarity of {n} classes or groups at {gate}.").format(
                n=len(table), gate=gate.label
            ),
        )
        with column:
            show_figure(
                panel,
                similarity_panel(table, theme=active_theme()),
                lambda table=table: table.reset_index(),
            )


ALIKE = marked(
    "What is left without the mean of all classes. Orange: the gate departs from it alike for two "
    "classes; blue: in opposite ways. By how much, the spread above says. One scale, one order of "
    "the classes; more than a hundred are joined into a hundred groups of neighbours, whose cells "
    "are means."
)


page()
