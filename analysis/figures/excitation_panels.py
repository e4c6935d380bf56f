"""The paper's figures 6 and 7: the mean gate of each channel, by class, in several blocks."""

from collections.abc import Sequence
from typing import Literal

import plotly.graph_objects as go
import xarray as xr

from analysis.figures.canvas import empty_figure, safe
from analysis.figures.excitation import (
    class_curves,
    curve_band,
    curve_line,
    overall_curve,
    shown_channels,
)
from analysis.figures.palette import Theme
from analysis.findings_blocks import drawn
from analysis.statistics import moments, require_gate, require_gates
from analysis.words import _

_ROW_HEIGHT, _LEGEND = 230, 100


def excitation_panels(
    ds: xr.Dataset,
    classes: Sequence[int],
    *,
    gates: Sequence[str] | None = None,
    channels: int | None = 50,
    band: Literal["all", "classes", "none"] = "none",
    overall: bool = True,
    columns: int = 3,
    theme: Theme = "light",
) -> go.Figure:
    """A panel a block, on one scale: a line for each chosen class, and a grey one for all.

    As it stands it is Figure 6, with the paper's blocks, of which every network has its own (see
    `analysis.findings_blocks.drawn`). Figure 7 is ``band="classes", overall=False``.

    Args:
        ds: a store.
        classes: places on the store's ``class`` dimension; those without samples are left out.
        gates: the gates' paths; None takes the paper's blocks.
        channels: how many of each block, spread evenly; None draws all.
        band: ± 1 σ over the images of all classes, of each chosen class, or no band.
        overall: whether to draw the line of all classes.
        columns: panels in a row.
        theme: ``light`` or ``dark``.

    Raises:
        InputError: where the store has no such gate, no gates at all or no labelled samples.
    """
    known = {gate.path: gate for gate in require_gates(ds)}
    paths = [gate.path for gate in drawn(list(known.values()))] if gates is None else list(gates)
    for path in paths:
        require_gate(ds, path)
    figure = _empty([known[path].label for path in paths], columns, theme)
    for place, path in enumerate(paths):
        pooled = moments(ds, path)
        shown = shown_channels(pooled, "index", channels)
        everything = overall_curve(pooled, theme)
        curves = class_curves(ds, pooled, classes, theme)
        banded = {"all": [everything], "classes": curves, "none": []}[band]
        traces = [curve_band(each, shown) for each in banded]
        traces += [curve_line(each, shown) for each in [everything] * overall + curves]
        for trace in traces:
            legend = place == 0 and trace.get("fill") != "toself"
            figure.add_trace(
                trace | {"showlegend": legend}, row=place // columns + 1, col=place % columns + 1
            )
    return figure


def _empty(labels: Sequence[str], columns: int, theme: Theme) -> go.Figure:
    rows = -(-len(labels) // columns)
    figure = empty_figure(theme=theme, height=_ROW_HEIGHT * rows + _LEGEND, revision="panels")
    figure.set_subplots(
        rows,
        min(columns, len(labels)),
        subplot_titles=[safe(label) for label in labels],
        shared_yaxes="all",
        horizontal_spacing=0.03,
        vertical_spacing=0.2 / rows,
    )
    figure.update_layout(margin_t=58)  # the titles stand under Plotly's buttons
    figure.update_annotations(font_size=13)
    figure.update_xaxes(showgrid=False, showticklabels=False)
    figure.update_xaxes(title_text=_("channel"), row=rows)
    figure.update_yaxes(matches="y")  # in a single column, too
    figure.update_yaxes(title_text=_("mean gate s"), col=1)
    return figure
