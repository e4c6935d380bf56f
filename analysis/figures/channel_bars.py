"""A bar a channel, of one image, with the means that it is compared with as ghosts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from analysis.figures.canvas import channel_ticks, empty_figure, full, mark_channel, short
from analysis.figures.palette import INK, Style, Theme, class_style, faded
from analysis.words import _

Floats = npt.NDArray[np.floating[Any]]
Integers = npt.NDArray[np.int64]

_BARS = 130
"""More channels than this are an outline with dots for the ghosts: bars would hide each other."""


@dataclass(frozen=True)
class Ghost:
    """What the bars are compared with.

    Attributes:
        name: in the legend.
        values: (C,).
        style: colour, dash and mark.
    """

    name: str
    values: Floats
    style: Style


def mean_ghosts(mean: Floats | None, name: str, overall: Floats, theme: Theme) -> list[Ghost]:
    """The mean gates of one class, where there is one, and of all."""
    grey = Style(INK[theme].zero, "solid", "line-ew")
    found = [Ghost(_("all classes"), overall, grey)]
    if mean is not None:
        found.append(Ghost(name, mean, Style(class_style(1, theme).color, "dot", "diamond")))
    return found


def channel_bars(
    values: Floats,
    order: Sequence[int] | Integers,
    *,
    said: str,
    unit: str = "",
    axis: str = "",
    ghosts: Sequence[Ghost] = (),
    highlight: int | None = None,
    mark_zeros: bool = False,
    span: tuple[float, float] | None = None,
    height: int = 170,
    theme: Theme = "light",
) -> go.Figure:
    """A bar a channel, with the means that it is to be compared with.

    Each bar's ``customdata`` is ``[-1, channel]``.

    Args:
        values: (C,).
        order: the channels from left to right.
        said: what a bar is, for the hover text, such as ``z``.
        unit: what a place on the axis is called there; "channel" where empty.
        axis: the title of the horizontal axis.
        ghosts: see `Ghost`.
        highlight: a channel to mark.
        mark_zeros: cross out those that are 0, such as hidden units that ReLU shut.
        span: of the vertical axis, which includes 0; None fits it.
        height: pixels.
        theme: ``light`` or ``dark``.
    """
    places = np.asarray(order, dtype=np.int64)
    shown = np.asarray(values)[places].astype(np.float32)
    figure = empty_figure(theme=theme, height=height, revision=f"bars {said} {len(places)}")
    words = [said, unit or _("channel")]
    figure.add_trace(_bars(shown, places, words, highlight=highlight, theme=theme))
    figure.add_traces([_ghost(ghost, places) for ghost in ghosts])
    if mark_zeros and (zeros := np.flatnonzero(shown == 0)).size:
        figure.add_trace(_zeros(zeros, theme))
    figure.update_layout(
        xaxis={
            "title": {"text": axis},
            "showgrid": False,
            "ticklabelstandoff": 3,  # below the crosses, and the 0 at the side
            "range": [-0.6, len(places) - 0.4],
            **channel_ticks(places),
        },
        yaxis={
            "range": span,
            "rangemode": "tozero",
            "nticks": 6,
            "zeroline": True,
            "zerolinecolor": INK[theme].zero,
            "zerolinewidth": 1,
            "automargin": False,
        },
        # Fixed, so that panels above each other have their channels above each other.
        margin={"l": 44, "r": 6, "t": 10, "b": 24},
        bargap=0.15,
        showlegend=bool(ghosts),
        legend={"itemsizing": "constant"},
    )
    if len(places) > _BARS:
        mark_channel(figure, places, highlight)
    return figure


def _bars(
    shown: Floats, places: Integers, words: list[str], *, highlight: int | None, theme: Theme
) -> go.Bar | go.Scatter:
    color = class_style(0 if theme == "light" else 5, theme).color
    told: dict[str, Any] = {
        "x": np.arange(len(places)),
        "y": shown,
        "customdata": np.column_stack([np.full(len(places), -1), places]),
        "name": _("this image"),
        "meta": words,
        "hovertemplate": "%{meta[1]} %{customdata[1]}<br>%{meta[0]} = %{y:.3g}<extra></extra>",
    }
    if len(places) > _BARS:
        return go.Scatter(
            mode="lines+markers",
            line={"color": color, "width": 0.6, "shape": "hvh"},
            marker={"size": 9, "opacity": 0},
            unselected={"marker": {"opacity": 0}},
            fill="tozeroy",
            fillcolor=faded(color, 0.45),
            **told,
        )
    chosen = places == (-1 if highlight is None else highlight)
    ink = INK[theme].text
    line = {
        "color": [ink if mine else color for mine in chosen],
        "width": [2 if mine else 0 for mine in chosen],
    }
    return go.Bar(
        marker={"color": color, "line": line},
        selected={"marker": {"opacity": 1}},
        unselected={"marker": {"opacity": 1}},
        **told,
    )


def _ghost(ghost: Ghost, places: Integers) -> go.Scatter:
    """A mark over each bar; a dot where bars are too many, since lines would hide each other."""
    marked = len(places) <= _BARS
    flat = ghost.style.marker == "line-ew"
    return go.Scatter(
        x=np.arange(len(places)),
        y=np.asarray(ghost.values)[places].astype(np.float32),
        mode="markers",
        marker={
            "symbol": ghost.style.marker if marked or not flat else "circle",
            "size": float(np.clip(300 / len(places), 4, 12)) if marked else 3,
            "color": ghost.style.color,
            "line": {"color": ghost.style.color, "width": 2 if marked and flat else 0},
        },
        unselected={"marker": {"opacity": 1}},
        name=short(ghost.name),
        meta=[full(ghost.name)],
        customdata=np.column_stack([np.full(len(places), -1), places]),
        hovertemplate="<b>%{meta[0]}</b><br>%{customdata[1]}: %{y:.3g}<extra></extra>",
    )


def _zeros(places: Integers, theme: Theme) -> go.Scatter:
    return go.Scatter(
        x=places,
        y=np.zeros(len(places)),
        mode="markers",
        marker={"symbol": "x-thin", "size": 7, "line": {"width": 2, "color": INK[theme].zero}},
        name=_("shut"),
        hoverinfo="skip",
        showlegend=False,
        cliponaxis=False,
    )
