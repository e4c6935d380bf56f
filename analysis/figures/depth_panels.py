"""Small multiples over the depth of a network: separation, probe, spread and saturation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from analysis.figures.by_depth import depth_band, hollow
from analysis.figures.canvas import empty_figure, safe
from analysis.figures.palette import INK, Style, Theme, class_style, faded
from analysis.statistics.separation import hardly_varies
from analysis.words import _

Array = npt.NDArray[np.float64]

_ROW, _GAP, _BELOW, _ABOVE = 104, 36, 30, 30  # pixels
_TICKS = 24
_SIGNS = {"circle": "●", "square": "■", "diamond": "◆"}


@dataclass(frozen=True)
class DepthTables:
    """What the panels draw, each a row a gate in network order; the last two may still grow.

    Attributes:
        separation: of `analysis.statistics.separation_by_depth`.
        spread: of `analysis.statistics.along.spread_by_depth`.
        probe: the rows of `analysis.statistics.along.probe_along` that are there.
        saturation: likewise of `saturation_along`.
        stages: the stage of each gate, None where it is not known.
        accuracy: the network's own, in [0, 1]; None where there is none.
        waiting: what a panel without rows says instead, by ``probe`` and ``saturation``.
    """

    separation: pd.DataFrame
    spread: pd.DataFrame
    probe: pd.DataFrame
    saturation: pd.DataFrame
    stages: Sequence[int | None] = ()
    accuracy: float | None = None
    waiting: Mapping[str, str] = field(default_factory=dict)


def depth_panels(
    tables: DepthTables, *, marked: Sequence[int] = (), theme: Theme = "light"
) -> go.Figure:
    """Four panels one above the other, with the gates from input to output as their x axis.

    Each point's ``customdata`` is ``[depth, place]``, the place counted from 0. η² of gates that
    hardly vary is drawn as hollow points.

    Args:
        tables: what is drawn.
        marked: places of gates to mark.
        theme: ``light`` or ``dark``.
    """
    drawn = _Drawn(theme)
    _separation(drawn, tables.separation)
    _probe(drawn, tables)
    _spread(drawn, tables.spread)
    _saturation(drawn, tables)
    _mark(drawn, tables.stages, marked)
    labels = [str(label) for label in tables.separation["label"]]
    height = _inner() + _ABOVE + _BELOW
    figure = empty_figure(
        theme=theme,
        height=height,
        revision="depth panels",
        shapes=drawn.shapes,
        annotations=drawn.notes,
        margin={"t": _ABOVE, "b": _BELOW},
        **_axes(labels, marked),
        **drawn.ranges(),
    )
    return figure.add_traces(drawn.traces)


def _inner() -> int:
    return 4 * _ROW + 3 * _GAP


class _Drawn:
    """What is drawn so far, panel by panel; rows count from 1, as Plotly's axes do."""

    def __init__(self, theme: Theme) -> None:
        self.theme = theme
        self.traces: list[go.Scatter] = []
        self.shapes: list[dict[str, Any]] = []
        self.notes: list[dict[str, Any]] = []
        self._ranges: dict[int, dict[str, Any]] = {row: {} for row in range(1, 5)}

    def trace(self, row: int, trace: go.Scatter) -> None:
        """Add a trace to a panel."""
        self.traces.append(trace.update(xaxis=_axis("x", row), yaxis=_axis("y", row)))

    def vary(self, row: int, **axis: Any) -> None:
        """Set something of a panel's y axis."""
        self._ranges[row] |= axis

    def ranges(self) -> dict[str, Any]:
        """The y axes, from the top."""
        found = {}
        for row, own in self._ranges.items():
            top = 1 - (row - 1) * (_ROW + _GAP) / _inner()
            where = {"domain": [max(top - _ROW / _inner(), 0), top], "anchor": _axis("x", row)}
            found[_axis("yaxis", row)] = {"rangemode": "tozero", "nticks": 4, **where, **own}
        return found

    def title(self, row: int, said: str, keys: Sequence[tuple[Style, str]]) -> None:
        """What a panel shows and the keys to its lines, in one line above it."""
        signs = "  ".join(
            f'<span style="color:{style.color}">{_SIGNS.get(style.marker, "●")}</span> {name}'
            for style, name in keys
        )
        self._note(
            row,
            f"<b>{said}</b>  {signs}",
            {"x": 0, "xanchor": "left", "xshift": -34, "y": 1, "yanchor": "bottom", "yshift": 4},
            {"size": 12},
        )

    def say(self, row: int, said: str) -> None:
        """A sentence in the middle of an empty panel, which has its axes all the same."""
        self._note(row, said, {"x": 0.5, "y": 0.5}, {"size": 13, "color": INK[self.theme].muted})
        self.trace(row, go.Scatter(x=[None], y=[None], showlegend=False, hoverinfo="skip"))

    def level(self, y: float, said: str, *, dash: str, side: Literal["left", "right"]) -> None:
        """A line across the probe's panel with its name, at the end where its own line is not.

        Early the probe is near chance, late it is near the network.
        """
        ink = INK[self.theme]
        look = {"color": ink.zero, "width": 1.3, "dash": dash}
        self.shapes.append(
            {"type": "line", "xref": "paper", "x0": 0, "x1": 1, "yref": "y2", "y0": y, "y1": y}
            | {"line": look, "layer": "below"}
        )
        place: dict[str, Any] = {"x": 0 if side == "left" else 1, "xanchor": side, "y": y}
        place |= {"yref": "y2", "yanchor": "top" if y > 50 else "bottom"}
        place["bgcolor"] = faded(ink.surface, 0.85)  # a mark may cross it
        self._note(2, said, place, {"size": 11, "color": ink.muted})

    def _note(self, row: int, said: str, place: dict[str, Any], font: dict[str, Any]) -> None:
        where = {"xref": "paper", "yref": f"{_axis('y', row)} domain", **place}
        self.notes.append({"text": said, "showarrow": False, "font": font, **where})


def _axis(name: str, row: int) -> str:
    return name if row == 1 else f"{name}{row}"


def _separation(drawn: _Drawn, table: pd.DataFrame) -> None:
    style = class_style(0, drawn.theme)
    drawn.trace(1, depth_band(_x(table), table["q25"], table["q75"], style))
    hover = "<br>" + _("quartiles {low} to {high}").format(
        low="%{customdata[2]:.3g}", high="%{customdata[3]:.3g}"
    )
    line = _line(table, "eta2", style, _("median η²"), form=".3g", more=hover)
    line.customdata = np.column_stack([line.customdata, table[["q25", "q75"]]])
    hollow(line, hardly_varies(table), style, drawn.theme)
    drawn.trace(1, line)
    drawn.title(1, _("η², explained by class"), [(style, _("median and quartiles"))])


def _probe(drawn: _Drawn, tables: DepthTables) -> None:
    table, style = tables.probe, class_style(2, drawn.theme)
    drawn.title(2, _("Linear probe"), [(style, _("images right, %"))])
    if len(table):
        percent = 100 * table[["accuracy", "low", "high"]]
        drawn.trace(2, depth_band(_x(table), percent["low"], percent["high"], style))
        hover = "<br>" + _("95 % interval {low} to {high}").format(
            low="%{customdata[2]:.1f}", high="%{customdata[3]:.1f}"
        )
        shown = table.assign(**percent)
        line = _line(shown, "accuracy", style, _("images right, %"), form=".1f", more=hover)
        line.customdata = np.column_stack([line.customdata, percent[["low", "high"]]])
        drawn.trace(2, line)
        chance = 100 * float(table["chance"].iloc[0])
        drawn.level(
            chance, _("chance {share:.3g} %").format(share=chance), dash="dot", side="right"
        )
    else:
        drawn.say(2, tables.waiting.get("probe", ""))
    if tables.accuracy is not None:
        own = 100 * tables.accuracy
        drawn.level(own, _("the network {share:.3g} %").format(share=own), dash="dash", side="left")
    drawn.vary(2, range=[0, 104])


def _spread(drawn: _Drawn, table: pd.DataFrame) -> None:
    keys = []
    names = {"between": _("between classes"), "within": _("within a class")}
    for place, (column, name) in enumerate(names.items()):
        style = class_style(place, drawn.theme)
        drawn.trace(3, _line(table, column, style, name, form=".3g"))
        keys.append((style, name))
    drawn.title(3, _("Spread"), keys)


def _saturation(drawn: _Drawn, tables: DepthTables) -> None:
    table, keys = tables.saturation, []
    names = {"high": _("over 0.9"), "low": _("under 0.1")}
    for place, (column, name) in enumerate(names.items()):
        color = class_style((4, 5)[place], drawn.theme).color
        style = Style(color, "solid", ("circle", "square")[place])
        keys.append((style, name))
        if len(table) and table[column].notna().any():
            shown = table.assign(**{column: 100 * table[column]})
            drawn.trace(4, _line(shown, column, style, f"{name}, %", form=".3g"))
    if not len(table):
        drawn.say(4, tables.waiting.get("saturation", ""))
    elif not table[["low", "high"]].notna().any(axis=None):
        drawn.say(4, _("these gates are not bound to [0, 1]"))
    drawn.title(4, _("Saturated gates, %"), keys)
    # Some hundredths of a per cent are nothing, and look it.
    drawn.vary(4, autorangeoptions={"include": [0, 5]})


def _line(
    table: pd.DataFrame, column: str, style: Style, name: str, *, form: str, more: str = ""
) -> go.Scatter:
    depth = table["depth"].to_numpy(np.int64)
    return go.Scatter(
        x=depth,
        y=table[column].astype(np.float64),
        mode="lines+markers",
        line=style.line(),
        marker={"symbol": style.marker, "size": 7},
        unselected={"marker": {"opacity": 1}},
        name=name,
        showlegend=False,
        text=[safe(str(label)) for label in table["label"]],
        customdata=np.column_stack([depth, depth - 1]),
        hovertemplate=f"<b>%{{text}}</b><br>{name}: %{{y:{form}}}{more}<extra></extra>",
    )


def _x(table: pd.DataFrame) -> Array:
    return table["depth"].to_numpy(np.float64)


def _mark(drawn: _Drawn, stages: Sequence[int | None], marked: Sequence[int]) -> None:
    """Lines between stages, and through the gates that are marked, in each panel."""
    ink = INK[drawn.theme]
    starts = [p + 0.5 for p in range(1, len(stages)) if stages[p] != stages[p - 1]]
    lines: list[tuple[float, dict[str, Any]]] = [
        (x, {"color": ink.grid, "width": 2}) for x in starts
    ]
    lines += [(p + 1, {"color": ink.zero, "width": 1.5, "dash": "dot"}) for p in marked]
    drawn.shapes += [
        {"type": "line", "xref": _axis("x", row), "x0": x, "x1": x, "line": look}
        | {"yref": f"{_axis('y', row)} domain", "y0": 0, "y1": 1, "layer": "below"}
        for row in range(1, 5)
        for x, look in lines
    ]


def _axes(labels: Sequence[str], marked: Sequence[int]) -> dict[str, Any]:
    """The x axes, which move together; the last has the gates' names."""
    step = max(1, -(-len(labels) // _TICKS))
    places = sorted({*range(0, len(labels), step), *marked})
    named = [safe(labels[p]) if p not in marked else f"<b>{safe(labels[p])}</b>" for p in places]
    axis = {
        "range": [0.5, len(labels) + 0.5],
        "tickmode": "array",
        "tickvals": [place + 1 for place in places],
        "ticktext": named,
        "showgrid": False,
    }
    return {
        _axis("xaxis", row): {
            **axis,
            "anchor": _axis("y", row),
            "showticklabels": row == 4,
            **({} if row == 1 else {"matches": "x"}),
        }
        for row in range(1, 5)
    }
