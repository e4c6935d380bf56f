"""What if the gates of a block were others? Gates to drag, and the prediction beside its own."""

import re
from dataclasses import dataclass
from typing import Literal, cast

import numpy as np
import numpy.typing as npt
import pandas as pd
import streamlit as st

from analysis import figures
from analysis.naming import Gate
from analysis.store import class_slice
from dashboard.block import memo
from dashboard.block.memo import Followed
from dashboard.block.mixer import Slide, Words, gate_mixer
from dashboard.block.panels import Look, strongest_channels
from dashboard.parts import escape, formats, states
from dashboard.parts.controls import choose_number, choose_one, kept, switch
from dashboard.parts.gallery import thumbnail
from dashboard.parts.panels import Panel, show_figure
from dashboard.parts.picture import Picture
from dashboard.shell.language import _
from dashboard.shell.sidebar import class_names
from dashboard.shell.theme import active_theme
from dashboard.sources.stores import Entry, open_entry

SLIDERS = 24
MOST_TIMES = 2.0
Start = Literal["own", "open", "class", "all", "image"]
Gates = npt.NDArray[np.float64]

_MOVED, _ABOUT, _DRAGGING = "moved", "what-if-about", "what-if-dragging"
_CODE = re.compile(r"(\d{1,5}\.-?\d{1,4}(_\d{1,5}\.-?\d{1,4})*)?")


@dataclass(frozen=True)
class Case:
    """What the question is about.

    Attributes:
        store, gate, picture: the chosen ones.
        found: the picture on its way through the block.
        look: what the page shows of it.
    """

    store: Entry
    gate: Gate
    picture: Picture
    found: Followed
    look: Look

    @property
    def own(self) -> Gates:
        """(C,): the gates that the network itself computed."""
        return self.found.steps.channel_gates.astype(np.float64)

    @property
    def about(self) -> str:
        """Another one where another image or block is looked at."""
        return f"{self.store.path} {self.gate.path} {self.picture.digest}"


def draw_what_if(store: Entry, gate: Gate, picture: Picture, found: Followed, look: Look) -> None:
    """Draw it; what is dragged runs this part of the page alone."""
    st.header(_("What if the gates were others?"))
    if found.steps.gates.ndim == 3:
        states.sentence(
            _("These gates cannot be set"),
            _("Without a squeeze every position has gates of its own, not one a channel."),
        )
        return
    _ask(Case(store, gate, picture, found, look))


@st.fragment
def _ask(case: Case) -> None:
    left, right = st.columns([1.75, 1], gap="medium")
    with left:
        start = _choose_start(case)
        times = choose_number(
            _("All gates × α"), 0.0, MOST_TIMES, key="alpha", default=1.0, step=0.05
        )
        scaled = start * times
        moved = _moved(case)
        asked = scaled.copy()
        for channel, value in moved.items():
            asked[channel] = value
        _desk(case, asked, moved, revision=f"{case.about} {hash(scaled.tobytes()):x}")
    with right, states.told(_("These gates cannot be set")):
        _answer(case, asked)


def _choose_start(case: Case) -> Gates:
    """(C,): the gates to begin with."""
    names = {
        "own": _("its own"),
        "open": _("all 1 (no SE)"),
        "class": _("mean of a class"),
        "all": _("mean of all"),
        "image": _("those of another image"),
    }
    means = memo.means(case.store, case.gate.path)
    if means is None:
        names = {code: name for code, name in names.items() if code not in ("class", "all")}
    start = cast(Start, switch(_("Gates"), names, key="start", default="own"))
    match start:
        case "open":
            return np.ones(case.gate.channels)
        case "all" if means is not None:
            return means.overall.copy()
        case "class" if means is not None:
            return means.by_class[_choose_class(case)].copy()
        case "image":
            return _of_another(case)
        case _:
            return case.own.copy()


def _choose_class(case: Case, *, another: bool = False) -> int:
    """A class that has images; at first the picture's own, or ``another``, the one after it."""
    data = open_entry(case.store)
    names = class_names(data)
    present = [int(place) for place in np.flatnonzero(data["count"].values)]
    place = present.index(case.picture.label) if case.picture.label in present else 0
    first = present[(place + another) % len(present)]
    code = choose_one(
        _("Class"),
        [str(place) for place in present],
        key="donor",
        default=str(first),
        noun=_("the class"),
        names={str(place): names[place] for place in present},
        width=240,
    )
    return int(code)


def _of_another(case: Case) -> Gates:
    """The gates that the store has of an image of a chosen class."""
    data = open_entry(case.store)
    if data["count"].values.any():
        with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
            own = class_slice(data, _choose_class(case, another=True))
            number = _choose_number_of(own.stop - own.start)
            sample = own.start + number - 1
            _draw_thumbnail(case, sample)
    else:
        sample = _choose_number_of(data.sizes["sample"]) - 1
    return memo.stored_gates(case.store, case.gate.path, sample)


def _choose_number_of(count: int) -> int:
    label = _("Image, of {count}").format(count=f"{count:,}")
    return choose_number(label, 1, count, key="donor_image", default=1, field=True, width=150)


def _draw_thumbnail(case: Case, sample: int) -> None:
    if (uri := thumbnail(case.store, sample)) is not None:
        st.html(f'<img src="{uri}" alt="" style="height:64px;border-radius:4px">', width="content")


def _moved(case: Case) -> dict[int, float]:
    """The gates that were dragged; let go when another image or block is looked at."""
    if st.session_state.get(_ABOUT, case.about) != case.about:
        st.session_state[_MOVED] = ""
    st.session_state[_ABOUT] = case.about
    if st.session_state.get(_DRAGGING):  # not a step of the browser's history yet
        return _read(st.session_state.get(_MOVED, ""), case.gate.channels) or {}
    code = kept(
        _MOVED,
        default="",
        known=lambda said: _read(said, case.gate.channels) is not None,
        noun=_("gates"),
    )
    return _read(code, case.gate.channels) or {}


def _read(code: str, channels: int) -> dict[int, float] | None:
    """``17.30_4.100``: channel 17 at 0.30, channel 4 at 1; None for what is no such code."""
    if not _CODE.fullmatch(code):
        return None
    pairs = (part.split(".") for part in code.split("_") if part)
    values = {int(channel): int(hundredths) / 100 for channel, hundredths in pairs}
    return values if all(channel < channels for channel in values) else None


def _write(moved: dict[int, float]) -> str:
    return "_".join(f"{channel}.{round(100 * value)}" for channel, value in moved.items())


def _desk(case: Case, asked: Gates, moved: dict[int, float], *, revision: str) -> None:
    """The sliders of the strongest channels, and a button that puts them back."""
    shown = [int(place) for place in strongest_channels(case.found.steps, SLIDERS)]
    extra = [channel for channel in (case.look.channel, *moved) if channel not in shown]
    shown = [*shown[: SLIDERS - len(extra[:SLIDERS])], *extra[:SLIDERS]]
    values = asked[shown]
    low = min(0.0, float(np.floor(min(values.min(), case.own.min()))))
    high = max(1.0, float(np.ceil(max(values.max(), case.own.max()))))
    st.caption(
        _(
            "Drag a gate: the channels with the strongest maps, and the one that is followed. "
            "Dashed: the network's own gate."
        )
    )
    gate_mixer(
        [Slide(channel, float(asked[channel]), float(case.own[channel])) for channel in shown],
        Words(_("Gates"), _("Gate of channel {channel}"), _("the network's own")),
        key="desk",
        moved=moved,
        span=(low, high),
        revision=f"{revision} {low} {high} {shown}",
        on_move=_on_move,
    )
    st.button(
        _("Put the dragged ones back"),
        icon=":material/undo:",
        key="put-back",
        disabled=not moved,
        on_click=_put_back,
    )


def _on_move(values: dict[int, float], final: bool) -> None:
    st.session_state[_MOVED] = _write(values)
    st.session_state[_DRAGGING] = not final


def _put_back() -> None:
    st.session_state[_MOVED] = ""
    st.session_state[_DRAGGING] = False


def _answer(case: Case, asked: Gates) -> None:
    """The prediction with these gates beside the network's own."""
    before = case.found.steps.logits
    same = np.allclose(asked, case.own, rtol=0, atol=1e-6)
    after = before if same else memo.logits_with(case.store, case.gate, case.found.image, asked)
    first, second = memo.before_and_after(before, after, case.found.classes)
    names = (_("its own gates"), _("these gates"))
    label = case.picture.label
    truth = str(open_entry(case.store)["class"].values[label]) if label is not None else None
    panel = Panel(
        key="what-if",
        title=_("The prediction"),
        caption=_sentence(first, second, same=same),
        help=_(
            "The same image once more through the network, with these gates in this block; blocks "
            "further down compute theirs from what is let through."
        ),
        alt=_("Bars: the most probable classes with the network's own gates and with these."),
    )
    figure = figures.top5_bars(
        first, second, names=names, truth=truth, keep_order=True, theme=active_theme()
    )
    table = first.assign(own=first["probability"], these=second["probability"])
    show_figure(panel, figure, lambda: table.drop(columns="probability"), height=380)


def _sentence(first: pd.DataFrame, second: pd.DataFrame, *, same: bool) -> str:
    """What became of the prediction, in a line."""
    was, now = first.loc[first["probability"].idxmax()], second.loc[second["probability"].idxmax()]
    name, other = (escape.markdown(str(row["class"])) for row in (was, now))
    share = formats.percent(was.probability)
    if same:
        return _("**{name}**, {share}: nothing is changed yet.").format(name=name, share=share)
    kept_share = formats.percent(float(second["probability"][was.name]))
    if was.label == now.label:
        said = _("Still **{name}**: {share} → {kept}.")
    else:
        said = _("**{name}** {share} → {kept}; now it is seen as **{other}**, {now}.")
    return said.format(
        name=name, share=share, kept=kept_share, other=other, now=formats.percent(now.probability)
    )
