"""The SE block, step by step: one image through one block."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from analysis import figures
from analysis.naming import Gate
from dashboard.block import memo
from dashboard.block.memo import Followed
from dashboard.block.panels import (
    Look,
    step_difference,
    step_excite,
    step_hidden,
    step_maps,
    step_scale,
    step_squeeze,
)
from dashboard.block.whatif import draw_what_if
from dashboard.parts import absent, escape, formats, states
from dashboard.parts.channel import choose_channel, pick_channel
from dashboard.parts.controls import choose_one, switch
from dashboard.parts.panels import Panel, show_figure
from dashboard.parts.picture import Picture, choose_picture, chosen_sample
from dashboard.shell.language import _
from dashboard.shell.settings import current_settings
from dashboard.shell.sidebar import choices
from dashboard.shell.theme import active_theme
from dashboard.sources.stores import Entry, open_entry
from senet_core.errors import InputError


@dataclass(frozen=True)
class Asked:
    """The choices of the page."""

    store: Entry
    gate: Gate
    channel: int
    by: str

    @property
    def recorded(self) -> bool:
        """Whether the store has these gates."""
        return f"gate.{self.gate.path}" in open_entry(self.store)


def page() -> None:
    st.title(_("The SE block, step by step"))
    chosen = choices()
    if chosen is None:
        states.nothing_loaded(current_settings())
    elif (gate := chosen.gate or unsqueezed(chosen.store)) is None:
        absent.no_gates(chosen)
    else:
        sections(chosen.store, gate)


def unsqueezed(store: Entry) -> Gate | None:
    """A block without a squeeze, which no store has gates of, where the network has such."""
    try:
        found = memo.blocks(store)
    except InputError:
        return None
    if not found:
        return None
    label = choose_one(
        _("Block"), list(found), key="block", default=list(found)[-1], noun=_("the block")
    )
    return found[label]


def sections(store: Entry, gate: Gate) -> None:
    left, right = st.columns([1.45, 1], gap="medium")
    with left:
        picture = choose_picture(store, unseen=True)
    with right, st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        orders = {"gate": _("by gate"), "number": _("by number")}
        by = switch(_("Channels in order"), orders, key="by", default="gate")
        asked = Asked(store, gate, followed(store, gate), by)
    if picture is None:
        stored(asked)
        return
    try:
        found = memo.followed(store, gate, picture)
    except InputError as fault:
        with states.told(_("The network is not at hand; this is what its store has")):
            raise fault
        stored(asked, picture)
        return
    look = looked_at(asked, found, picture)
    five_steps(picture, found, look)
    draw_what_if(store, gate, picture, found, look)


def followed(store: Entry, gate: Gate) -> int:
    """The channel whose numbers stand in the equations."""
    return choose_channel(
        store,
        gate,
        help_text=_(
            "The channel whose numbers stand in the equations; also by a click on a map or a bar."
        ),
        width=150,
    )


def looked_at(asked: Asked, found: Followed, picture: Picture) -> Look:
    label = picture.label
    if label is None and found.classes == tuple(open_entry(asked.store)["class"].values):
        label = int(found.steps.logits.argmax())  # an upload: the class that the network sees
    order = ordered(found.steps.channel_gates, asked.by)
    return Look(found.steps, asked.channel, order, ghosts_of(asked, label))


def ordered(gates: np.ndarray, by: str) -> np.ndarray:
    """Channels as in the network, or the most open first."""
    return np.argsort(-gates, kind="stable") if by == "gate" else np.arange(len(gates))


def ghosts_of(asked: Asked, label: int | None) -> list[figures.Ghost]:
    means = memo.means(asked.store, asked.gate.path) if asked.recorded else None
    if means is None:
        return []
    of_class = None if label is None else means.by_class[label]
    if of_class is not None and np.isnan(of_class).any():
        of_class = None
    name = "" if label is None else str(open_entry(asked.store)["class"].values[label])
    return figures.mean_ghosts(of_class, name, means.overall, active_theme())


STYLE = """<style>
.st-key-five-steps .katex { font-size: 1.02em }
.st-key-five-steps [data-testid="stPopover"] p {  /* the icon alone; the word stays to be heard */
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
.st-key-five-steps [data-testid="stPopoverButton"] { padding: 0 0.2rem; min-height: 0 }
.st-key-five-steps [data-testid="stPopoverButton"] > div > [aria-hidden] { display: none }
.st-key-five-steps [data-testid="stHorizontalBlock"]:has(> [class*="-downloads"]) {
  flex-wrap: nowrap; gap: 0.25rem }
.st-key-five-steps [data-testid="stHorizontalBlock"]:has(> [class*="-downloads"]) > :first-child {
  flex: 1 1 0; min-width: 0 }
.step-arrow { text-align: center; font-size: 1.3rem; line-height: 1; opacity: 0.65 }
.step-arrow.across { padding-top: 15rem }
@media (max-width: 640px) { .step-arrow.across { padding-top: 0; transform: rotate(90deg) } }
</style>"""


def arrow(sign: str, way: str = "") -> None:
    st.html(f'<div class="step-arrow {way}" aria-hidden="true">{sign}</div>')


def five_steps(picture: Picture, found: Followed, look: Look) -> None:
    st.html(STYLE)
    with st.container(key="five-steps"):
        left, to, middle, fro, right = st.columns([1, 0.07, 1.75, 0.07, 1], gap="xsmall")
    with left, st.container(gap="xsmall"):
        seen(picture, found)
        step_maps(look)
    with to:
        arrow("→", "across")
    with middle, st.container(gap="xxsmall"):
        step_squeeze(look)
        arrow("↓")
        step_hidden(look)
        arrow("↓")
        step_excite(look)
    with fro:
        arrow("→", "across")
    with right, st.container(gap="xsmall"):
        step_scale(look)
        step_difference(look)


def seen(picture: Picture, found: Followed) -> None:
    """The image, and what the network takes it for."""
    table, _same = memo.before_and_after(found.steps.logits, found.steps.logits, found.classes)
    first = table.iloc[0]
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        show_picture(picture)
        with st.container(gap="xxsmall", width="stretch"):
            st.markdown(f"**{escape.markdown(picture.name)}**")
            said = _("seen as {name}, {share}").format(
                name=escape.markdown(str(first["class"])), share=formats.percent(first.probability)
            )
            st.caption(said)


def show_picture(picture: Picture, height: int = 112) -> None:
    width = int(height * picture.image.width / picture.image.height)
    st.image(picture.image, alt=picture.name, width=width)


def stored(asked: Asked, picture: Picture | None = None) -> None:
    """What the store alone shows: the gates of one of its images."""
    sample, gate = chosen_sample(asked.store), asked.gate
    if sample is None or not asked.recorded:
        st.caption(_("The store has no gates of an uploaded image; put it away to see its own."))
        return
    if picture is not None:
        show_picture(picture)
    gates = memo.stored_gates(asked.store, gate.path, sample)
    label = int(open_entry(asked.store)["label"].values[sample])
    found = ghosts_of(asked, label if label >= 0 else None)
    figure = figures.channel_bars(
        gates,
        ordered(gates, asked.by),
        said="s",
        axis=_("channel"),
        ghosts=found,
        highlight=asked.channel,
        height=360,
        theme=active_theme(),
    )
    figure.update_layout(margin_b=70)
    panel = Panel(
        key="gates",
        title=_("Gates of one image, {gate}").format(gate=gate.label),
        caption=_("Bars: this image. Marks: means over images, of its class and of all."),
        help=_("The gates that the store has of this image; nothing was computed anew."),
        alt=_("Bars: the gates of {n} channels of {gate} with the mean gates beside.").format(
            n=gate.channels, gate=gate.label
        ),
    )
    show_figure(panel, figure, lambda: gate_table(gates, found), on_channel=pick_channel)


def gate_table(gates: np.ndarray, ghosts: list[figures.Ghost]) -> pd.DataFrame:
    table = pd.DataFrame({"channel": range(len(gates)), "s": gates})
    return table.assign(**{f"mean s, {ghost.name}": ghost.values for ghost in ghosts})


page()
