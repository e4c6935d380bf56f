"""What the page of one block asks for, kept: by store, gate, and digest of the image."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import streamlit as st
from scipy import special

from analysis.intervene import MeanGates, logits_with_gates
from analysis.naming import Gate
from analysis.steps import Steps, blocks_to_follow, follow
from dashboard.parts.picture import Picture
from dashboard.sources.networks import network
from dashboard.sources.stores import Entry, open_entry
from senet_core.errors import InputError

Gates = npt.NDArray[np.float64]
TOP = 5


@dataclass(frozen=True)
class Followed:
    """One image on its way through one block.

    Attributes:
        image: prepared for the network, a tensor.
        steps: what the block computed.
        classes: the names of the network's outputs.
    """

    image: Any
    steps: Steps
    classes: tuple[str, ...]


@st.cache_resource(max_entries=64, show_spinner=False)
def blocks(store: Entry) -> dict[str, Gate]:
    """The blocks of a store's network that can be followed, by label."""
    net = network(store)
    return {gate.label: gate for gate in blocks_to_follow(net.model, net.gates).values()}


def followed(store: Entry, gate: Gate, picture: Picture) -> Followed:
    """`analysis.steps.follow`; raises InputError where the weights are not at hand."""
    return _followed(store, gate, picture.digest, picture)


@st.cache_resource(max_entries=16, show_spinner=False)
def _followed(store: Entry, gate: Gate, digest: str, _picture: Picture) -> Followed:
    net = network(store)
    image = net.prepared(_picture.image)
    with net.lock:
        return Followed(image, follow(net.model, gate, image), net.classes)


def logits_with(store: Entry, gate: Gate, image: Any, gates: Gates) -> npt.NDArray[np.float32]:
    """The network's logits with other gates in one block; not kept, since a drag has many."""
    net = network(store)
    with net.lock:
        return logits_with_gates(net.model, net.gates, image, {gate.path: gates})


@st.cache_data(max_entries=256, show_spinner=False)
def means(store: Entry, gate: str) -> MeanGates | None:
    """Mean gates of the classes and of all; None where the store has no labelled image."""
    try:
        return MeanGates.of(open_entry(store), gate)
    except InputError:
        return None


def stored_gates(store: Entry, gate: str, sample: int) -> Gates:
    """(C,): the gates of one image, as the store has them."""
    return np.asarray(open_entry(store)[f"gate.{gate}"][sample].values, dtype=np.float64)


def before_and_after(
    before: npt.NDArray[np.float32], after: npt.NDArray[np.float32], classes: tuple[str, ...]
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Probabilities of the classes that are among the first five of either, in one order."""
    first, second = (special.softmax(logits.astype(np.float64)) for logits in (before, after))
    order = [*np.argsort(-first, kind="stable")[:TOP], *np.argsort(-second, kind="stable")[:TOP]]
    labels = np.array(list(dict.fromkeys(int(place) for place in order)))
    names = np.array(classes, dtype=object)[labels]
    tables = (
        pd.DataFrame({"label": labels, "class": names, "probability": share[labels]})
        for share in (first, second)
    )
    return next(tables), next(tables)
