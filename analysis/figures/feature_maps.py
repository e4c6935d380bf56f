"""The feature maps of one image as a grid of small images."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from analysis.figures.canvas import empty_figure, safe
from analysis.figures.palette import DIVERGING, INK, Theme
from analysis.words import _

Floats = npt.NDArray[np.floating[Any]]
Integers = npt.NDArray[np.int64]

_SIDE = 32
"""A map is averaged down to as many pixels: more than its place on a page has."""

_GAP, _HEAD = 0.06, 0.3
"""Between maps, and above each for its number, in sides of a map."""


def feature_maps(
    maps: Floats,
    channels: Sequence[int] | Integers,
    *,
    reach: float,
    columns: int = 4,
    names: Sequence[str] | None = None,
    highlight: int | None = None,
    height: int = 300,
    theme: Theme = "light",
) -> go.Figure:
    """Maps as a grid of small images on one colour scale around zero.

    A map has an invisible point, with ``customdata`` ``[-1, channel, mean, least, greatest]``,
    which is what is pointed at and clicked.

    Args:
        maps: (n, H, W).
        channels: (n,), their numbers.
        reach: the value of the strongest colours on both sides of zero.
        columns: how many maps stand in a row.
        names: (n,), what stands above each; the number of its channel where None.
        highlight: a channel to frame.
        height: pixels.
        theme: ``light`` or ``dark``.
    """
    small = _averaged(np.asarray(maps, dtype=np.float32))
    numbers = [int(channel) for channel in channels]
    rows = max(1, -(-len(small) // columns))
    corners = [_corner(place, columns) for place in range(len(small))]
    figure = empty_figure(theme=theme, height=height, revision="maps")
    figure.add_traces(
        [
            _mosaic(small, columns, reach=reach or 1e-6, theme=theme),
            _points(np.asarray(maps), numbers, corners, 0.7 * height / (rows * (1 + _HEAD))),
            _names(names or [str(n) for n in numbers], numbers, corners, highlight, theme),
        ]
    )
    bare: dict[str, Any] = {"visible": False, "constrain": "domain", "fixedrange": True}
    width, depth = columns * (1 + _GAP) - _GAP, rows * (1 + _HEAD)
    framed = [corners[place] for place, channel in enumerate(numbers) if channel == highlight]
    line = {"color": INK[theme].text, "width": 2}
    # All at once, and numbers as one trace: Plotly takes its time for each change of a layout.
    figure.update_layout(
        xaxis={"range": [-0.03, width + 0.03], **bare},
        yaxis={"range": [depth - _HEAD + 0.03, -_HEAD], "scaleanchor": "x", **bare},
        margin={"l": 2, "r": 2, "t": 4, "b": 30},
        shapes=[
            {"type": "rect", "x0": x, "x1": x + 1, "y0": y, "y1": y + 1, "line": line}
            for x, y in framed
        ],
        hoverdistance=-1,
        showlegend=False,
    )
    return figure


def reach_of(maps: Floats) -> float:
    """Where the colours of maps end: half a per cent of the positions are stronger."""
    return float(np.percentile(np.abs(maps), 99.5))


def squeezed_maps(
    maps: Floats,
    squeezed: Floats,
    channels: Sequence[int] | Integers,
    *,
    reach: float,
    height: int = 300,
    theme: Theme = "light",
) -> go.Figure:
    """Maps in a row, and below each what the squeeze leaves of it: its z all over.

    Args:
        maps: (n, H, W).
        squeezed: (n,), the z of each.
        channels: (n,), their numbers.
        reach: the value of the strongest colours on both sides of zero.
        height: pixels.
        theme: ``light`` or ``dark``.
    """
    left = np.broadcast_to(np.asarray(squeezed)[:, None, None], np.shape(maps))
    numbers = [int(channel) for channel in channels]
    above = [_("channel {channel}").format(channel=channel) for channel in numbers]
    below = [f"z = {value:z.2f}".replace("-", "−") for value in squeezed]
    return feature_maps(
        np.concatenate([maps, left]),
        [*numbers, *numbers],
        reach=reach,
        columns=len(numbers),
        names=[*above, *below],
        height=height,
        theme=theme,
    )


def _averaged(maps: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    """Maps of at most 32 x 32: means of whole squares of pixels; what is over at the end stays."""
    _count, height, width = maps.shape
    step = max(1, -(-max(height, width) // _SIDE))
    if step == 1:
        return maps
    rows, columns = np.arange(0, height, step), np.arange(0, width, step)
    sums = np.add.reduceat(np.add.reduceat(maps, rows, axis=1), columns, axis=2)
    sizes = np.outer(np.diff([*rows, height]), np.diff([*columns, width]))
    return np.asarray(sums / sizes, dtype=np.float32)


def _corner(place: int, columns: int) -> tuple[float, float]:
    """The upper left corner of a map, in sides of a map."""
    row, column = divmod(place, columns)
    return column * (1 + _GAP), row * (1 + _HEAD)


def _mosaic(maps: Floats, columns: int, *, reach: float, theme: Theme) -> go.Heatmap:
    """All maps as one heat map whose cells between them are empty."""
    count, height, width = maps.shape
    rows = max(1, -(-count // columns))
    shape = (rows * (height + 1) - 1, columns * (width + 1) - 1)
    cells = np.full(shape, np.nan, np.float32)
    for place in range(count):
        row, column = divmod(place, columns)
        y, x = row * (height + 1), column * (width + 1)
        cells[y : y + height, x : x + width] = maps[place]
    return go.Heatmap(
        z=cells,
        x=_edges(columns, width, _GAP),
        y=_edges(rows, height, _HEAD),
        zmin=-reach,
        zmax=reach,
        colorscale=DIVERGING[theme],
        hoverinfo="skip",
        colorbar={
            "orientation": "h",
            "y": 0,
            "yanchor": "top",
            "ypad": 4,
            "xpad": 0,
            "len": 0.8,  # beside it half of a label has room
            "ticklabeloverflow": "allow",  # else Plotly hides a label that does not fit
            "tickangle": 0,
            "thickness": 6,
            "outlinewidth": 0,
            "tickvals": [-0.999 * reach, 0, 0.999 * reach],  # the ends may round away
            "ticktext": [f"−{reach:.2g}", "0", f"+{reach:.2g}"],
            "tickfont": {"size": 11},
        },
    )


def _edges(tiles: int, cells: int, gap: float) -> Floats:
    """Where the cells of a row of tiles begin and end; between tiles lies one cell, the gap."""
    within = np.arange(cells + 1) / cells
    return np.concatenate([tile * (1 + gap) + within for tile in range(tiles)])


def _points(
    maps: Floats, channels: list[int], corners: list[tuple[float, float]], size: float
) -> go.Scatter:
    """What is pointed at and clicked: an invisible square on each map."""
    spans = np.column_stack([maps.mean((1, 2)), maps.min((1, 2)), maps.max((1, 2))])
    return go.Scatter(
        x=[x + 0.5 for x, _y in corners],
        y=[y + 0.5 for _x, y in corners],
        mode="markers",
        marker={"symbol": "square", "size": size, "opacity": 0},
        unselected={"marker": {"opacity": 0}},
        customdata=[
            [-1, channel, *(float(f"{value:.3g}") for value in span)]
            for channel, span in zip(channels, spans, strict=True)
        ],
        hovertemplate=_(
            "channel %{customdata[1]}<br>mean %{customdata[2]}, "
            "from %{customdata[3]} to %{customdata[4]}<extra></extra>"
        ),
    )


def _names(
    names: Sequence[str],
    channels: list[int],
    corners: list[tuple[float, float]],
    highlight: int | None,
    theme: Theme,
) -> go.Scatter:
    """The name of each map, above its left corner."""
    ink = INK[theme]
    return go.Scatter(
        x=[x for x, _y in corners],
        y=[y for _x, y in corners],
        mode="text",
        text=[
            f"<b>{safe(name)}</b>" if channel == highlight else safe(name)
            for name, channel in zip(names, channels, strict=True)
        ],
        textposition="top right",
        textfont={
            "size": 10,
            "color": [ink.text if c == highlight else ink.muted for c in channels],
        },
        cliponaxis=False,
        hoverinfo="skip",
    )
