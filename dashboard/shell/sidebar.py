"""The choices that belong to all pages: store, second store, gate, classes and language."""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
import streamlit as st
import xarray as xr

from analysis.naming import Gate
from analysis.store import gates_of
from dashboard.parts.controls import choose_one, choose_some
from dashboard.parts.provenance import draw_facts, facts
from dashboard.shell.language import _, choose_language
from dashboard.shell.marks import class_legend, depth_strip
from dashboard.shell.presets import paper_classes
from dashboard.sources import cached
from dashboard.sources.stores import Entry, Stores, open_entry

MOST_CLASSES = 12
"""More lines than this no figure shows apart."""

_STARTING_CLASSES = 4
_CHOICES = "choices"


@dataclass(frozen=True)
class Choices:
    """What the sidebar says.

    Attributes:
        stores: all stores.
        store: the chosen one.
        other: the second one, on pages that compare; None where there is no other.
        gate: None where the store has no gates, or the page heeds none.
        classes: places of the chosen classes on the store's ``class`` dimension.
    """

    stores: Stores
    store: Entry
    other: Entry | None
    gate: Gate | None
    classes: tuple[int, ...]


def choices() -> Choices | None:
    """The choices of this run; None where no store is loaded."""
    return st.session_state.get(_CHOICES)


def draw_sidebar(stores: Stores, heeds: Collection[str]) -> None:
    """Draw the controls that the page ``heeds`` and keep what they say for `choices`."""
    with st.sidebar:
        chosen = _choose(stores, heeds) if stores.entries else None
        choose_language()
        if chosen is not None:
            st.divider()
            draw_facts(facts(open_entry(chosen.store)))
    st.session_state[_CHOICES] = chosen


def _choose(stores: Stores, heeds: Collection[str]) -> Choices:
    store = _choose_store(stores)
    other = _choose_other(stores, store) if "other" in heeds else None
    data = open_entry(store)
    gate = _choose_gate(store, data) if "gate" in heeds else None
    classes = _choose_classes(data) if "classes" in heeds else ()
    return Choices(stores, store, other, gate, classes)


def class_names(data: xr.Dataset) -> list[str]:
    """The classes of a store as they are shown in lists, each unlike all others."""
    return distinct_names([str(name) for name in data["class"].values])


def distinct_names(names: list[str]) -> list[str]:
    """``names`` with repeated ones numbered: ImageNet has two classes called crane."""
    seen: dict[str, int] = {}
    result = []
    for name in names:
        shown = name.strip() or _("(no name)")
        seen[shown] = seen.get(shown, 0) + 1
        result.append(shown if seen[shown] == 1 else f"{shown} ({seen[shown]})")
    return result


def partner(store: Entry, others: list[Entry]) -> Entry:
    """The store to compare with: of the same images, and SE where this one is not, or not SE."""
    data = open_entry(store)

    def unlikeness(other: Entry) -> tuple[bool, ...]:
        theirs = open_entry(other)
        plain = data.attrs["architecture"].removeprefix("se_")
        return (
            theirs.attrs["dataset_digest"] != data.attrs["dataset_digest"],
            theirs.sizes["sample"] != data.sizes["sample"],  # a part of the same data set
            bool(theirs.attrs["se"]) == bool(data.attrs["se"]),
            theirs.attrs["architecture"].removeprefix("se_") != plain,
        )

    return min(others, key=unlikeness)


def _choose_store(stores: Stores) -> Entry:
    names = [entry.name for entry in stores.entries]
    with_gates = (e.name for e in stores.entries if gates_of(open_entry(e)))
    default = next(with_gates, names[0])
    name = choose_one(_("Store"), names, key="store", default=default, noun=_("the store"))
    return stores.entry(name)


def _choose_other(stores: Stores, store: Entry) -> Entry | None:
    others = [entry for entry in stores.entries if entry != store]
    if not others:
        return None
    name = choose_one(
        _("Compared with"),
        [entry.name for entry in others],
        key="other",
        default=partner(store, others).name,
        noun=_("the second store"),
    )
    return stores.entry(name)


def _choose_gate(store: Entry, data: xr.Dataset) -> Gate | None:
    gates = {gate.label: gate for gate in gates_of(data)}
    if not gates:
        return None
    label = choose_one(
        _("Gate"),
        list(gates),
        key="gate",
        default=cached.most_separating_gate(store).label,
        noun=_("the gate"),
        help_text=_(
            "SE_stage_block, as in the paper. The page opens with the gate whose channels tell "
            "the classes apart best."
        ),
    )
    depth_strip(list(gates.values()), gates[label])
    return gates[label]


def _choose_classes(data: xr.Dataset) -> tuple[int, ...]:
    names = class_names(data)
    present = np.flatnonzero(data["count"].values)
    spread = np.linspace(0, len(present) - 1, min(_STARTING_CLASSES, len(present)))
    chosen = choose_some(
        _("Classes"),
        names,
        key="classes",
        default=[names[present[int(place)]] for place in spread],
        noun=_("the classes"),
        most=MOST_CLASSES,
    )
    places = tuple(names.index(name) for name in chosen)
    class_legend([(place, names[place]) for place in places])
    if (paper := paper_classes(names)) and set(paper) != set(places):
        st.button(
            _("The paper's four classes"),
            icon=":material/menu_book:",
            type="tertiary",
            on_click=_show_classes,
            args=([names[place] for place in paper],),
            help=_("Goldfish, pug, plane (airliner) and cliff, as in figures 6 and 7."),
        )
    return places


def _show_classes(names: list[str]) -> None:
    st.session_state["classes"] = names
