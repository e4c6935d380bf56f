"""By block: how large the gates are, and how much they vary over images."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from analysis.figures.by_depth import depth_axis, depth_band
from analysis.figures.canvas import empty_figure, safe
from analysis.figures.palette import Theme, class_style
from analysis.words import _, marked

_LINES = {
    "mean": marked("mean gate"),
    "std": marked("standard deviation over images"),
}


def gate_variation(table: pd.DataFrame, *, theme: Theme = "light") -> go.Figure:
    """Two lines by block, each the median over channels, with a band from quartile to quartile.

    Args:
        table: of `analysis.statistics.variation_by_depth`.
        theme: ``light`` or ``dark``.
    """
    figure = empty_figure(theme=theme, height=380, revision="variation")
    (x,) = depth_axis(figure, [table])
    for place, (column, words) in enumerate(_LINES.items()):
        style = class_style(place, theme)
        low, high = table[f"{column}_low"], table[f"{column}_high"]
        figure.add_trace(depth_band(x, low, high, style))
        figure.add_scatter(
            x=x,
            y=table[column],
            mode="lines+markers",
            line=style.line(),
            marker={"symbol": style.marker, "size": 7},
            name=_(words),
            text=[safe(label) for label in table["label"]],
            customdata=np.stack([low, high, table["channels"]], axis=1),
            hovertemplate="<b>%{text}</b><br>"
            + _("{name}: {value}, quartiles {low} to {high}").format(
                name=_(words),
                value="%{y:.3f}",
                low="%{customdata[0]:.3f}",
                high="%{customdata[1]:.3f}",
            )
            + "<extra></extra>",
        )
    figure.update_yaxes(title_text=_("gate"), rangemode="tozero")
    return figure
