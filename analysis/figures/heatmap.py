"""Class × channel: which class opens which channel."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
import xarray as xr

from analysis.figures.canvas import (
    cells_layout,
    channel_ticks,
    class_ticks,
    empty_figure,
    full,
    heat_bar,
    mark_place,
)
from analysis.figures.palette import DIVERGING, SEQUENTIAL, Theme
from analysis.ordering import Order
from analysis.statistics import Cells, class_channel_cells
from analysis.words import _

MOST_MARKERS = 6_000
"""Markers that a browser draws as elements of the page, each with its text; more take WebGL."""

_CODES = 254
"""Many values travel as a byte each; 127 is in the middle of a scale around zero."""


def class_channel_heatmap(
    ds: xr.Dataset,
    gate: str,
    *,
    classes: Sequence[int] | None = None,
    relative: bool = True,
    order: Order = "index",
    highlight: int | None = None,
    cells: Cells | None = None,
    theme: Theme = "light",
) -> go.Figure:
    """The mean gate of each class and channel, by default less the mean of all classes.

    Plotly cannot select cells of a heat map, so an invisible marker lies over each, whose
    ``customdata`` begins with ``class, channel``. Where there are more cells than a screen can show
    (`analysis.statistics.class_channel_cells`), each stands for a group and shows its peak, and
    the marker has the class and the channel of that.

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
        cells: what `class_channel_cells` gave for these choices, where it is at hand.
        theme: ``light`` or ``dark``.

    Raises:
        InputError: where the store has no such gate or no labelled samples.
    """
    if cells is None:
        cells = class_channel_cells(ds, gate, classes=classes, relative=relative, order=order)
    names = _row_names(cells, ds["class"].values)
    rows, columns = cells.values.shape
    height = int(np.clip(22 * rows, 160, 600)) + 110
    said = _("mean gate, difference from all classes") if cells.relative else _("mean gate s")
    title = {"title": {"text": _TITLES[cells.order]()}}
    figure = empty_figure(
        theme=theme,
        height=height,
        revision=f"heatmap {gate} {cells.order}",
        **cells_layout(
            said,
            (rows, columns),
            x={**title, **channel_ticks(cells.channels[:: cells.width])},
            y=class_ticks(names),
        ),
    )
    if cells.values.size <= MOST_MARKERS and not cells.grouped:
        figure.add_traces([_heat(cells, theme, exact=True), _markers(cells, said, names)])
    else:
        figure.add_traces([_heat(cells, theme, exact=False), _light_markers(cells, said, names)])
        figure.update_yaxes(labelalias={str(row): full(name) for row, name in enumerate(names)})
    mark_place(figure, cells.column_of(highlight))
    return figure


_TITLES = {
    "index": lambda: _("channel"),
    "mean": lambda: _("channel, sorted by the mean of all classes"),
    "cluster": lambda: _("channel, sorted by likeness"),
}


def _row_names(cells: Cells, names: npt.NDArray[np.str_]) -> list[str]:
    """Of each row from the top: its class, or the first and the last of its group."""
    first = [str(name) for name in names[cells.classes[:: cells.height]]]
    if cells.height == 1:
        return first
    ends = np.minimum(np.arange(1, len(first) + 1) * cells.height, len(cells.classes)) - 1
    last = [str(name) for name in names[cells.classes[ends]]]
    return [f"{a} … {b}" if a != b else a for a, b in zip(first, last, strict=True)]


def _heat(cells: Cells, theme: Theme, *, exact: bool) -> dict[str, Any]:
    """The colours, a trace; exact values, or bytes that the scale's labels translate."""
    values = cells.values
    if cells.relative:
        # Blue and orange reach as far; a flat gate still has a scale.
        reach = float(np.abs(values).max(initial=0.0)) or 1e-3
        low, high, bar = -reach, reach, heat_bar(reach)
    else:
        low, high = float(values.min(initial=1.0)), float(values.max(initial=0.0))
        high = high if high > low else low + 1e-3
        bar = heat_bar()
    scale = DIVERGING[theme] if cells.relative else SEQUENTIAL
    trace = {"type": "heatmap", "colorscale": scale, "colorbar": bar, "hoverinfo": "skip"}
    if exact:
        around = {"zmin": low, "zmax": high} if cells.relative else {}
        return trace | {"z": values} | around
    codes = ((values - low) * (_CODES / (high - low))).round().astype(np.uint8)
    ends = [0, _CODES // 2, _CODES]
    bar |= {"tickvals": ends}
    if not cells.relative:
        digits = max(0, 1 - int(np.floor(np.log10(high - low))))  # two of what they differ by
        said = (low + (high - low) * end / _CODES for end in ends)
        bar |= {"ticktext": [f"{value:.{digits}f}" for value in said]}
    return trace | {"z": codes, "zmin": 0, "zmax": _CODES}


_HIDDEN = {"marker": {"opacity": 0}}


def _markers(cells: Cells, said: str, names: list[str]) -> dict[str, Any]:
    """A trace: each with its class as text."""
    row, column = (grid.ravel() for grid in np.indices(cells.values.shape))
    said_names = [full(name) for name in names]
    known = np.stack([cells.peak_class, cells.peak_channel, cells.values], axis=-1)
    return {
        "type": "scatter",
        "x": column,
        "y": row,
        "mode": "markers",
        "marker": {"symbol": "square", "size": 12, "opacity": 0},
        "selected": _HIDDEN,
        "unselected": _HIDDEN,
        "showlegend": False,
        "text": [said_names[place] for place in row],
        "customdata": known.reshape(-1, 3).astype(np.float32),
        "hovertemplate": _(
            "<b>%{{text}}</b><br>channel %{{customdata[1]}}<br>"
            "{said} %{{customdata[2]:.3g}}<extra></extra>"
        ).format(said=said),
    }


def _light_markers(cells: Cells, said: str, names: list[str]) -> dict[str, Any]:
    """A trace: some bytes each: classes are told by the axis, which knows a name for each row."""
    row, column = (grid.ravel() for grid in np.indices(cells.values.shape))
    template = _(
        "<b>%{{y}}</b><br>channel %{{customdata[1]}}<br>{said} %{{marker.color:.3g}}<extra></extra>"
    )
    if cells.grouped:
        template = _(
            "<b>%{{y}}</b><br>the peak of {classes} × {channels} cells: "
            "channel %{{customdata[1]}}<br>"
            "{said} %{{marker.color:.3g}}<extra></extra>"
        )
    known = np.stack([cells.peak_class, cells.peak_channel], axis=-1)
    return {
        "type": "scattergl",
        "x": column.astype(np.min_scalar_type(column.max(initial=0))),
        "y": row.astype(np.min_scalar_type(row.max(initial=0))),
        "mode": "markers",
        # The colours are not seen; they tell the values, in a third of what text would take.
        "marker": {"symbol": "square", "size": 5, "opacity": 0, "color": cells.values.ravel()},
        "selected": _HIDDEN,
        "unselected": _HIDDEN,
        "showlegend": False,
        "customdata": known.reshape(-1, 2).astype(np.int16),
        "hovertemplate": template.format(said=said, classes=cells.height, channels=cells.width),
    }
