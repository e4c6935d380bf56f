"""The gates of one block in one image: what they say for a class, and how unusual they are."""

from collections.abc import Mapping
from types import ModuleType
from typing import Any

import pandas as pd
import streamlit as st

from analysis import figures
from analysis.figures.canvas import notice
from dashboard.parts import escape, formats, states
from dashboard.parts.absent import no_gates
from dashboard.parts.pairs import outputs
from dashboard.parts.panels import Panel, show_figure
from dashboard.parts.picture import Picture, chosen_sample
from dashboard.shell.language import _
from dashboard.shell.sidebar import Choices
from dashboard.shell.theme import active_theme
from dashboard.sources import cached
from dashboard.sources.background import Work, while_running
from dashboard.sources.networks import network
from dashboard.sources.stores import Entry, open_entry
from senet_core.errors import InputError

CHANNELS = 24
STORED = 12
HEIGHT = 20 * CHANNELS + 120
"""Pixels, as `figures.gate_attribution` makes of so many channels."""


def draw_gates(
    made: ModuleType, chosen: Choices, picture: Picture, targets: Mapping[Entry, int]
) -> None:
    """What the chosen block's gates say for the class.

    Args:
        made: `dashboard.attribution.memo`.
        chosen: the sidebar's choices.
        picture: whose gates they are.
        targets: the class that each network is asked about.
    """
    gate, store = chosen.gate, chosen.store
    st.header(_("Which gates speak for the class?"))
    if gate is None:
        no_gates(chosen)
        return
    if store not in targets or gate.path not in network(store).gates:
        draw_stored_gates(chosen)
        return
    target = targets[store]
    mean_of = target if _has_mean(store, target) else None

    def ask() -> Work:
        return made.of_gates(store, picture, gate.path, target, mean_of)

    def draw() -> None:
        _shares(ask(), chosen, outputs(store)[target], mean_of is not None)

    while_running(draw, [ask()])


def _has_mean(store: Entry, target: int) -> bool:
    """Whether the store has images of the class that a network is asked about."""
    data = open_entry(store)
    return data.attrs["labels"] == "model" and bool(data["count"].values[target])


def _shares(work: Work, chosen: Choices, name: str, of_class: bool) -> None:
    assert chosen.gate is not None
    title = _("Gates of {block} and what they say for {name}")
    shown = {"block": chosen.gate.label, "name": escape.markdown(name)}
    if work.fault:
        with states.told(title.format(**shown)):
            raise InputError(work.fault)
    panel = Panel(
        key="gate-attribution",
        title=title.format(**shown),
        caption=_("being computed") if work.running else _sum(work.parts[0], of_class),
        help=_(
            "Integrated Gradients over the gates of this block alone, from the mean gates of the "
            "class to those of this image; the image and all else stay. Those of all channels add "
            "up to the difference of the two logits."
        ),
        alt=_("Channels of {block}: gate against mean gate, and attribution in logits.").format(
            block=chosen.gate.label
        ),
    )
    if work.running:
        waiting = notice(_("being computed"), theme=active_theme(), height=HEIGHT)
        show_figure(panel, waiting, pd.DataFrame, height=HEIGHT)
        return
    table = work.parts[0].table
    figure = figures.gate_attribution(table, limit=CHANNELS, theme=active_theme())
    show_figure(panel, figure, lambda: table, height=HEIGHT)


def _sum(found: Any, of_class: bool) -> str:
    """What all bars of a `GateAttribution` (which only Captum's import gives) are together."""
    said = (
        _(
            "With the mean gates of the class (hollow) the logit is {usual}, with this image's "
            "(filled) {own}. All {count} share the difference of {difference} ({delta}, {s} s); "
            "the largest are drawn."
        )
        if of_class
        else _(
            "With the mean gates of all images (hollow) the logit is {usual}, with this image's "
            "(filled) {own}. All {count} share the difference of {difference} ({delta}, {s} s); "
            "the largest are drawn."
        )
    )
    return said.format(
        count=formats.count(len(found.table), "channel"),
        usual=formats.number(found.completeness.baseline_logit, 3),
        own=formats.number(found.logit, 3),
        difference=f"{found.completeness.difference:+.3f}".replace("-", formats.MINUS),
        delta=delta(found.completeness),
        s=formats.number(found.seconds),
    )


def delta(found: Any) -> str:
    """How exactly attributions add up to what they explain, from a `Completeness`."""
    if found.exhausted and not found.reached:
        return _("δ within rounding")
    share = formats.percent(found.delta / found.difference if found.difference else 0.0, 2)
    return (_("δ {share}") if found.reached else _("δ {share}, not converged")).format(share=share)


def draw_stored_gates(chosen: Choices) -> None:
    """What the store alone knows of an image's gates: how far they are from its class's mean."""
    sample = chosen_sample(chosen.store)
    if chosen.gate is None:
        no_gates(chosen)
        return
    if sample is None:
        states.sentence(
            _("The gates of this image are not known"),
            _("The store has the gates of its own images alone; put yours away to see them."),
        )
        return
    with states.told(_("The gates of this image cannot be shown")):
        table = cached.image_gates(chosen.store, chosen.gate.path, sample)
        data = open_entry(chosen.store)
        label = int(data["label"].values[sample])
        named = escape.markdown(str(data["class"].values[label])) if label >= 0 else ""
        title = _("Gates of {block} in image {sample} ({name}) against the mean of its class")
        if not named:
            title = _("Gates of {block} in image {sample} against the mean of all images")
        panel = Panel(
            key="gate-distance",
            title=title.format(block=chosen.gate.label, sample=sample, name=named),
            caption=_(
                "The channels that this image opens (filled) most unlike what is usual (hollow), "
                "from the store alone; what they do to the prediction needs the network."
            ),
            help=_(
                "Each gate less its mean over the images of the class, in standard deviations of "
                "the class; the largest distances."
            ),
            alt=_("Channels of {block}: gate against mean gate, and distance in σ.").format(
                block=chosen.gate.label
            ),
        )
        figure = figures.gate_distance(table, limit=STORED, theme=active_theme())
        show_figure(panel, figure, lambda: table)
