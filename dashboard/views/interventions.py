"""Interventions: does the network need these gates?"""

from typing import Any, Literal, cast

import pandas as pd
import streamlit as st
import xarray as xr

from analysis import figures
from analysis.figures.variation import gate_variation
from analysis.intervene.variants import ALL, KINDS
from analysis.spreadsheet import harmless
from analysis.store import gates_of
from dashboard.interventions.answer import KIND_NAMES, draw_answer
from dashboard.jobs import results
from dashboard.jobs.intervening import draw_intervening
from dashboard.parts import formats, states
from dashboard.parts.absent import no_gates
from dashboard.parts.controls import choose_one, switch
from dashboard.parts.panels import Panel, show_figure
from dashboard.parts.tables import table_height
from dashboard.shell.language import _
from dashboard.shell.settings import current_settings
from dashboard.shell.sidebar import choices
from dashboard.shell.theme import active_theme
from dashboard.sources.stores import Entry, open_entry

BLOCK = "at"
HEIGHT = 400


def page() -> None:
    st.title(_("Interventions"))
    chosen = choices()
    if chosen is None:
        states.nothing_loaded(current_settings())
        return
    store, settings = chosen.store, current_settings()
    data = open_entry(store)
    if not gates_of(data):
        no_gates(chosen)
        return
    blocks = results.result(store, "blocks", settings)
    pruning = results.result(store, "pruning", settings)
    if blocks is None:
        st.markdown(_("Nothing was tried on this store's network yet. Its gates alone tell this:"))
    else:
        draw_answer(blocks.table, of=data.sizes["sample"])
    kind, block = ("", "") if blocks is None else choose(data, blocks.table)
    left, right = st.columns([1.25, 1], gap="medium")
    with left:
        if blocks is None:
            at_rest(store)
        else:
            by_block(data, blocks.table, kind, block)
    with right:
        if pruning is not None:
            pruned(pruning.table)
        elif blocks is not None:
            states.sentence(
                _("No channels were pruned yet"),
                _("“Pruning”, below, shuts a growing share of them, the least important first."),
            )
        else:
            run(store, data)
    if blocks is not None and blocks.by_class is not None:
        losses(blocks.by_class, kind, block)
    if blocks is not None or pruning is not None:
        run(store, data)


def run(store: Entry, data: xr.Dataset) -> None:
    st.header(_("Run an experiment"))
    if data.attrs["labels"] != "model":
        states.sentence(
            _("These images cannot be used"),
            _("Their labels are not the network's classes, so there is no accuracy to lose."),
        )
        return
    draw_intervening(store, current_settings())


def choose(data: xr.Dataset, table: pd.DataFrame) -> tuple[str, str]:
    """The intervention, and the block whose classes the table below tells of."""
    known = [kind for kind in KINDS if kind in set(table["kind"])]
    labels = [gate.label for gate in gates_of(data)]
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        kind = choose_one(
            _("What is done to the gates"),
            known,
            key="kind",
            default="mean" if "mean" in known else known[0],
            noun=_("the intervention"),
            names={code: formats.sentence_case(_(name)) for code, name in KIND_NAMES.items()},
            width=320,
        )
        block = choose_one(
            _("In which block"),
            [ALL, *labels],
            key=BLOCK,
            default=ALL,
            noun=_("the block"),
            names={ALL: _("all together")},
            help_text=_("Also by a click on the figure. The table below is of this block."),
            width=200,
        )
    return kind, block


def by_block(data: xr.Dataset, table: pd.DataFrame, kind: str, block: str) -> None:
    rows = table[(table["kind"] == kind) | (table.index == 0)]
    labels = [gate.label for gate in gates_of(data)]
    panel = Panel(
        key="accuracy-by-block",
        title=_("Accuracy with one block's gates changed: {what}").format(what=_(KIND_NAMES[kind])),
        caption=_(
            "Below the line: the network misses these gates. A bar that crosses the line is no "
            "loss beyond chance. Grey: the network's own 95 % interval. Click a point for its "
            "classes."
        ),
        help=_(
            "The line is the accuracy of the network as it is, the band its 95 % interval. Each "
            "point is the same network on the same images with the gates of one block changed, at "
            "the right of all blocks; its bar is the 95 % interval of the change (Newcombe's, "
            "paired). Made by `python -m analysis intervene`; docs/interventions.md says more."
        ),
        alt=_("Dot plot of the accuracy with the gates of each of {n} blocks changed.").format(
            n=len(labels)
        ),
    )
    figure = figures.accuracy_by_block(rows, highlight=block, theme=active_theme())

    def pick(depth: int) -> None:
        st.session_state[BLOCK] = labels[depth - 1] if depth else ALL

    show_figure(panel, figure, lambda: rows, height=HEIGHT, on_channel=pick)


def at_rest(store: Entry) -> None:
    """What a store tells without any experiment."""
    table = results.variation(store)
    panel = Panel(
        key="gate-variation",
        title=_("How large the gates are, and how much they vary"),
        caption=_(
            "A block whose gates hardly vary over the images could have constants in their place; "
            "where the mean is near 1, the block leaves its channels as they are."
        ),
        help=_(
            "For each channel, the mean and the standard deviation of its gate over all images of "
            "the store. The lines are medians over the channels of a block, the bands go from "
            "quartile to quartile."
        ),
        alt=_("Line figure of the mean gate and its deviation in {n} blocks.").format(n=len(table)),
    )
    figure = gate_variation(table, theme=active_theme())
    show_figure(panel, figure, lambda: table, height=HEIGHT)


def pruned(table: pd.DataFrame) -> None:
    known = {"zero": _("shut"), "mean": _("frozen at its mean")}
    fills = {code: name for code, name in known.items() if code in set(table["fill"])}
    panel = Panel(
        key="pruning",
        title=_("Accuracy with a share of all channels pruned"),
        caption=_(
            "Above the band of random draws: the order knows which channels can go. Below it: the "
            "order takes the wrong ones."
        ),
        help=_(
            "In every block the gates of a share of the channels are set to 0 or to their mean, "
            "the least by a rank first; dashed: the mean of random orders, with a band from the "
            "lowest to the highest. Bars are 95 % intervals of the change over the images."
        ),
        alt=_("Line figure of the accuracy against the share of channels pruned."),
    )
    place = st.container()
    fill = switch(_("A pruned gate is"), fills, key="pruned", default=next(iter(fills)))
    figure = figures.pruning_curves(
        table, fill=cast(Literal["zero", "mean"], fill), theme=active_theme()
    )
    with place:
        show_figure(panel, figure, lambda: table[table["fill"] == fill], height=HEIGHT)


def losses(by_class: pd.DataFrame, kind: str, block: str) -> None:
    """What each class loses by the chosen intervention."""
    st.header(
        _("What each class loses: {what}, {where}").format(
            what=_(KIND_NAMES[kind]), where=_("all blocks") if block == ALL else block
        )
    )
    first = by_class[by_class["kind"] == by_class["kind"].iloc[0]].set_index("class")
    rows = by_class[(by_class["kind"] == kind) & (by_class["label"] == block)]
    table = pd.DataFrame(
        {
            "class": rows["class"].map(harmless),
            "n": rows["n"],
            "before": 100 * rows["class"].map(first["accuracy"]),
            "after": 100 * rows["accuracy"],
            "change": 100 * rows["change"],
            "low": 100 * rows["change_low"],
            "high": 100 * rows["change_high"],
            "p": rows["p"],
        }
    ).sort_values("change", kind="stable")
    st.dataframe(
        table,
        key="class-losses",
        hide_index=True,
        column_config=columns(),
        height=table_height(len(table)),
        alt=_("Table of the change of accuracy in {n} classes.").format(n=len(table)),
    )
    st.caption(
        _(
            "The change is in points, with Newcombe's 95 % interval for pairs within the class; "
            "p is McNemar's exact test, corrected for all classes and interventions. The intervals "
            "are not corrected: one may leave zero out where p is above 0.05."
        )
    )


def columns() -> dict[str, Any]:
    number = st.column_config.NumberColumn
    return {
        "class": st.column_config.TextColumn(_("Class"), pinned=True),
        "n": number(_("Images")),
        "before": number(_("Untouched, %"), format="%.1f"),
        "after": number(_("Changed, %"), format="%.1f"),
        "change": number(_("Change, points"), format="%+.1f"),
        "low": number(_("from"), format="%+.1f"),
        "high": number(_("to"), format="%+.1f"),
        "p": number("p", format="%.3f"),
    }


page()
