"""One of a few class-similarity matrices beside each other: square, on the scale of them all."""

from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from analysis.figures.canvas import cells_layout, empty_figure, heat_bar, safe, short
from analysis.figures.palette import DIVERGING, Theme
from analysis.words import _

_NAMED = 30
"""Up to so many rows have their names at the left; those of more would overlap."""


def similarity_panel(similarity: pd.DataFrame, *, theme: Theme = "light") -> go.Figure:
    """The similarity of each two classes, or groups of classes, from -1 over 0 to 1.

    The columns are the rows again, so only rows are named.

    Args:
        similarity: (G, G) by name, in the order in which it is drawn.
        theme: ``light`` or ``dark``.
    """
    values = similarity.to_numpy(np.float64).astype(np.float32)
    names = [str(name) for name in similarity.index]
    axis: dict[str, Any] = {}
    ticks: dict[str, Any] = {"showticklabels": False}
    if len(names) <= _NAMED:
        said = [safe(name) for name in names]
        cells = {
            "hovertext": [[f"{a}<br>{b}" for b in said] for a in said],
            "hovertemplate": "<b>%{hovertext}</b><br>%{z:.2f}<extra></extra>",
        }
        drawn = [short(name, 14) for name in names]
        ticks = {"tickmode": "array", "tickvals": list(range(len(names))), "ticktext": drawn}
    else:
        # Axes of categories send each name twice; hover texts would, for every cell.
        categories = _categories(names)
        axis["type"] = "category"
        cells = {
            "x": categories,
            "y": categories,
            "hovertemplate": "<b>%{y}</b><br><b>%{x}</b><br>%{z:.2f}<extra></extra>",
        }
    figure = empty_figure(
        theme=theme,
        height=380,
        revision="similarity panel",
        **cells_layout(
            _("similarity: +1 alike, −1 opposite"),
            values.shape,
            x={**axis, "showticklabels": False},
            y={**axis, **ticks},
        )
        | {"margin": {"t": 68, "l": 14, "b": 8}},
    )
    return figure.add_trace(
        go.Heatmap(
            z=values,
            zmin=-1,
            zmax=1,
            colorscale=DIVERGING[theme],
            colorbar={**heat_bar(1.0), "len": 1.0},
            **cells,
        )
    )


def _categories(names: list[str]) -> list[str]:
    """The names, safe to draw; of one name twice, the second gets an invisible letter more."""
    seen: dict[str, int] = {}
    found = []
    for name in map(safe, names):
        seen[name] = seen.get(name, -1) + 1
        found.append(name + "\N{ZERO WIDTH SPACE}" * seen[name])
    return found
