"""Class × channel: which class opens which channel."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
import xarray as xr

from analysis.figures.canvas import (
    channel_ticks,
    class_ticks,
    empty_figure,
    frame_cells,
    full,
    heat_bar,
    mark_channel,
    safe,
)
from analysis.figures.palette import DIVERGING, SEQUENTIAL, Theme
from analysis.ordering import by_similarity, order_channels
from analysis.statistics import ClassMoments, moments
from analysis.words import _, marked

Integers = npt.NDArray[np.int64]

MOST_MARKERS = 6_000
"""Cells beyond which no marker lies over each: a browser would be slow, and the cells too small."""

_MOST_FLOATS = 60_000
"""Cells beyond which values travel as whole thousandths, half the bytes of float32."""


def class_channel_heatmap(
    ds: xr.Dataset,
    gate: str,
    *,
    classes: Sequence[int] | None = None,
    relative: bool = True,
    order: Literal["index", "mean", "cluster"] = "index",
    highlight: int | None = None,
    theme: Theme = "light",
) -> go.Figure:
    """The mean gate of each class and channel, by default less the mean of all classes.

    Plotly cannot select cells of a heat map, so an invisible marker lies over each (up to 6,000),
    whose ``customdata`` is ``[class, channel, value]``.

    Args:
        ds: a store.
        gate: the gate's path.
        classes: places on the store's ``class`` dimension, from the top; None takes all. Those
            without samples are left out.
        relative: draw the difference from the mean over all classes, which is what tells classes
            apart, since means look alike; else the mean itself.
        order: channels as in the network; sorted by the mean of all classes; or ``cluster``: like
            beside like, for channels and classes both.
        highlight: a channel to mark.
        theme: ``light`` or ``dark``.

    Raises:
        InputError: where the store has no such gate or no labelled samples.
    """
    pooled = moments(ds, gate)
    rows, columns = _places(pooled, classes, order)
    values = pooled.mean - pooled.overall_mean if relative else pooled.mean
    values = values[np.ix_(rows, columns)]
    indices = pooled.classes[rows]
    names = [str(name) for name in ds["class"].values[indices]]
    height = int(np.clip(22 * len(rows), 160, 720)) + 110
    figure = empty_figure(theme=theme, height=height, revision=f"heatmap {gate} {order}")
    said = _("mean gate, difference from all classes") if relative else _("mean gate s")
    if values.size > _MOST_FLOATS:
        said = _("{quantity} (thousandths)").format(quantity=said)
    figure.add_trace(_cells(values, relative, theme))
    if values.size <= MOST_MARKERS:
        by_index = dict(zip(indices.tolist(), names, strict=True))
        figure.add_trace(_markers(values, said, by_index, columns))
    else:
        _name_cells(figure, names, columns, said)
    figure.update_xaxes(title_text=_(_CHANNELS[order]), **channel_ticks(columns))
    figure.update_yaxes(**class_ticks(names))
    frame_cells(figure, said, values.shape)
    mark_channel(figure, columns, highlight)
    return figure


_CHANNELS = {
    "index": marked("channel"),
    "mean": marked("channel, sorted by the mean of all classes"),
    "cluster": marked("channel, sorted by likeness"),
}


def _places(
    pooled: ClassMoments, classes: Sequence[int] | None, order: Literal["index", "mean", "cluster"]
) -> tuple[Integers, Integers]:
    """Rows of the moments from the top, and channels from the left."""
    if classes is None:
        rows = np.arange(len(pooled.classes))
    else:
        found = (pooled.row(index) for index in classes)
        rows = np.array([row for row in found if row is not None], dtype=np.int64)
    columns = order_channels(pooled.mean[rows], pooled.overall_mean, order)
    if order == "cluster":
        rows = rows[by_similarity(pooled.mean[rows] - pooled.overall_mean)]
    return rows, columns


def _cells(values: npt.NDArray[np.float64], relative: bool, theme: Theme) -> go.Heatmap:
    thousandths = values.size > _MOST_FLOATS
    drawn = 1000 * values if thousandths else values
    colours: dict[str, Any] = {"colorscale": SEQUENTIAL, "colorbar": heat_bar()}
    if relative:
        # Blue and orange reach as far; a flat gate still has a scale.
        reach = float(np.abs(drawn).max(initial=0.0)) or 1e-3
        colours = {
            "colorscale": DIVERGING[theme],
            "zmin": -reach,
            "zmax": reach,
            "colorbar": heat_bar(reach),
        }
    return go.Heatmap(
        z=drawn.round().astype(np.int16) if thousandths else drawn.astype(np.float32),
        hoverinfo="skip",
        **colours,
    )


def _name_cells(figure: go.Figure, names: list[str], columns: Integers, said: str) -> None:
    """Let the cells themselves tell class and channel, which the axes then know as categories.

    Two classes of one name would be one category, so the second gets an invisible letter more.
    """
    seen: dict[str, int] = {}
    categories = []
    for name in map(safe, names):
        seen[name] = seen.get(name, -1) + 1
        categories.append(name + "\N{ZERO WIDTH SPACE}" * seen[name])
    figure.update_traces(
        x=[str(channel) for channel in columns],
        y=categories,
        hoverinfo=None,
        meta=[said],
        hovertemplate=_("<b>%{y}</b><br>channel %{x}<br>%{meta[0]} %{z:.3g}<extra></extra>"),
    )
    figure.update_xaxes(type="category")
    figure.update_yaxes(type="category")


def _markers(
    values: npt.NDArray[np.float64], said: str, names: dict[int, str], columns: Integers
) -> go.Scatter:
    row, column = (grid.ravel() for grid in np.indices(values.shape))
    classes = np.array(list(names), dtype=np.int64)
    said_names = [full(name) for name in names.values()]
    hidden = {"marker": {"opacity": 0}}
    return go.Scatter(
        x=column,
        y=row,
        mode="markers",
        marker={"symbol": "square", "size": 12, "opacity": 0},
        selected=hidden,
        unselected=hidden,
        showlegend=False,
        text=[said_names[place] for place in row],
        customdata=np.column_stack([classes[row], columns[column], values.ravel()]).astype(
            np.float32
        ),
        meta=[said],
        hovertemplate=_(
            "<b>%{text}</b><br>channel %{customdata[1]}<br>"
            "%{meta[0]} %{customdata[2]:.3g}<extra></extra>"
        ),
    )
