"""Which channels a block opens and shuts for one class."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from analysis.figures.canvas import empty_figure, full, short, zero_line
from analysis.figures.palette import INK, Theme, class_style
from analysis.statistics import SIGNIFICANCE
from analysis.words import _


def channel_ranking(
    table: pd.DataFrame, name: str, *, limit: int = 20, theme: Theme = "light"
) -> go.Figure:
    """The channels with the largest effects as bars, the most opened on top.

    Bars in grey are of channels that chance alone may have moved (corrected p of 0.05 or more).

    Args:
        table: of `analysis.statistics.channel_ranking`.
        name: of its class.
        limit: how many channels.
        theme: ``light`` or ``dark``.
    """
    shown = table.head(limit).sort_values("effect", ascending=False, kind="stable")
    effect = shown["effect"].to_numpy(np.float64)
    finite = np.abs(effect[np.isfinite(effect)]).max(initial=1.0)
    drawn = effect.clip(-1.15 * finite, 1.15 * finite)
    sure = (shown["p"] < SIGNIFICANCE).to_numpy()
    ink = INK[theme]
    figure = empty_figure(theme=theme, height=24 * len(shown) + 110, revision="ranking")
    zero_line(figure, theme)
    for own, said, color in (
        (sure & (effect > 0), _("opened"), class_style(1, theme).color),
        (sure & (effect <= 0), _("shut"), class_style(0, theme).color),
        (~sure, _("undecided"), ink.zero),
    ):
        if own.any():
            rows = shown[own]
            figure.add_trace(
                go.Bar(
                    x=drawn[own],
                    y=np.flatnonzero(own),
                    orientation="h",
                    name=said,
                    meta=[full(name)],
                    marker={"color": color, "line": {"width": 0}},
                    customdata=rows[["channel", "mean", "rest", "effect", "p"]].to_numpy(),
                    hovertemplate=_(
                        "<b>channel %{customdata[0]}</b><br>%{meta[0]}: mean gate "
                        "%{customdata[1]:.3g}<br>all others: %{customdata[2]:.3g}<br>"
                        "effect %{customdata[3]:+.2f} σ, p %{customdata[4]:.2g}, corrected"
                        "<extra></extra>"
                    ),
                )
            )
    figure.update_layout(barmode="overlay", bargap=0.25)
    title = _("{name} less all others<br>(standard deviations)").format(name=short(name, 30))
    figure.update_xaxes(title_text=title)
    figure.update_yaxes(
        title_text=_("channel"),
        autorange="reversed",
        showgrid=False,
        tickmode="array",
        tickvals=list(range(len(shown))),
        ticktext=[str(channel) for channel in shown["channel"]],
    )
    return figure
