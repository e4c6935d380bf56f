"""The mean gate of each channel, by class: one panel of the paper's figures 6 and 7."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
import xarray as xr

from analysis.figures.canvas import channel_ticks, empty_figure, full, mark_channel, short
from analysis.figures.palette import INK, Style, Theme, class_styles, faded
from analysis.ordering import order_channels
from analysis.statistics import ClassMoments, moments
from analysis.words import _

Integers = npt.NDArray[np.int64]
Array = npt.NDArray[np.float64]

ALL_CLASSES = -1
"""In a point's ``customdata``, the class of a point on the line of all classes."""

_MARKED = 130
"""Up to so many channels each point of a class has its marker; beyond, the lines alone are read."""


def uniform_channels(channels: int, n: int = 50) -> list[int]:
    """``n`` channels spread evenly over all of them, as in the paper's figures."""
    return [int(place) for place in np.unique(np.linspace(0, channels - 1, n).round())]


def excitation_by_class(
    ds: xr.Dataset,
    gate: str,
    classes: Sequence[int],
    *,
    order: Literal["index", "mean"] = "index",
    band: Literal["all", "classes", "none"] = "all",
    channels: Sequence[int] | int | None = None,
    highlight: int | None = None,
    pooled: ClassMoments | None = None,
    theme: Theme = "light",
) -> go.Figure:
    """Mean gate by channel: a line for each chosen class, and a grey one for all classes.

    Each point's ``customdata`` is ``[class, channel, standard deviation]``, with class -1 on the
    line of all classes.

    Args:
        ds: a store.
        gate: the gate's path.
        classes: places on the store's ``class`` dimension; those without samples are left out.
        order: channels as in the network, or sorted by the mean of all classes.
        band: ± 1 σ over the images of all classes, of each chosen class, or no band.
        channels: the channels to draw, or how many, spread evenly over all (the paper draws 50);
            None draws all.
        highlight: a channel to mark.
        pooled: the gate's `moments`, where they are at hand.
        theme: ``light`` or ``dark``.

    Raises:
        InputError: where the store has no such gate or no labelled samples.
    """
    pooled = moments(ds, gate) if pooled is None else pooled
    shown = shown_channels(pooled, order, channels)
    everything = overall_curve(pooled, theme)
    curves = class_curves(ds, pooled, classes, theme)
    title = _("channel") if order == "index" else _("channel, from the least to the most open")
    figure = empty_figure(
        theme=theme,
        height=420,
        revision=f"excitation {gate} {order}",
        xaxis={"title": {"text": title}, "showgrid": False, **channel_ticks(shown)},
        yaxis={"title": {"text": _("mean gate s")}},
    )
    banded = {"all": [everything], "classes": curves, "none": []}[band]
    traces = [curve_band(curve, shown) for curve in banded]
    figure.add_traces(traces + [curve_line(curve, shown) for curve in (everything, *curves)])
    mark_channel(figure, shown, highlight)
    return figure


@dataclass(frozen=True)
class Curve:
    """One class, or all: mean and standard deviation of each channel (C,)."""

    index: int
    name: str
    style: Style
    mean: Array
    std: Array


def overall_curve(pooled: ClassMoments, theme: Theme) -> Curve:
    """All classes together, in grey."""
    grey = Style(INK[theme].zero, "solid", "circle")
    return Curve(ALL_CLASSES, _("all classes"), grey, pooled.overall_mean, pooled.overall_std)


def class_curves(
    ds: xr.Dataset, pooled: ClassMoments, classes: Sequence[int], theme: Theme
) -> list[Curve]:
    """Those of the chosen classes that have samples."""
    names = ds["class"].values
    return [
        Curve(
            index,
            str(names[index]),
            style,
            pooled.mean[row],
            np.sqrt(pooled.variance[row]),
        )
        for index, style in zip(classes, class_styles(classes, theme), strict=True)
        if (row := pooled.row(index)) is not None
    ]


def shown_channels(
    pooled: ClassMoments, order: Literal["index", "mean"], channels: Sequence[int] | int | None
) -> Integers:
    """The channels from left to right."""
    ordered = order_channels(pooled.mean, pooled.overall_mean, order)
    if channels is None:
        return ordered
    if isinstance(channels, int):
        channels = uniform_channels(len(ordered), channels)
    return ordered[np.isin(ordered, list(channels))]


def curve_line(curve: Curve, channels: Integers) -> dict[str, Any]:
    """The mean gates at the places 0, 1, ..., a trace."""
    everything = curve.index == ALL_CLASSES
    marked = len(channels) <= _MARKED
    # A point can be clicked where it has a marker, be it invisible: the grey line's always have.
    opacity = 1 if marked and not everything else 0
    place = np.full(len(channels), curve.index)
    return {
        "type": "scatter",
        "x": np.arange(len(channels)),
        "y": curve.mean[channels].astype(np.float32),
        "mode": "lines+markers" if marked or everything else "lines",
        "line": curve.style.line(_width(everything, marked)),
        "marker": {"symbol": curve.style.marker, "size": 5 if marked else 9, "opacity": opacity},
        "unselected": {"marker": {"opacity": opacity}},
        "name": short(curve.name),
        "meta": [full(curve.name)],
        "legendgroup": str(curve.index),
        "customdata": np.column_stack([place, channels, curve.std[channels]]).astype(np.float32),
        "hovertemplate": _(
            "<b>%{meta[0]}</b><br>channel %{customdata[1]}<br>"
            "mean gate %{y:.3g} ± %{customdata[2]:.3g}<extra></extra>"
        ),
    }


def _width(everything: bool, marked: bool) -> float:
    """Thick for all classes; hair lines where there are so many channels that lines crowd."""
    return (2.5 if everything else 1.8) if marked else (1.6 if everything else 1.0)


def curve_band(curve: Curve, channels: Integers) -> dict[str, Any]:
    """From one standard deviation below the mean to one above, a trace."""
    x = np.arange(len(channels))
    mean, deviation = curve.mean[channels], curve.std[channels]
    return {
        "type": "scatter",
        "x": np.concatenate([x, x[::-1]]),
        "y": np.concatenate([mean + deviation, (mean - deviation)[::-1]]).astype(np.float32),
        "mode": "lines",
        "line": {"width": 0},
        "fill": "toself",
        "fillcolor": faded(curve.style.color, 0.18 if curve.index == ALL_CLASSES else 0.12),
        "hoverinfo": "skip",
        "showlegend": False,
        "legendgroup": str(curve.index),
    }
