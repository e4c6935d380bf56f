"""Gates as sliders that stand side by side, like those of a mixing desk.

Each is a range input of the browser's own, so it can be dragged, touched, and moved by keys. While
one moves, its value is sent about ten times a second; at rest it is said to be final.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import streamlit as st

_CSS = """
.mixer { display: grid; grid-template-columns: repeat(auto-fill, minmax(1.6rem, 1fr));
  gap: 0.5rem 0; font-size: 0.72rem; font-variant-numeric: tabular-nums;
  font-family: var(--st-font); color: var(--st-text-color) }
.gate { display: flex; flex-direction: column; align-items: center; min-width: 0 }
.gate.moved output { font-weight: 700 }
.track { position: relative; height: 9rem; width: 100%; display: flex; justify-content: center }
.track::before { content: ""; position: absolute; inset: 8px auto 8px 50%; width: 4px;
  margin-left: -2px; border-radius: 2px; background: var(--st-border-color) }
.own { position: absolute; left: 50%; width: 1.2rem; margin-left: -0.6rem; height: 0;
  border-top: 2px dashed var(--st-text-color); pointer-events: none }
input { writing-mode: vertical-lr; direction: rtl; height: 100%; width: 1.5rem; margin: 0;
  position: relative; cursor: ns-resize; appearance: none; background: transparent }
input::-webkit-slider-thumb { appearance: none; width: 20px; height: 16px; border-radius: 4px;
  background: var(--st-primary-color); border: 2px solid var(--st-background-color) }
input::-moz-range-thumb { width: 20px; height: 16px; border-radius: 4px;
  background: var(--st-primary-color); border: 2px solid var(--st-background-color) }
input:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 1px;
  border-radius: 4px }
.channel { opacity: 0.75 }
"""

_JS = """
const PAUSE = 90

export default function ({ parentElement, data, setStateValue }) {
  const root = parentElement.querySelector(".mixer")
  root.ariaLabel = data.label
  const old = root.dataset.revision === data.revision
  if (root.children.length !== data.gates.length || !old) build(root, data)
  // A hand that has moved on since knows better than an answer to where it was before.
  if (!old || (!root.dragging && data.answers >= (root.sent ?? 0))) show(root, data)
  root.dataset.revision = data.revision
  root.send = (final) => {
    clearTimeout(root.waiting)
    root.waiting = null
    root.last = performance.now()
    root.sent = (root.sent ?? data.answers) + 1
    const values = { ...root.moved }
    setStateValue("moved", { revision: data.revision, values, final, number: root.sent })
  }
}

function build(root, data) {
  root.replaceChildren()
  root.moved = {}
  root.dragging = false
  for (const gate of data.gates) {
    const column = document.createElement("div")
    column.className = "gate"
    const said = document.createElement("output")
    const track = document.createElement("div")
    track.className = "track"
    const own = document.createElement("span")
    own.className = "own"
    own.title = data.own
    const input = document.createElement("input")
    Object.assign(input, { type: "range", min: data.low, max: data.high, step: 0.01 })
    input.ariaLabel = gate.label
    input.dataset.channel = gate.channel
    input.addEventListener("input", () => {
      root.dragging = true
      say(column, input.value)
      root.moved[gate.channel] = Number(input.value)
      const wait = PAUSE - (performance.now() - (root.last ?? 0))
      if (wait <= 0) root.send(false)
      else root.waiting ??= setTimeout(() => root.send(false), wait)
    })
    input.addEventListener("change", () => {
      root.dragging = false
      root.send(true)
    })
    const name = document.createElement("span")
    name.className = "channel"
    name.textContent = gate.channel
    track.append(own, input)
    column.append(said, track, name)
    root.append(column)
  }
}

function show(root, data) {
  root.moved = { ...data.moved }
  data.gates.forEach((gate, place) => {
    const column = root.children[place]
    column.querySelector("input").value = gate.value
    const share = (gate.own - data.low) / (data.high - data.low)
    column.querySelector(".own").style.bottom = `calc(8px + ${share} * (100% - 16px) - 1px)`
    column.classList.toggle("moved", gate.channel in data.moved)
    say(column, gate.value)
  })
}

function say(column, value) {
  column.querySelector("output").textContent = Number(value).toFixed(2)
}
"""

_MIXER = st.components.v2.component(
    "gate_mixer", html='<div class="mixer" role="group"></div>', css=_CSS, js=_JS
)


@dataclass(frozen=True)
class Slide:
    """One gate of the desk.

    Attributes:
        channel: its number.
        value: where its slider stands.
        own: the network's own gate, marked beside it.
    """

    channel: int
    value: float
    own: float


@dataclass(frozen=True)
class Words:
    """What the desk says to those who point at it or hear it.

    Attributes:
        desk: of all of it.
        slider: of one; ``{channel}`` is filled in.
        own: of the mark of the network's own gate.
    """

    desk: str
    slider: str
    own: str


def gate_mixer(
    slides: Sequence[Slide],
    words: Words,
    *,
    key: str,
    moved: Mapping[int, float],
    span: tuple[float, float],
    revision: str,
    on_move: Callable[[dict[int, float], bool], None],
) -> None:
    """Draw the desk.

    Args:
        slides: from left to right.
        words: for tooltips and screen readers.
        key: its name in the page.
        moved: the channels that were moved, with their values, to which it adds.
        span: the lowest and the highest value.
        revision: of what it stands for: with another one the sliders turn to their values.
        on_move: called with all moved channels, and whether the hand is off.
    """

    def moved_now() -> None:
        said: Any = st.session_state[key].get("moved")
        if said and said["revision"] == revision:
            values = {int(channel): float(value) for channel, value in said["values"].items()}
            on_move(values, bool(said["final"]))

    last: Any = st.session_state.get(key, {}).get("moved")
    _MIXER(
        key=key,
        data={
            "answers": last["number"] if last else 0,
            "label": words.desk,
            "own": words.own,
            "low": span[0],
            "high": span[1],
            "revision": revision,
            "moved": {str(channel): value for channel, value in moved.items()},
            "gates": [
                {
                    "channel": slide.channel,
                    "value": round(slide.value, 4),
                    "own": round(slide.own, 4),
                    "label": words.slider.format(channel=slide.channel),
                }
                for slide in slides
            ],
        },
        default={"moved": None},
        on_moved_change=moved_now,
    )
