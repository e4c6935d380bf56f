"""By depth: how open, how varied and how saturated the gates are."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from analysis.figures.by_depth import depth_axis
from analysis.figures.canvas import empty_figure, full, safe, short
from analysis.figures.palette import Theme, class_style
from analysis.words import _, marked

Kind = Literal["saturation", "dead", "entropy", "dimension", "spread"]

# What a kind draws: columns of the table with their names, the y axis, and its factor.
_KINDS: dict[Kind, tuple[dict[str, str], str, float]] = {
    "saturation": (
        {"high": marked("over 0.9, nearly open"), "low": marked("under 0.1, nearly shut")},
        marked("share of gates (%)"),
        100.0,
    ),
    "dead": (
        {
            "never_varies": marked("never vary"),
            "never_shuts": marked("never shut"),
            "never_opens": marked("never open"),
        },
        marked("share of channels (%)"),
        100.0,
    ),
    "entropy": ({"entropy": marked("entropy")}, marked("entropy of a channel's gate (bits)"), 1.0),
    "dimension": (
        {"dimension": marked("over images"), "dimension_classes": marked("over class means")},
        marked("effective dimension"),
        1.0,
    ),
    "spread": (
        {"within": marked("within a class"), "between": marked("between class means")},
        marked("standard deviation of the gate"),
        1.0,
    ),
}


def profile_by_depth(
    stores: Sequence[tuple[str, pd.DataFrame]],
    kind: Kind = "saturation",
    *,
    theme: Theme = "light",
) -> go.Figure:
    """A line a measure along the gates of each network.

    One network's measures have a colour each; of several, a network has one colour, and the dash
    tells the measure.

    Args:
        stores: each a name and the table of `analysis.statistics.profile_by_depth`.
        kind: ``saturation`` (gates under 0.1 and over 0.9), ``dead`` (channels that never vary,
            shut or open), ``entropy``, ``dimension`` (effective, over images and class means) or
            ``spread`` (within classes and between them).
        theme: ``light`` or ``dark``.
    """
    figure = empty_figure(theme=theme, height=320, revision=f"profile {kind}")
    measures, title, factor = _KINDS[kind]
    alone = len(stores) == 1
    places = depth_axis(figure, [table for _, table in stores])
    for store, ((name, table), x) in enumerate(zip(stores, places, strict=True)):
        for measure, (column, words) in enumerate(measures.items()):
            said = _(words)
            line = _line(table, x, factor * table[column].to_numpy(dtype=np.float64), said)
            style = class_style(measure if alone else store, theme)
            dash = class_style(8 * measure, theme).dash
            line.line = style.line() if alone else {**style.line(), "dash": dash}
            line.marker = {"symbol": class_style(measure, theme).marker, "size": 8}
            line.meta = [full(name), said]
            if not alone:
                both = _("{0}, {1}").format(short(name, 24), said)
                line.name = short(name, 40) if len(measures) == 1 else both
            figure.add_trace(line)
    figure.update_yaxes(title_text=_(title), rangemode="tozero")
    if factor == 100:
        # Some hundredths of a per cent are nothing, and look it.
        figure.update_yaxes(autorangeoptions={"include": [0, 5]})
    return figure


def _line(
    table: pd.DataFrame, x: npt.NDArray[np.float64], y: npt.NDArray[np.float64], words: str
) -> go.Scatter:
    return go.Scatter(
        x=x,
        y=y,
        mode="lines+markers",
        name=words,
        text=[safe(label) for label in table["label"]],
        customdata=table[["depth", "channels"]].to_numpy(),
        hovertemplate=_(
            "<b>%{text}</b><br>%{meta[0]}<br>%{meta[1]}: %{y:.3g}<br>"
            "%{customdata[1]:,} channels<extra></extra>"
        ),
    )
