"""Colours, dashes, markers and the two themes: one place, so that a class looks the same all over.

The colours of classes are M. Okabe and K. Ito's eight, made to be told apart by everyone; heat is
drawn in cividis, or from blue over the background to orange where zero has a meaning.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import plotly.graph_objects as go

Theme = Literal["light", "dark"]

OKABE_ITO = (
    "#0072B2",  # blue
    "#D55E00",  # vermilion
    "#009E73",  # bluish green
    "#CC79A7",  # reddish purple
    "#E69F00",  # orange
    "#56B4E9",  # sky blue
    "#F0E442",  # yellow
    "#000000",  # black
)
# Yellow on white and black on black are the two that nobody could see.
_SEEN_ON: dict[Theme, dict[str, str]] = {
    "light": {"#F0E442": "#B3A400"},
    "dark": {"#000000": "#F5F5F5"},
}

DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
MARKERS = ("circle", "square", "diamond", "triangle-up", "triangle-down", "cross", "x")

SEQUENTIAL = "Cividis"
DIVERGING: dict[Theme, list[list[float | str]]] = {
    "light": [
        [0.0, "#084594"],
        [0.25, "#5a9bd4"],
        [0.5, "#f7f7f7"],
        [0.75, "#f0883e"],
        [1.0, "#8f2d04"],
    ],
    "dark": [
        [0.0, "#a6d8ff"],
        [0.25, "#2f7fc1"],
        [0.5, "#1A222D"],
        [0.75, "#cf6a1f"],
        [1.0, "#ffcf9e"],
    ],
}

FONT = (
    "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'PingFang SC', "
    "'Microsoft YaHei', 'Noto Sans CJK SC', 'Noto Sans SC', 'DejaVu Sans', sans-serif"
)


@dataclass(frozen=True, slots=True)
class Ink:
    """The colours of a theme that are not data.

    Attributes:
        text: words.
        muted: axis titles and ticks.
        grid: the lines behind the data.
        zero: lines that mean zero, and neutral data such as the mean of all classes.
        surface: the page behind the transparent paper; also behind hover texts.
    """

    text: str
    muted: str
    grid: str
    zero: str
    surface: str


INK: dict[Theme, Ink] = {
    "light": Ink("#0F1723", "#4A5665", "#E4E8ED", "#78828F", "#FFFFFF"),
    "dark": Ink("#E4E9F0", "#A9B4C2", "#2B3440", "#98A3B1", "#1A222D"),
}


@dataclass(frozen=True, slots=True)
class Style:
    """How one class, or one network, is drawn."""

    color: str
    dash: str
    marker: str

    def line(self, width: float = 2.0) -> dict[str, Any]:
        """Plotly's ``line``."""
        return {"color": self.color, "dash": self.dash, "width": width}


def class_style(index: int, theme: Theme = "light") -> Style:
    """The colour, dash and marker that the class at ``index`` has in every figure.

    The eight colours come first, all solid, then again with the next dash. The markers, seven,
    go round out of step, so that 336 classes differ in at least one of the three.
    """
    color = OKABE_ITO[index % len(OKABE_ITO)]
    return Style(
        color=_SEEN_ON[theme].get(color, color),
        dash=DASHES[index // len(OKABE_ITO) % len(DASHES)],
        marker=MARKERS[index % len(MARKERS)],
    )


def class_styles(classes: Sequence[int], theme: Theme = "light") -> list[Style]:
    """The styles of classes that are drawn together: up to eight in eight colours.

    Each has its own of `class_style`, unless one before it took that colour: then the next free.
    """
    taken: list[int] = []
    for index in classes:
        place, colours = index, {other % len(OKABE_ITO) for other in taken}
        while place in taken or (len(taken) < len(OKABE_ITO) and place % len(OKABE_ITO) in colours):
            place += 1
        taken.append(place)
    return [class_style(place, theme) for place in taken]


def faded(color: str, opacity: float) -> str:
    """``#rrggbb`` with an opacity, as Plotly's fills take it."""
    red, green, blue = (int(color[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"


def template(theme: Theme = "light") -> go.layout.Template:
    """Our own Plotly template: transparent paper, quiet grid, the legend below, system fonts."""
    ink = INK[theme]
    axis = {
        "automargin": True,
        "gridcolor": ink.grid,
        "linecolor": ink.grid,
        "zeroline": False,
        "ticklabeloverflow": "allow",  # else the label of the last place may be left out
        "tickfont": {"color": ink.muted, "size": 12},
        "title": {"font": {"color": ink.muted, "size": 13}, "standoff": 8},  # from the labels
    }
    return go.layout.Template(
        layout={
            "paper_bgcolor": "rgba(0,0,0,0)",
            "plot_bgcolor": "rgba(0,0,0,0)",
            "font": {"family": FONT, "size": 13, "color": ink.text},
            "colorway": [class_style(index, theme).color for index in range(len(OKABE_ITO))],
            "margin": {"l": 8, "r": 12, "t": 30, "b": 12},  # above: room for Plotly's buttons
            "xaxis": axis,
            "yaxis": axis,
            "hovermode": "closest",
            "hoverlabel": {
                "bgcolor": ink.surface,
                "bordercolor": ink.zero,
                "align": "left",
                "font": {"family": FONT, "size": 13, "color": ink.text},
            },
            "legend": {
                "orientation": "h",
                "yref": "container",
                "y": 0,
                "yanchor": "bottom",
                "x": 0,
                "xanchor": "left",
                "font": {"size": 12},
            },
            "modebar": {
                "bgcolor": "rgba(0,0,0,0)",
                "color": ink.muted,
                "activecolor": ink.text,
            },
        }
    )
