"""One channel: how its gate is distributed within each class."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
import xarray as xr

from analysis.figures.canvas import class_ticks, empty_figure, full, short
from analysis.figures.palette import Style, Theme, class_styles, faded
from analysis.statistics import channel_values
from analysis.words import _

Values = npt.NDArray[np.float32]

_POINTS = 1_000
"""A class with more images is drawn from as many evenly spaced quantiles, which keep its shape."""

_BINS = 40


def channel_distribution(
    ds: xr.Dataset,
    gate: str,
    channel: int,
    classes: Sequence[int],
    *,
    form: Literal["ridgeline", "histogram"] = "ridgeline",
    values: Values | None = None,
    theme: Theme = "light",
) -> go.Figure:
    """The gate of one channel over the images of each chosen class.

    Args:
        ds: a store.
        gate: the gate's path.
        channel: the channel; its column is all that is read.
        classes: places on the store's ``class`` dimension, from the top; those without samples
            are left out.
        form: ``ridgeline``, a smoothed density for each class with its median and quartiles; or
            ``histogram``, the share of each class's images in 40 equal bins.
        values: the channel's `channel_values`, where they are at hand.
        theme: ``light`` or ``dark``.

    Raises:
        InputError: where the store has no such gate or channel.
    """
    values = channel_values(ds, gate, channel) if values is None else values
    groups = _groups(ds, values, classes, theme)
    revision = f"distribution {gate} {channel} {form}"
    title = {"text": _("gate s of channel {n}").format(n=channel)}
    if form == "histogram":
        shares = {"title": {"text": _("images of the class (%)")}, "rangemode": "tozero"}
        figure = empty_figure(
            theme=theme, height=360, revision=revision, xaxis={"title": title}, yaxis=shares
        )
        figure.add_traces(_histograms(groups, channel))
    else:
        height = int(np.clip(38 * len(groups), 160, 900)) + 90
        places = list(range(len(groups) - 1, -1, -1))  # the first class on top
        names = [group.name for group in groups]
        low, high = _span(groups)
        room = 0.04 * (high - low)
        figure = empty_figure(
            theme=theme,
            height=height,
            revision=revision,
            xaxis={"title": title, "range": [low - room, high + room]},
            yaxis={"showgrid": False, **class_ticks(names, places)},
        )
        placed = list(zip(groups, places, strict=True))
        figure.add_traces(
            [t for group, at in placed for t in (_ridge(group, at), _summary(group, at, channel))]
        )
    return figure


@dataclass(frozen=True)
class _Group:
    """The images of one class: ``values`` (N,) are the channel's gates."""

    index: int
    name: str
    style: Style
    values: Values


def _groups(ds: xr.Dataset, column: Values, classes: Sequence[int], theme: Theme) -> list[_Group]:
    names, labels = ds["class"].values, ds["label"].values  # sorted: a class is one slice
    groups = []
    for index, style in zip(classes, class_styles(classes, theme), strict=True):
        start, stop = np.searchsorted(labels, [index, index + 1])
        groups.append(_Group(index, str(names[index]), style, column[start:stop]))
    return [group for group in groups if len(group.values)]


def _span(groups: Sequence[_Group]) -> tuple[float, float]:
    """The least and the greatest gate; a little around it where a channel never varies."""
    low = min((float(group.values.min()) for group in groups), default=0.0)
    high = max((float(group.values.max()) for group in groups), default=1.0)
    return (low, high) if high - low > 1e-6 else (low - 0.05, high + 0.05)


def _ridge(group: _Group, place: int) -> dict[str, Any]:
    values = group.values
    if len(values) > _POINTS:
        values = np.quantile(values, np.linspace(0, 1, _POINTS)).astype(np.float32)
    return {
        "type": "violin",
        "x": values,
        "y0": place,
        "orientation": "h",
        "side": "positive",
        "width": 1.6,
        "points": False,
        "spanmode": "hard",
        "line": {"color": group.style.color, "width": 1.2},
        "fillcolor": faded(group.style.color, 0.35),
        "hoverinfo": "skip",
        "showlegend": False,
    }


def _summary(group: _Group, place: int, channel: int) -> dict[str, Any]:
    """The median as a marker, with a bar from one quartile to the other."""
    q25, median, q75 = np.quantile(group.values.astype(np.float64), [0.25, 0.5, 0.75])
    return {
        "type": "scatter",
        "x": [median],
        "y": [place],
        "error_x": {
            "array": [q75 - median],
            "arrayminus": [median - q25],
            "width": 0,
            "thickness": 3,
        },
        "mode": "markers",
        "marker": {"color": group.style.color, "symbol": group.style.marker, "size": 9},
        "showlegend": False,
        "meta": [full(group.name)],
        "customdata": [[group.index, channel, q25, q75, len(group.values)]],
        "hovertemplate": _(
            "<b>%{meta[0]}</b><br>channel %{customdata[1]}<br>median %{x:.3g}<br>"
            "quartiles %{customdata[2]:.3g} to %{customdata[3]:.3g}<br>"
            "%{customdata[4]:,} images<extra></extra>"
        ),
    }


def _histograms(groups: Sequence[_Group], channel: int) -> list[dict[str, Any]]:
    """Outlines, since ten filled histograms would hide each other."""
    edges = np.linspace(*_span(groups), _BINS + 1)
    traces = []
    for group in groups:
        share = 100 * np.histogram(group.values, edges)[0] / len(group.values)
        traces.append(
            {
                "type": "scatter",
                # Up from the ground and back down to it, so that the outline closes.
                "x": np.concatenate([edges[:1], edges]),
                "y": np.concatenate([[0.0], share, [0.0]]),
                "mode": "lines",
                "line": {**group.style.line(1.8), "shape": "hv"},
                "name": short(group.name),
                "meta": [full(group.name)],
                "customdata": np.tile([group.index, channel], (_BINS + 2, 1)),
                "hovertemplate": _(
                    "<b>%{meta[0]}</b><br>channel %{customdata[1]}<br>"
                    "gate from %{x:.3g}<br>%{y:.3g} % of the images<extra></extra>"
                ),
            }
        )
    return traces
