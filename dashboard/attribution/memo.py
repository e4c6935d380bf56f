"""What networks look at, kept for all sessions: quick methods at once, slow ones meanwhile.

Importing this imports Captum, which takes seconds once.
"""

import threading
import time
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import streamlit as st

from analysis.at_hand import Network
from analysis.attribution import (
    Attribution,
    GateAttribution,
    Method,
    attribute,
    gate_attribution,
    integrated_gradients,
    mean_gates,
)
from analysis.words import told
from dashboard.parts.picture import Picture
from dashboard.sources.background import Work, begin
from dashboard.sources.networks import network
from dashboard.sources.stores import Entry, open_entry
from senet_core.errors import InputError

MOST_STEPS = 256
"""Of an integral: more would keep all who wait behind it for minutes."""

_KEPT = 256
_PATIENCE = 8.0
_LINE = "attributions"  # so that no statistic of a large store is waited for
_LET_GO = told("nobody waits for it any more")


@st.cache_data(max_entries=256, show_spinner=False)
def quick(store: Entry, digest: str, method: Method, target: int, _picture: Picture) -> Attribution:
    """An attribution that takes no longer than a few passes."""
    net = network(store)
    with net.lock:
        return _attribution(net, _picture, method, target)


def slow(store: Entry, picture: Picture, method: Method, target: int) -> Work[Attribution]:
    """An attribution that takes many passes; ask again while it runs, or it may be let go."""
    key = (store, picture.digest, method, target)
    return _ask(key, partial(_attribution, _twin(store), picture, method, target))


def of_gates(
    store: Entry, picture: Picture, gate: str, target: int, mean_of: int | None
) -> Work[GateAttribution]:
    """`analysis.attribution.gate_attribution` from a class's mean gates; as `slow`."""
    net = _twin(store)

    def compute() -> GateAttribution:
        usual = mean_gates(open_entry(store), gate, mean_of)
        image = net.prepared(picture.image)
        return gate_attribution(net.model, image, gate, usual, target=target, most_steps=MOST_STEPS)

    return _ask((store, picture.digest, gate, target, mean_of), compute)


@st.cache_resource(max_entries=4, show_spinner=False)
def _twin(store: Entry) -> Network:
    """The network's double that the slow work is done on, so that nobody else waits for it."""
    return network(store).twin()


def _attribution(net: Network, picture: Picture, method: Method, target: int) -> Attribution:
    image = net.prepared(picture.image)
    if method == "integrated_gradients":
        found = integrated_gradients(net.model, image, target=target, most_steps=MOST_STEPS)
    else:
        found = attribute(net.model, image, method, target=target)
    return replace(found, raw=found.raw[:0])  # the map is all that is shown


@dataclass
class _Wish:
    """Work that somebody asked for, and when last."""

    work: Work
    asked: float


class _Wishes:
    """All wishes, the last one asked for at the end."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.by_key: dict[Hashable, _Wish] = {}


def _ask(key: Hashable, compute: Callable[[], object]) -> Work:
    wishes = _wishes()
    with wishes.lock:
        wish = wishes.by_key.pop(key, None)
        if wish is None or wish.work.fault == _LET_GO:
            wish = _begun(compute)
        wish.asked = time.monotonic()
        wishes.by_key[key] = wish
        for old in list(wishes.by_key)[:-_KEPT]:
            del wishes.by_key[old]
    return wish.work


def _begun(compute: Callable[[], object]) -> _Wish:
    wish = _Wish(Work(1), time.monotonic())

    def parts() -> Iterator[object]:
        if time.monotonic() - wish.asked > _PATIENCE:
            raise InputError(_LET_GO)
        yield compute()

    wish.work = begin(parts, 1, line=_LINE)
    return wish


@st.cache_resource(show_spinner=False)
def _wishes() -> _Wishes:
    return _Wishes()
