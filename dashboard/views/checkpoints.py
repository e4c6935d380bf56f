"""Checkpoints: what changed between two of them."""

import pandas as pd
import streamlit as st

from analysis.differences import Difference, Facts, differences
from analysis.figures.checkpoints import Overlay, overlaid_gates
from analysis.naming import Gate
from analysis.store import gates_of
from dashboard.checkpoints import memo
from dashboard.checkpoints.differences import draw_differences
from dashboard.checkpoints.facts import name_of
from dashboard.checkpoints.similarity import Pair, draw_similarity
from dashboard.checkpoints.training import draw_training
from dashboard.parts import escape, formats, states
from dashboard.parts.controls import choose_one, switch
from dashboard.parts.panels import Panel, show_figure
from dashboard.shell.language import _, marked
from dashboard.shell.settings import current_settings
from dashboard.shell.sidebar import Choices, choices, distinct_names
from dashboard.shell.theme import active_theme
from dashboard.sources import cached
from dashboard.sources.runs import scan_runs
from dashboard.sources.stores import Entry, open_entry

ALL = "all"


def page() -> None:
    st.title(_("Checkpoints"))
    chosen, settings = choices(), current_settings()
    runs = scan_runs(settings)
    if chosen is None:
        states.nothing_loaded(settings)
        if runs.entries:
            draw_training(runs, [], None)
    elif chosen.other is None:
        states.sentence(
            _("A second store is needed"),
            _(
                "This page compares two networks, and one store alone is loaded. Collect another "
                "one, such as an earlier epoch of the same run."
            ),
        )
        draw_training(runs, [chosen.store], chosen.gate.label if chosen.gate else None)
    else:
        compare(chosen, (chosen.store, chosen.other))
        label = chosen.gate.label if chosen.gate else None
        draw_training(runs, [chosen.store, chosen.other], label)
    states.faults(runs.faults)


def compare(chosen: Choices, pair: Pair) -> None:
    facts = tuple(map(memo.facts, pair))
    for sentence in warnings(pair, facts):
        st.markdown(sentence)
    left, right = st.columns([1.6, 1], gap="large")
    with right:
        draw_differences([*accuracies(pair), *differences(*facts)], (pair[0].name, pair[1].name))
    with left:
        gates = [gates_of(open_entry(store)) for store in pair]
        if all(gates):
            draw_similarity(pair, chosen.gate.label if chosen.gate else None)
        elif not any(gates):
            states.sentence(
                _("Neither network has gates"),
                _(
                    "Both are baselines, so there are no gates to compare. The table and the "
                    "training curves show what else differs; Predictions compares what they say."
                ),
            )
        if any(gates):
            overlay(chosen, pair)


def warnings(pair: Pair, facts: tuple[Facts, ...]) -> list[str]:
    """What stands against a comparison, a sentence each."""
    a, b = (open_entry(store) for store in pair)
    found = []
    if a.attrs["dataset_digest"] != b.attrs["dataset_digest"]:
        said = _(
            ":material/warning: **Different images**: {n_a} of {data_a} against {n_b} of {data_b}. "
            "Differences below may come from the images and not from the networks."
        )
        found.append(
            said.format(
                n_a=formats.count(a.sizes["sample"], "image"),
                n_b=formats.count(b.sizes["sample"], "image"),
                data_a=escape.markdown(a.attrs["dataset"]),
                data_b=escape.markdown(b.attrs["dataset"]),
            )
        )
    if a.attrs.get("transform") != b.attrs.get("transform"):
        said = _(":material/warning: **Prepared differently** for each network: {what}.")
        what = [
            name_of(each.name, each.detail)
            for each in differences(*facts)
            if each.name == "Preparation" and not each.same
        ]
        found.append(said.format(what=escape.markdown(_("; ").join(what) or _("transform"))))
    return found


def accuracies(pair: Pair) -> list[Difference]:
    """The accuracies as a row of the table of differences."""
    found = [cached.accuracy(store) for store in pair]
    said = [
        None
        if one is None
        else _("{0} ({1})").format(
            formats.percent(one.value), formats.percent_interval(one.low, one.high)
        )
        for one in found
    ]
    return [] if said == [None, None] else [Difference(marked("Accuracy"), "", *said)]


def overlay(chosen: Choices, pair: Pair) -> None:
    """The mean gates of one block of both."""
    gates = matched(chosen, pair)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        place_of = choose_class(pair)
        order = switch(
            _("Channels"),
            {"sorted": _("sorted"), "index": _("by number")},
            key="channels",
            default="sorted",
        )
    curves, missing, baselines = [], [], []
    for store, gate, place in zip(pair, gates, place_of, strict=True):
        if gate is None:
            baselines.append(store.name)
            continue
        curve = curve_of(store, gate, place)
        if curve is None:
            missing.append(store.name)
        else:
            curves.append(Overlay(store.name, *curve))
    if missing:
        said = _("{stores} has no images of this class, so its curve is missing.")
        st.caption(said.format(stores=escape.markdown(_(" and ").join(missing))))
    if not curves:
        states.sentence(
            _("No mean gates to draw"),
            _("There are no labelled images of this class, or none at all, in these stores."),
        )
        return
    labels = list(dict.fromkeys(gate.label for gate in gates if gate is not None))
    panel = Panel(
        key="overlaid-gates",
        title=_("Mean gates of {gate}").format(gate=_(" and ").join(labels)),
        caption=overlay_caption(gates, order),
        help=_(
            "The mean over the images of the chosen class, or of all, of each channel's gate; the "
            "band, where channels stand by number, is one standard deviation over the images."
        ),
        alt=_("Line figure of the mean gates of {gate} in {n} networks.").format(
            gate=_(" and ").join(labels), n=len(curves)
        ),
    )
    figure = overlaid_gates(
        curves, ordered=order == "sorted", baselines=baselines, theme=active_theme()
    )
    show_figure(panel, figure, lambda: curve_table(curves))


def overlay_caption(gates: tuple[Gate | None, Gate | None], order: str) -> str:
    if None in gates:
        return _("A network without gates passes every channel on whole, as gates of 1 would.")
    if order == "index":
        return _(
            "Channel by channel this compares one run at two times; networks that were trained "
            "apart number their channels each in their own way."
        )
    return _("Steeper: the block weighs its channels more unlike. Higher: it lets more through.")


def matched(chosen: Choices, pair: Pair) -> tuple[Gate | None, Gate | None]:
    """The chosen gate in each network: by its label, else at the same relative depth."""
    first, second = (gates_of(open_entry(store)) for store in pair)
    if not first:
        return None, cached.most_separating_gate(pair[1]) if second else None
    gate = chosen.gate or cached.most_separating_gate(pair[0])
    if not second:
        return gate, None
    twins = [other for other in second if other.label == gate.label]
    depth = first.index(gate) / max(len(first) - 1, 1)
    return gate, twins[0] if twins else second[round(depth * (len(second) - 1))]


def choose_class(pair: Pair) -> tuple[int | None, int | None]:
    """The place of one class in each store; (None, None) for all, -1 where a store lacks it."""
    names = [
        distinct_names([ALL, *map(str, open_entry(store)["class"].values)])[1:] for store in pair
    ]
    picked = choose_one(
        _("Class"),
        [ALL, *names[0]],
        key="class",
        default=ALL,
        noun=_("the class"),
        names={ALL: _("all classes")},
        width=240,
    )
    if picked == ALL:
        return None, None
    places = [own.index(picked) if picked in own else -1 for own in names]
    return places[0], places[1]


def curve_of(store: Entry, gate: Gate, place: int | None) -> tuple | None:
    """Mean and deviation of each channel, of one class or all; None where it has no images."""
    if place == -1 or not open_entry(store)["count"].values.any():
        return None
    if place is None:
        return memo.overall_curve(store, gate.path)
    return memo.class_curve(store, gate.path, place)


def curve_table(curves: list[Overlay]) -> pd.DataFrame:
    """The numbers behind the lines."""
    tables = [
        pd.DataFrame(
            {"store": one.name, "channel": range(len(one.mean)), "mean": one.mean, "std": one.std}
        )
        for one in curves
    ]
    return pd.concat(tables) if tables else pd.DataFrame()


page()
