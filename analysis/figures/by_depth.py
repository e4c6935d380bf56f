"""The x axis of figures whose x is the depth in the network, and the lines along it."""

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from analysis.figures.canvas import full, safe, short
from analysis.figures.palette import INK, Style, Theme, class_style, faded
from analysis.words import _

Array = npt.NDArray[np.float64]


def depth_axis(figure: go.Figure, tables: Sequence[pd.DataFrame]) -> list[Array]:
    """Set the x axis for tables with a row a gate, and say where each table's gates lie on it.

    Networks with the same gates share their labels as ticks; where gates differ, x is the relative
    depth, from the first gate (0 %) to the last (100 %).

    Args:
        figure: whose x axis is set.
        tables: each with the columns ``label`` and ``depth`` (1 for the first gate).
    """
    labels = [list(table["label"]) for table in tables]
    depths = [table["depth"].to_numpy(dtype=np.float64) for table in tables]
    if not labels or any(found != labels[0] for found in labels):
        figure.update_xaxes(title_text=_("depth: first gate to last (%)"))
        return [100 * (depth - 1) / np.maximum(depth.max(initial=1) - 1, 1) for depth in depths]
    figure.update_xaxes(
        title_text=_("gate, from the input to the output"),
        tickmode="array",
        tickvals=list(range(1, len(labels[0]) + 1)),
        ticktext=[safe(label) for label in labels[0]],
        autotickangles=[0, -90],  # slanted ones overlap where a figure is narrow
    )
    return depths


def depth_curve(
    x: Array,
    y: npt.ArrayLike,
    band: tuple[npt.ArrayLike, npt.ArrayLike],
    *,
    name: str,
    place: int,
    labels: Iterable[str],
    theme: Theme,
) -> tuple[go.Scatter, go.Scatter]:
    """The band and the line of the store at ``place``; what a point says is the caller's to add.

    Args:
        x: of `depth_axis`.
        y: a value a gate.
        band: its lower and upper ends.
        name: of the store, ``meta[0]`` of the line.
        place: of the store among those that are drawn; its style.
        labels: of the gates, the line's ``text``.
        theme: ``light`` or ``dark``.
    """
    style = class_style(place, theme)
    line = go.Scatter(
        x=x,
        y=y,
        mode="lines+markers",
        line=style.line(),
        marker={"symbol": style.marker, "size": 8},
        name=short(name, 40),
        meta=[full(name)],
        legendgroup=str(place),
        text=[safe(label) for label in labels],
    )
    area = depth_band(x, *band, style)
    area.legendgroup = str(place)
    return area, line


def hollow(line: go.Scatter, flat: npt.NDArray[np.bool_], style: Style, theme: Theme) -> None:
    """Draw some of a line's points as rings, filled with the page's colour.

    Args:
        line: whose points are drawn.
        flat: (gate,) whether its point is a ring.
        style: of the line.
        theme: ``light`` or ``dark``.
    """
    if flat.any():
        line.marker.color = np.where(flat, INK[theme].surface, style.color).tolist()
        line.marker.line = {"color": style.color, "width": 1.5}


def depth_band(x: Array, low: npt.ArrayLike, high: npt.ArrayLike, style: Style) -> go.Scatter:
    """The area between two lines, in a style's colour; nothing to point at."""
    return go.Scatter(
        x=np.concatenate([x, x[::-1]]),
        y=np.concatenate([np.asarray(high), np.asarray(low)[::-1]]),
        mode="lines",
        line={"width": 0},
        fill="toself",
        fillcolor=faded(style.color, 0.16),
        hoverinfo="skip",
        showlegend=False,
    )
