"""By depth: where in the network gates come to tell the classes apart."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from analysis.figures.by_depth import depth_axis, depth_curve, hollow
from analysis.figures.canvas import empty_figure
from analysis.figures.palette import Theme, class_style
from analysis.statistics.separation import hardly_varies
from analysis.words import _


def separation_by_depth(
    stores: Sequence[tuple[str, pd.DataFrame]], *, theme: Theme = "light"
) -> go.Figure:
    """The median of η² over the channels of each gate, with the quartiles as a band.

    Stores with the same gates share their labels as ticks; where gates differ, x is the relative
    depth, from the first gate (0 %) to the last (100 %). Gates that hardly vary, of whose variation
    η² is a share all the same, are hollow points.

    Args:
        stores: each a name and the table of `analysis.statistics.separation_by_depth`.
        theme: ``light`` or ``dark``.
    """
    figure = empty_figure(theme=theme, height=380, revision="depth")
    places = depth_axis(figure, [table for _, table in stores])
    for place, ((name, table), x) in enumerate(zip(stores, places, strict=True)):
        figure.add_traces(_curve(name, table, x, place, theme))
    figure.update_yaxes(title_text=_("η²: variance explained by class"), rangemode="tozero")
    return figure


def _curve(
    name: str, table: pd.DataFrame, x: npt.NDArray[np.float64], place: int, theme: Theme
) -> list[go.Scatter]:
    band, line = depth_curve(
        x,
        table["eta2"],
        (table["q25"], table["q75"]),
        name=name,
        place=place,
        labels=table["label"],
        theme=theme,
    )
    hollow(line, hardly_varies(table), class_style(place, theme), theme)
    line.customdata = table[["depth", "q25", "q75", "share_separating"]].to_numpy()
    line.hovertemplate = _(
        "<b>%{text}</b><br>%{meta[0]}<br>median η² %{y:.3g}<br>"
        "quartiles %{customdata[1]:.3g} to %{customdata[2]:.3g}<br>"
        "%{customdata[3]:.3p} of the channels separate classes<extra></extra>"
    )
    return [band, line]
