"""What the bottleneck saves: the weights of each block's two layers against one full layer."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from analysis.figures.by_depth import depth_axis
from analysis.figures.canvas import empty_figure, safe
from analysis.figures.palette import Theme, class_style
from analysis.words import _


def gate_weights(table: pd.DataFrame, *, theme: Theme = "light") -> go.Figure:
    """Two bars a block on a logarithmic axis: 2 C · hidden, and C².

    Args:
        table: of `analysis.lessons.weights_by_depth`.
        theme: ``light`` or ``dark``.
    """
    figure = empty_figure(theme=theme, height=360, revision="gate weights")
    (x,) = depth_axis(figure, [table.assign(depth=range(1, len(table) + 1))])
    columns = {"bottleneck": _("two layers with a bottleneck"), "square": _("one full layer")}
    for place, (column, name) in enumerate(columns.items()):
        figure.add_trace(
            go.Bar(
                x=x,
                y=table[column],
                name=name,
                marker={
                    "color": class_style(place, theme).color,
                    "pattern": {"shape": "/" if place else "", "fillmode": "overlay"},
                },
                text=[safe(label) for label in table["label"]],
                textposition="none",
                customdata=table[["channels", "hidden"]].to_numpy(),
                hovertemplate=_(
                    "<b>%{text}</b><br>%{y:,} weights<br>%{customdata[0]:,} channels, "
                    "%{customdata[1]:,} hidden units"
                )
                + f"<extra>{name}</extra>",
            )
        )
    weights = table[list(columns)].to_numpy()
    figure.update_yaxes(
        title_text=_("weights"),
        type="log",
        dtick="D2",  # at 1, 2 and 5 of each power of ten
        tickformat=",",
        range=[np.log10(0.7 * weights.min()), np.log10(1.3 * weights.max())],
    )
    return figure
