"""By depth: where in the network gates come to tell the classes apart."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from analysis.figures.canvas import empty_figure, full, safe, short
from analysis.figures.palette import Theme, class_style, faded


def separation_by_depth(
    stores: Sequence[tuple[str, pd.DataFrame]], *, theme: Theme = "light"
) -> go.Figure:
    """The median of η² over the channels of each gate, with the quartiles as a band.

    Stores with the same gates share their labels as ticks; where gates differ, x is the relative
    depth, from the first gate (0 %) to the last (100 %).

    Args:
        stores: each a name and the table of `analysis.statistics.separation_by_depth`.
        theme: ``light`` or ``dark``.
    """
    figure = empty_figure(theme=theme, height=380, revision="depth")
    labels = [list(table["label"]) for _, table in stores]
    same = all(found == labels[0] for found in labels)
    for place, (name, table) in enumerate(stores):
        depth = table["depth"].to_numpy(dtype=np.float64)
        x = depth if same else 100 * (depth - 1) / np.maximum(depth.max() - 1, 1)
        figure.add_traces(_curve(name, table, x, place, theme))
    if same and labels:
        ticks = list(range(1, len(labels[0]) + 1))
        figure.update_xaxes(
            title_text="gate, from the input to the output",
            tickmode="array",
            tickvals=ticks,
            ticktext=[safe(label) for label in labels[0]],
        )
    else:
        figure.update_xaxes(title_text="depth: first gate to last (%)")
    figure.update_yaxes(title_text="η²: variance explained by class", rangemode="tozero")
    return figure


def _curve(
    name: str, table: pd.DataFrame, x: npt.NDArray[np.float64], place: int, theme: Theme
) -> list[go.Scatter]:
    style = class_style(place, theme)
    band = go.Scatter(
        x=np.concatenate([x, x[::-1]]),
        y=np.concatenate([table["q75"], table["q25"][::-1]]),
        mode="lines",
        line={"width": 0},
        fill="toself",
        fillcolor=faded(style.color, 0.16),
        hoverinfo="skip",
        showlegend=False,
        legendgroup=str(place),
    )
    line = go.Scatter(
        x=x,
        y=table["eta2"],
        mode="lines+markers",
        line=style.line(),
        marker={"symbol": style.marker, "size": 8},
        name=short(name, 40),
        meta=[full(name)],
        legendgroup=str(place),
        text=[safe(label) for label in table["label"]],
        customdata=table[["depth", "q25", "q75", "share_separating"]].to_numpy(),
        hovertemplate="<b>%{text}</b><br>%{meta[0]}<br>median η² %{y:.3g}<br>"
        "quartiles %{customdata[1]:.3g} to %{customdata[2]:.3g}<br>"
        "%{customdata[3]:.3p} of the channels separate classes<extra></extra>",
    )
    return [band, line]
