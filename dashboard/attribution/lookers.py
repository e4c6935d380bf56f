"""The networks that look at one image, and the class that each is asked about."""

from dataclasses import dataclass
from typing import Literal

import streamlit as st

from dashboard.parts import escape, states
from dashboard.parts.controls import choose_one, switch
from dashboard.parts.pairs import in_order, outputs, share_classes
from dashboard.parts.picture import Picture
from dashboard.shell.language import _
from dashboard.shell.sidebar import Choices, distinct_names
from dashboard.sources.networks import network
from dashboard.sources.stores import Entry, open_entry
from senet_core.errors import InputError

Target = Literal["predicted", "true", "other"]


@dataclass(frozen=True)
class Looker:
    """A network whose weights are at hand.

    Attributes:
        store: of its gates and predictions.
        name: what it is called beside the other; plain text.
    """

    store: Entry
    name: str


def lookers(chosen: Choices) -> list[Looker]:
    """The chosen store's network and the second one where it knows the same classes, SE first.

    Those that are not at hand are left out, with a sentence on the page.
    """
    named = _named(chosen)
    found = []
    for store in sorted(named, key=lambda store: store != chosen.store):
        try:
            network(store)
        except InputError as fault:
            if found or store == chosen.store:
                title = _("The network of {store} is not at hand")
                with states.told(title.format(store=escape.markdown(store.name))):
                    raise fault
        else:
            found.append(store)
    return [Looker(store, name) for store, name in named.items() if store in found]


def _named(chosen: Choices) -> dict[Entry, str]:
    other = chosen.other
    if other is None:
        return {chosen.store: chosen.store.name}
    if not share_classes(chosen.store, other):
        said = _("{other} knows other classes than {store}, which is shown alone.")
        names = {"other": other.name, "store": chosen.store.name}
        st.caption(said.format(**{key: escape.markdown(name) for key, name in names.items()}))
        return {chosen.store: chosen.store.name}
    pair, names = in_order(chosen.store, other)
    return dict(zip(pair, names, strict=True))


def true_class(store: Entry, picture: Picture) -> int | None:
    """The place of the picture's class among the network's outputs."""
    known = open_entry(store).attrs["labels"] == "model"
    return picture.label if known else None


def choose_target(store: Entry, truth: int | None, predicted: list[int]) -> list[int]:
    """The class that each network is asked about.

    Args:
        store: whose classes can be chosen.
        truth: the true one, where it is known.
        predicted: that of each network.
    """
    kinds: dict[Target, str] = {"predicted": _("predicted")}
    if truth is not None:
        kinds["true"] = _("true")
    kinds["other"] = _("any")
    kind = switch(
        _("Class that is explained"),
        kinds,
        key="target",
        default="predicted",
        help_text=_(
            "What speaks for and against this class in the image. Each network is asked about the "
            "class that it predicts itself, both about the true one, or both about any."
        ),
    )
    if kind == "true" and truth is not None:
        return [truth] * len(predicted)
    if kind != "other":
        return predicted
    names = distinct_names(outputs(store))
    name = choose_one(_("Class"), names, key="explained", default=names[0], noun=_("the class"))
    return [names.index(name)] * len(predicted)
