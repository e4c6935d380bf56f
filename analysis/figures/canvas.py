"""What every figure shares: an empty figure in our theme, and names made safe to draw."""

import html
import textwrap
import unicodedata
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from analysis.figures.palette import INK, Theme, template
from analysis.readable import readable

_TICKS, _NAMES = 16, 60


def empty_figure(*, theme: Theme, height: int, revision: str, **layout: Any) -> go.Figure:
    """A figure without data in our theme.

    Args:
        theme: ``light`` or ``dark``.
        height: pixels.
        revision: zoom and hidden traces are kept on a rerun while this stays the same.
        layout: more of it, as of `go.Layout`; `update_layout` takes several times as long.
    """
    ours = {"template": _template(theme), "height": height, "uirevision": revision}
    return go.Figure(layout=ours | layout)


@cache
def _template(theme: Theme) -> go.layout.Template:
    """Made once: half of what an empty figure takes; Plotly copies it into each."""
    return template(theme)


def notice(said: str, *, theme: Theme, height: int) -> go.Figure:
    """A sentence in the place of a figure that is still to come, as high as that will be."""
    figure = empty_figure(theme=theme, height=height, revision="notice")
    figure.add_annotation(text=safe(said), showarrow=False, font={"color": INK[theme].muted})
    return figure.update_xaxes(visible=False).update_yaxes(visible=False)


def safe(name: str) -> str:
    """A name as Plotly shows it letter by letter: no markup, no formula, no gap, no line break."""
    shown = html.escape(" ".join(readable(name).split()), quote=False)
    return shown.replace("$", "&#36;").replace("%{", "&#37;{")


@lru_cache(maxsize=4096)
def short(name: str, width: int = 18) -> str:
    """`safe`, cut to the width of so many Latin letters for ticks and legends."""
    text = " ".join(readable(name).split())
    if _width(text) <= width:
        return safe(text)
    while _width(text) > width - 1:
        text = text[:-1]
    return safe(f"{text.rstrip(' ,')}…")


def _width(text: str) -> int:
    """Chinese and other wide letters take the place of two."""
    return sum(2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text)


@lru_cache(maxsize=4096)
def full(name: str) -> str:
    """`safe`, broken into lines that a hover text on a telephone has room for."""
    return "<br>".join(safe(line) for line in textwrap.wrap(readable(name), 36)) or "&nbsp;"


def channel_ticks(channels: npt.NDArray[np.int64]) -> dict[str, Any]:
    """Ticks at some of the places 0 to C - 1, labelled with the channels drawn there."""
    step = max(1, -(-len(channels) // _TICKS))
    if step > 2:
        # Round steps read better: 5, 10, 20, 50, ...
        magnitude = 10 ** int(np.log10(step))
        step = next(factor * magnitude for factor in (1, 2, 5, 10) if factor * magnitude >= step)
    places = np.arange(0, len(channels), step)
    return {
        "tickmode": "array",
        "tickvals": places,
        "ticktext": [str(channel) for channel in channels[places]],
    }


def class_ticks(names: Sequence[str], places: Sequence[int] | None = None) -> dict[str, Any]:
    """Ticks at ``places`` (0, 1, ... where none are given), labelled with shortened names.

    Of more than 60, only every second, third, ... is labelled.
    """
    step = max(1, -(-len(names) // _NAMES))
    where = range(len(names)) if places is None else places
    return {
        "tickmode": "array",
        "tickvals": list(where)[::step],
        "ticktext": [short(name) for name in names[::step]],
    }


def heat_bar(reach: float | None = None) -> dict[str, Any]:
    """A flat colour bar above the plot, under the figure's title, which says what it shows.

    Args:
        reach: the value at both ends of a scale around zero; None for a scale of one direction.
    """
    bar: dict[str, Any] = {
        "orientation": "h",
        "x": 0.0,
        "xanchor": "left",
        "y": 1.0,
        "yanchor": "bottom",
        "len": 0.75,
        "thickness": 8,
        "outlinewidth": 0,
        "xpad": 0,
        "ypad": 6,
        "nticks": 4,
        "tickangle": 0,
        "tickfont": {"size": 11},
    }
    if reach is not None:
        bar |= {"tickvals": [-reach, 0, reach]}
        bar |= {"ticktext": [f"−{reach:.2g}", "0", f"+{reach:.2g}"]}
    return bar


def cells_layout(
    said: str, shape: tuple[int, int], *, x: dict[str, Any], y: dict[str, Any]
) -> dict[str, Any]:
    """Title, axes and margins for cells: no gap around them, the first row on top.

    The nearest centre is always the cell that the pointer is in, however long its sides.

    Args:
        said: the title, above the colour bar.
        shape: rows and columns.
        x: more of the x axis, as its ticks.
        y: likewise.
    """
    rows, columns = shape
    bare: dict[str, Any] = {"showgrid": False, "ticks": ""}
    return {
        "title": {
            "text": said,
            "font": {"size": 13},
            "x": 0,
            "y": 1,
            "yanchor": "top",
            "pad": {"l": 8, "t": 22},
        },
        "margin": {"t": 68},
        "hoverdistance": -1,
        "xaxis": {"range": [-0.5, columns - 0.5], **bare, **x},
        "yaxis": {"range": [rows - 0.5, -0.5], **bare, **y},
    }


def mark_channel(figure: go.Figure, channels: npt.NDArray[np.int64], channel: int | None) -> None:
    """Draw a thin line at the place of one channel, if it is among those drawn."""
    places = np.flatnonzero(channels == (-1 if channel is None else channel))
    mark_place(figure, int(places[0]) if len(places) else None)


def mark_place(figure: go.Figure, place: int | None) -> None:
    """Draw a thin line from top to bottom at a place on the axis below; none for None."""
    if place is not None:
        ink = figure.layout.template.layout.font.color
        line = {"width": 1, "dash": "dot", "color": ink}
        # `add_vline` does the same in ten times as long.
        figure.add_shape(type="line", x0=place, x1=place, y0=0, y1=1, yref="paper", line=line)


def zero_line(figure: go.Figure, theme: Theme) -> None:
    """A vertical line at no change."""
    line = {"width": 1, "color": INK[theme].zero}
    figure.add_shape(type="line", x0=0, x1=0, y0=0, y1=1, yref="paper", line=line)
