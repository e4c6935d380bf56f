"""Whether networks are as sure as they are right."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from analysis.figures.canvas import empty_figure, full, short
from analysis.figures.palette import INK, Theme, class_style
from analysis.words import _


def reliability(curves: Sequence[tuple[str, pd.DataFrame]], *, theme: Theme = "light") -> go.Figure:
    """Accuracy against confidence, and below it how many images were so sure.

    On the dotted diagonal a network is as often right as it says; above it, it is too modest,
    below it too sure. Bins without images are left out.

    Args:
        curves: each a network's name and its table of `analysis.compare.reliability`.
        theme: ``light`` or ``dark``.
    """
    figure = empty_figure(theme=theme, height=480, revision="reliability")
    figure.set_subplots(
        rows=2, cols=1, shared_xaxes=True, row_heights=[0.76, 0.24], vertical_spacing=0.05
    )
    figure.add_trace(_diagonal(theme), row=1, col=1)
    for place, (name, table) in enumerate(curves):
        filled = table[table["count"] > 0]
        figure.add_trace(_curve(name, filled, place, theme), row=1, col=1)
        figure.add_trace(_counts(name, table, place, theme), row=2, col=1)
    ticks = {"range": [-2, 102], "tickvals": list(range(0, 101, 20))}
    figure.update_xaxes(**ticks)
    figure.update_xaxes(title_text=_("confidence (%)"), row=2)
    figure.update_yaxes(title_text=_("accuracy (%)"), row=1, **ticks)
    figure.update_yaxes(title_text=_("images (%)"), rangemode="tozero", nticks=4, row=2)
    figure.update_layout(barmode="group", bargap=0.15, bargroupgap=0)
    return figure


def _diagonal(theme: Theme) -> go.Scatter:
    return go.Scatter(
        x=[0, 100],
        y=[0, 100],
        mode="lines",
        line={"color": INK[theme].zero, "width": 1, "dash": "dot"},
        hoverinfo="skip",
        showlegend=False,
    )


def _curve(name: str, filled: pd.DataFrame, place: int, theme: Theme) -> go.Scatter:
    style = class_style(place, theme)
    accuracy = 100 * filled["accuracy"]
    low, high = 100 * filled["low"], 100 * filled["high"]
    return go.Scatter(
        x=100 * filled["confidence"],
        y=accuracy,
        error_y={
            "array": high - accuracy,
            "arrayminus": accuracy - low,
            "thickness": 1.5,
            "width": 0,
            "color": style.color,
        },
        mode="lines+markers",
        line=style.line(),
        marker={"symbol": style.marker, "size": 8},
        name=short(name, 40),
        meta=[full(name)],
        legendgroup=str(place),
        customdata=np.column_stack([filled["count"], low, high]),
        hovertemplate=_(
            "<b>%{meta[0]}</b><br>confidence %{x:.1f} %, accuracy %{y:.1f} %<br>"
            "95 % interval %{customdata[1]:.1f} to %{customdata[2]:.1f} %<br>"
            "%{customdata[0]:,} images<extra></extra>"
        ),
    )


def _counts(name: str, table: pd.DataFrame, place: int, theme: Theme) -> go.Bar:
    lower, upper = 100 * table["lower"], 100 * table["upper"]
    return go.Bar(
        x=(lower + upper) / 2,
        y=100 * table["count"] / max(int(table["count"].sum()), 1),
        marker={"color": class_style(place, theme).color, "line": {"width": 0}},
        showlegend=False,
        meta=[full(name)],
        legendgroup=str(place),
        customdata=np.column_stack([table["count"], lower, upper]),
        hovertemplate=_(
            "<b>%{meta[0]}</b><br>confidence %{customdata[1]:.0f} to "
            "%{customdata[2]:.0f} %<br>%{customdata[0]:,} images, %{y:.1f} %<extra></extra>"
        ),
    )
