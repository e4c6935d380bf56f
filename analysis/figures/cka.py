"""Which blocks arrange the images alike."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from analysis.figures.canvas import cells_layout, class_ticks, empty_figure, heat_bar, safe, short
from analysis.figures.palette import INK, SEQUENTIAL, Theme
from analysis.words import _

_NUMBERED = 16
"""Up to so many blocks a side each cell says its number."""


def cka_matrix(
    table: pd.DataFrame,
    *,
    names: tuple[str, str] | None = None,
    theme: Theme = "light",
) -> go.Figure:
    """CKA of every block (a row, the first on top) with every other, or with a second network's.

    Args:
        table: of `analysis.statistics.cka_matrix`.
        names: what the networks of the rows and of the columns are called; None for one network.
        theme: ``light`` or ``dark``.
    """
    values = table.to_numpy(np.float64)
    rows, columns = ([str(label) for label in axis] for axis in (table.index, table.columns))
    height = int(np.clip(30 * len(rows), 160, 720)) + 130
    titles = [_("gates of {name}").format(name=short(name, 40)) for name in names or ()]
    down, across = [{"title": {"text": title}} for title in titles] or [{}, {}]
    figure = empty_figure(
        theme=theme,
        height=height,
        revision="cka",
        **cells_layout(
            _("CKA: 1 alike, 0 nothing in common"),
            values.shape,
            x={"tickangle": -45, **across, **class_ticks(columns)},
            y={**down, **class_ticks(rows)},
        ),
    )
    both = _("{0} and {1}")
    cells = go.Heatmap(
        z=values.clip(0, 1).astype(np.float32),
        zmin=0,
        zmax=1,
        colorscale=SEQUENTIAL,
        colorbar=heat_bar(),
        xgap=1,
        ygap=1,
        customdata=values.astype(np.float32),
        hovertext=[[both.format(safe(a), safe(b)) for b in columns] for a in rows],
        hovertemplate=_("<b>%{hovertext}</b><br>CKA %{customdata:.3f}<extra></extra>"),
    )
    figure.add_trace(cells)
    if max(values.shape) <= _NUMBERED:
        figure.add_trace(_numbers(values, theme))
    return figure


def _numbers(values: np.ndarray, theme: Theme) -> go.Scatter:
    row, column = (grid.ravel() for grid in np.indices(values.shape))
    flat = values.ravel()
    ink = INK[theme]
    dark, light = (ink.text, ink.surface) if theme == "light" else (ink.surface, ink.text)
    return go.Scatter(
        x=column,
        y=row,
        mode="text",
        text=["" if np.isnan(one) else f"{one:.2f}".replace("-", "−") for one in flat],
        # Cividis runs from dark blue to light yellow on every page.
        textfont={"size": 10, "color": [dark if one > 0.5 else light for one in flat]},
        hoverinfo="skip",
        showlegend=False,
    )
