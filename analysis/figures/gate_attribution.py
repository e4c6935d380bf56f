"""The gates of one block: which of them speak for a class, and how far they are from its mean."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from analysis.figures.canvas import empty_figure
from analysis.figures.palette import INK, Theme, class_style
from analysis.words import _


def gate_attribution(table: pd.DataFrame, *, limit: int = 24, theme: Theme = "light") -> go.Figure:
    """The channels with the largest attributions: gate against class mean, and attribution.

    Left, from the class's mean (hollow) to the gate of this image (filled); right, what that
    distance does to the class's logit.

    Args:
        table: of `analysis.attribution.gate_attribution`.
        limit: how many channels are drawn, the largest attribution on top, whatever its sign.
        theme: ``light`` or ``dark``.
    """
    shown = table.sort_values("rank", kind="stable").head(limit)
    figure = _beside(shown, "attribution", "gate attribution", theme)
    figure.update_xaxes(title_text=_("attribution (logits)"), exponentformat="power", col=2)
    figure.data[-1].hovertemplate = _(
        "channel %{customdata[0]}<br>attribution %{x:+.3g}<br>"
        "gate %{customdata[1]:.3f}, class mean %{customdata[2]:.3f}<extra></extra>"
    )
    return figure


def gate_distance(table: pd.DataFrame, *, limit: int = 24, theme: Theme = "light") -> go.Figure:
    """The channels whose gates are farthest from the mean of the image's class.

    Left, from the class's mean (hollow) to the gate of this image (filled); right, that distance
    in standard deviations of the class.

    Args:
        table: of `analysis.statistics.image_gates`.
        limit: how many channels are drawn, the farthest on top, whatever its sign.
        theme: ``light`` or ``dark``.
    """
    shown = table.sort_values("rank", kind="stable").head(limit)
    figure = _beside(shown, "distance", "gate distance", theme)
    figure.update_xaxes(title_text=_("distance (σ of the class)"), col=2)
    figure.data[-1].hovertemplate = _(
        "channel %{customdata[0]}<br>%{x:+.2f} σ<br>"
        "gate %{customdata[1]:.3f}, class mean %{customdata[2]:.3f}<extra></extra>"
    )
    return figure


def _beside(shown: pd.DataFrame, said: str, revision: str, theme: Theme) -> go.Figure:
    """Gates against class means, and beside them the column ``said`` as bars, the last trace."""
    place = np.arange(len(shown) - 1, -1, -1)
    height = max(20 * len(shown), 120) + 120
    figure = empty_figure(theme=theme, height=height, revision=revision)
    figure.set_subplots(rows=1, cols=2, shared_yaxes=True, horizontal_spacing=0.04)
    figure.add_traces(_gates(shown, place, theme), rows=1, cols=1)
    figure.add_trace(_bars(shown, said, place, theme), row=1, col=2)
    figure.add_vline(0, line_width=1, line_color=INK[theme].zero, col=2)
    figure.update_xaxes(title_text=_("gate s"), col=1)
    figure.update_yaxes(
        range=[-0.7, len(shown) - 0.3],
        showgrid=False,
        tickmode="array",
        tickvals=place,
        ticktext=[str(channel) for channel in shown["channel"]],
    )
    figure.update_yaxes(title_text=_("channel"), col=1)
    return figure


def _gates(shown: pd.DataFrame, place: np.ndarray, theme: Theme) -> list[go.Scatter]:
    color, muted = INK[theme].text, INK[theme].zero
    own, mean = shown["gate"].to_numpy(), shown["class_mean"].to_numpy()
    gaps = np.full(len(shown), np.nan)
    return [
        go.Scatter(
            x=np.column_stack([mean, own, gaps]).ravel(),
            y=np.column_stack([place, place, gaps]).ravel(),
            mode="lines",
            line={"color": muted, "width": 2},
            hoverinfo="skip",
            showlegend=False,
        ),
        go.Scatter(
            x=mean,
            y=place,
            mode="markers",
            name=_("class mean"),
            marker={"symbol": "circle-open", "size": 8, "color": muted, "line": {"width": 2}},
            customdata=shown[["channel"]].to_numpy(),
            hovertemplate=_("channel %{customdata[0]}<br>class mean %{x:.3f}<extra></extra>"),
        ),
        go.Scatter(
            x=own,
            y=place,
            mode="markers",
            name=_("this image"),
            marker={"symbol": "circle", "size": 8, "color": color},
            customdata=shown[["channel"]].to_numpy(),
            hovertemplate=_("channel %{customdata[0]}<br>gate %{x:.3f}<extra></extra>"),
        ),
    ]


def _bars(shown: pd.DataFrame, said: str, place: np.ndarray, theme: Theme) -> go.Bar:
    above, below = (class_style(index, theme).color for index in (1, 0))
    return go.Bar(
        x=shown[said],
        y=place,
        orientation="h",
        showlegend=False,
        marker={"color": np.where(shown[said] > 0, above, below), "line": {"width": 0}},
        customdata=shown[["channel", "gate", "class_mean"]].to_numpy(),
    )
