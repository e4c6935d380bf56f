"""By depth: how much of the class can be read off the gates."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from analysis.figures.by_depth import depth_axis, depth_curve
from analysis.figures.canvas import empty_figure
from analysis.figures.palette import INK, Theme, class_style
from analysis.words import _


def probe_by_depth(
    stores: Sequence[tuple[str, pd.DataFrame]],
    *,
    own: Sequence[float | None] = (),
    theme: Theme = "light",
) -> go.Figure:
    """Accuracy of the linear probe at each gate, its 95 % interval as a band, and chance.

    Args:
        stores: each a name and the table of `analysis.statistics.probe_by_depth`.
        own: each network's own accuracy on its images, in [0, 1], drawn as a dashed line; None for
            one that has none.
        theme: ``light`` or ``dark``.
    """
    figure = empty_figure(theme=theme, height=380, revision="probe by depth")
    places = depth_axis(figure, [table for _, table in stores])
    for place, ((name, table), x) in enumerate(zip(stores, places, strict=True)):
        figure.add_traces(_curve(name, table, x, place, theme))
    ink = INK[theme]
    for chance in sorted({float(table["chance"].iloc[0]) for name, table in stores if len(table)}):
        figure.add_hline(
            100 * chance,
            line={"color": ink.zero, "width": 1, "dash": "dot"},
            annotation={
                "text": _("chance {percent:.3g} %").format(percent=100 * chance),
                "font": {"color": ink.muted},
            },
            annotation_position="top left",
        )
    for place, accuracy in enumerate(own):
        if accuracy is not None:
            color = class_style(place, theme).color
            figure.add_hline(
                100 * accuracy,
                line={"color": color, "width": 1, "dash": "dash"},
                annotation={"text": _("the network itself"), "font": {"color": color}},
                annotation_position="top left",
            )
    figure.update_yaxes(title_text=_("accuracy of a linear probe (%)"), rangemode="tozero")
    return figure


def _curve(
    name: str, table: pd.DataFrame, x: npt.NDArray[np.float64], place: int, theme: Theme
) -> list[go.Scatter]:
    percent = 100 * table[["accuracy", "low", "high", "worst", "best"]]
    band, line = depth_curve(
        x,
        percent["accuracy"],
        (percent["low"], percent["high"]),
        name=name,
        place=place,
        labels=table["label"],
        theme=theme,
    )
    line.customdata = np.column_stack(
        [percent[["low", "high", "worst", "best"]].to_numpy(), table["images"]]
    )
    line.hovertemplate = _(
        "<b>%{text}</b><br>%{meta[0]}<br>%{y:.1f} % right<br>"
        "95 % interval %{customdata[0]:.1f} to %{customdata[1]:.1f} %<br>"
        "folds %{customdata[2]:.1f} to %{customdata[3]:.1f} %<br>"
        "%{customdata[4]:,} images<extra></extra>"
    )
    return [band, line]
