"""Which classes a block treats alike."""

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go
from scipy.cluster import hierarchy

from analysis.figures.canvas import cells_layout, class_ticks, empty_figure, heat_bar, safe
from analysis.figures.palette import DIVERGING, INK, Theme
from analysis.statistics import class_order
from analysis.words import _

Array = npt.NDArray[np.float64]

_NAMED = 100
"""Up to so many classes a cell says which two it is of, and the tree is drawn."""

_TREE_WIDTH = 0.16  # of the figure


def class_similarity(
    similarity: pd.DataFrame, *, tree: Array | None = None, theme: Theme = "light"
) -> go.Figure:
    """The similarity of each two classes, on a scale from -1 (opposite) over 0 to 1 (alike).

    Args:
        similarity: of `analysis.statistics.class_similarity`.
        tree: of `analysis.statistics.class_tree`; then like classes stand beside each other, and
            up to a hundred of them have the tree drawn at their right.
        theme: ``light`` or ``dark``.
    """
    places = np.arange(len(similarity)) if tree is None else class_order(tree)
    values = similarity.to_numpy(np.float64)[np.ix_(places, places)]
    written = [str(name) for name in similarity.index]
    names = [written[place] for place in places]
    height = int(np.clip(22 * len(names), 220, 760)) + 120
    figure = empty_figure(
        theme=theme,
        height=height,
        revision="class similarity",
        **cells_layout(
            _("similarity: +1 alike, −1 opposite"),
            values.shape,
            x={"tickangle": -45, **class_ticks(names)},
            y=class_ticks(names),
        ),
    )
    figure.add_trace(_cells(values, names, theme))
    if tree is not None and len(names) <= _NAMED:
        _draw_tree(figure, tree, theme)
    return figure


def _cells(values: Array, names: list[str], theme: Theme) -> go.Heatmap:
    cells = go.Heatmap(
        z=values.astype(np.float32),
        zmin=-1,
        zmax=1,
        colorscale=DIVERGING[theme],
        colorbar=heat_bar(1.0),
        hovertemplate=_("similarity %{z:.3f}<extra></extra>"),
    )
    if len(names) <= _NAMED:
        drawn = [safe(name) for name in names]
        cells.hovertext = [[f"{first}<br>{second}" for second in drawn] for first in drawn]
        cells.hovertemplate = _("<b>%{hovertext}</b><br>similarity %{z:.3f}<extra></extra>")
    return cells


def _draw_tree(figure: go.Figure, tree: Array, theme: Theme) -> None:
    """The tree at the right of the cells, its leaves on their rows.

    SciPy counts leaves 5, 15, 25, ...; classes whose branches meet far from the cells are unlike.
    """
    drawn = hierarchy.dendrogram(tree, no_plot=True)
    x: list[float | None] = []
    y: list[float | None] = []
    for heights, leaves in zip(drawn["dcoord"], drawn["icoord"], strict=True):
        x += [*heights, None]
        y += [*((leaf - 5) / 10 for leaf in leaves), None]
    figure.add_trace(
        go.Scatter(
            x=x,
            y=y,
            xaxis="x2",
            mode="lines",
            line={"color": INK[theme].zero, "width": 1},
            hoverinfo="skip",
            showlegend=False,
        )
    )
    figure.update_layout(
        xaxis={"domain": [0, 1 - _TREE_WIDTH]},
        xaxis2={
            "domain": [1 - _TREE_WIDTH + 0.01, 1],
            "range": [0, 1.05 * float(tree[:, 2].max())],
            "visible": False,
            "fixedrange": True,
        },
    )
