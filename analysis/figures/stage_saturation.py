"""Which stages have gates near their ends: a bar a stage, and its blocks as dots."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from analysis.figures.canvas import empty_figure, safe
from analysis.figures.palette import Theme, class_style
from analysis.words import _

_WIDTH = 0.6  # of a bar; the dots of its blocks span less


def stage_saturation(table: pd.DataFrame, *, theme: Theme = "light") -> go.Figure:
    """The share of gate values under 0.1 and over 0.9, stacked: a stage's mean over its blocks.

    Args:
        table: of `analysis.lessons.saturation_by_depth`.
        theme: ``light`` or ``dark``.
    """
    figure = empty_figure(theme=theme, height=360, revision="stage saturation")
    stages = table.groupby("stage", sort=False)[["low", "high"]].mean()
    names = [_("stage {stage}").format(stage=s) if s.isdecimal() else safe(s) for s in stages.index]
    said = {"low": _("under 0.1, nearly shut"), "high": _("over 0.9, nearly open")}
    for place, (column, name) in enumerate(said.items()):
        figure.add_trace(
            go.Bar(
                x=np.arange(len(stages)),
                y=100 * stages[column],
                width=_WIDTH,
                name=name,
                marker={
                    "color": class_style(place, theme).color,
                    "pattern": {"shape": "/" if place else "", "fillmode": "overlay"},
                },
                text=names,
                textposition="none",
                hovertemplate=f"<b>%{{text}}</b><br>{name}: %{{y:.3g}} %<extra></extra>",
            )
        )
    figure.add_trace(_blocks(table, theme))
    figure.update_layout(barmode="stack")
    figure.update_xaxes(
        tickmode="array",
        tickvals=list(range(len(stages))),
        ticktext=names,
        autotickangles=[0, -90],
        ticklabelstandoff=6,  # clear of dots at 0
        range=[-0.6, len(stages) - 0.4],
    )
    figure.update_yaxes(
        title_text=_("share of gate values (%)"),
        rangemode="tozero",
        autorangeoptions={"include": [0, 1]},
    )
    return figure


def _blocks(table: pd.DataFrame, theme: Theme) -> go.Scatter:
    """A dot a block, beside one another over the bar of their stage: both shares together."""
    order = table.groupby("stage", sort=False)
    own = order["low"].transform("size")
    across = (order.cumcount() + 0.5) / own - 0.5
    return go.Scatter(
        x=order.ngroup() + 0.8 * _WIDTH * across,
        y=100 * (table["low"] + table["high"]),
        mode="markers",
        cliponaxis=False,
        name=_("a block: both together"),
        marker={"color": class_style(2, theme).color, "symbol": "diamond", "size": 9},
        text=[safe(label) for label in table["label"]],
        hovertemplate="<b>%{text}</b><br>%{y:.3g} %<extra></extra>",
    )
