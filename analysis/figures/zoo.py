"""What networks cost: parameters against multiply-adds, and what SE adds to each."""

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from analysis.figures.canvas import empty_figure, safe
from analysis.figures.palette import INK, Theme, class_style
from analysis.words import _

_ROOM = ((0.2, 0.65), (0.15, 0.15))  # decades before and after the points, along x and y
_SIZE = (270, 300)  # pixels that the axes have on a telephone, about
_GAP = "&nbsp;" * 3
_FAMILY = "cifar_"
_Box = tuple[float, float, float, float]  # left, low, right, high in pixels


def cost_scatter(
    table: pd.DataFrame, *, chosen: str | None = None, theme: Theme = "light"
) -> go.Figure:
    """A point a network, SE joined with its baseline; both axes in decades.

    Args:
        table: of `analysis.zoo.zoo_against_paper`, or some of its rows.
        chosen: the name of a network to mark.
        theme: ``light`` or ``dark``.

    The second ``customdata`` of a point is the row's label in ``table``.
    """
    figure = empty_figure(theme=theme, height=430, revision="zoo scatter")
    plain, gated = table[~table["se"]], table[table["se"]]
    figure.add_trace(_joints(plain, gated, theme))
    for rows, name, place in ((plain, _("baseline"), 0), (gated, _("with SE"), 1)):
        figure.add_trace(_points(rows, name, place, theme))
    figure.add_trace(_names(table, chosen, theme))
    if chosen is not None and (row := table[table["name"] == chosen]).size:
        figure.add_trace(_mark(row, theme))
    figure.update_xaxes(title_text=_("multiply-adds for one image"), **_decades(table["macs"], 0))
    figure.update_yaxes(title_text=_("parameters"), **_decades(table["parameters"], 1))
    return figure


def cost_of_se(
    table: pd.DataFrame, *, chosen: str | None = None, theme: Theme = "light"
) -> go.Figure:
    """What SE adds to each baseline in per cent: parameters and multiply-adds, on one scale.

    Args:
        table: of `analysis.zoo.zoo_against_paper`, or some of its rows.
        chosen: the name of a network to mark.
        theme: ``light`` or ``dark``.

    The second ``customdata`` of a point is the row's label in ``table``.
    """
    rows = table[table["se"] & table["se_parameters"].notna()].sort_values("se_parameters")
    height = 110 + 26 * len(rows)
    figure = empty_figure(theme=theme, height=height, revision="zoo cost")
    said = {"se_macs": (_("multiply-adds"), 0), "se_parameters": (_("parameters"), 1)}
    for column, (name, place) in said.items():
        style = class_style(place, theme)
        figure.add_scatter(
            x=rows[column],
            y=[_short(base) for base in rows["base"]],
            mode="markers",
            marker={"color": style.color, "symbol": style.marker, "size": 9},
            name=name,
            customdata=_data(rows),
            text=[safe(base) for base in rows["base"]],
            hovertemplate=_hover(rows),
        )
    ticks = {-2: "0.01", -1: "0.1", 0: "1", 1: "10"}
    figure.update_xaxes(
        type="log",
        title_text=_("added by SE (%)"),
        tickvals=[10.0**power for power in ticks],
        ticktext=list(ticks.values()),
    )
    base = next(iter(rows.loc[rows["name"].isin([chosen, f"se_{chosen}"]), "base"]), None)
    figure.update_yaxes(range=[-0.6, len(rows) - 0.4])
    if base is not None:
        place = rows["base"].tolist().index(base)
        color = INK[theme].grid
        figure.add_hrect(place - 0.45, place + 0.45, fillcolor=color, line_width=0, layer="below")
    return figure


def _points(rows: pd.DataFrame, name: str, place: int, theme: Theme) -> go.Scatter:
    style = class_style(place, theme)
    marker = style.marker if place else f"{style.marker}-open"
    return go.Scatter(
        x=rows["macs"],
        y=rows["parameters"],
        mode="markers",
        marker={"color": style.color, "symbol": marker, "size": 9, "line": {"width": 2 - place}},
        name=name,
        customdata=_data(rows),
        text=[safe(network) for network in rows["name"]],
        hovertemplate=_hover(rows),
    )


def _data(rows: pd.DataFrame) -> np.ndarray:
    """Parameters, row, multiply-adds, and what SE adds of each."""
    columns = (rows["parameters"], rows.index, rows["macs"], rows["se_parameters"], rows["se_macs"])
    return np.stack([np.asarray(column, np.float64) for column in columns], axis=1)


def _hover(rows: pd.DataFrame) -> list[str]:
    """A text a point: those without a counterpart have no cost of SE."""
    size = _("%{customdata[0]:,} parameters, %{customdata[2]:.4s} multiply-adds")
    cost = _("SE adds %{customdata[3]:.2f} % parameters and %{customdata[4]:.3f} % multiply-adds")
    error = _("In the paper it changes the top-1 error by {points} points")
    texts = []
    for added, change in rows[["se_parameters", "se_top1"]].to_numpy(dtype=np.float64):
        parts = ["<b>%{text}</b>", size]
        if np.isfinite(added):
            parts.append(cost)
        if np.isfinite(change):
            parts.append(error.format(points=f"{change:+.2f}".replace("-", "−")))
        texts.append("<br>".join(parts) + "<extra></extra>")
    return texts


def _joints(plain: pd.DataFrame, gated: pd.DataFrame, theme: Theme) -> go.Scatter:
    """One trace of all lines between a baseline and its SE form."""
    both = plain.merge(gated, on="base", suffixes=("_plain", "_se"))
    gap = np.full(len(both), np.nan)
    x, y = (
        np.stack([both[f"{what}_plain"], both[f"{what}_se"], gap], axis=1).ravel()
        for what in ("macs", "parameters")
    )
    return go.Scatter(
        x=x,
        y=y,
        mode="lines",
        line={"color": INK[theme].zero, "width": 2},
        hoverinfo="skip",
        showlegend=False,
    )


def _names(table: pd.DataFrame, chosen: str | None, theme: Theme) -> go.Scatter:
    """A name a pair, beside its higher point, on a side where nothing else is.

    Pairs whose points lie on each other share one text. Where there is no room there is no name,
    which the hover text tells; the chosen network has the first choice.
    """
    rows = table.sort_values("parameters").drop_duplicates("base", keep="last")
    rows = rows.sort_values("name", key=lambda names: names != chosen, kind="stable")
    x, y = _pixels(rows["macs"], 0), _pixels(rows["parameters"], 1)
    texts: dict[int, str] = {}
    for place, base in enumerate(rows["base"]):
        same = (at for at in texts if np.hypot(x[at] - x[place], y[at] - y[place]) < 2)
        at = next(same, place)
        texts[at] = f"{texts[at]}, {_short(base)}" if at in texts else _short(base)
    sides = _sides(x, y, texts)
    kept = list(sides)
    gaps = [_GAP * 2 if place == 0 else _GAP for place in kept]  # the chosen one's has a ring
    return go.Scatter(
        x=rows["macs"].iloc[kept],
        y=rows["parameters"].iloc[kept],
        mode="text",
        text=[f"{gap}{texts[place]}{gap}" for gap, place in zip(gaps, kept, strict=True)],
        textposition=list(sides.values()),
        textfont={"size": 11, "color": INK[theme].muted},
        hoverinfo="skip",
        showlegend=False,
    )


def _pixels(values: pd.Series, axis: int) -> np.ndarray:
    """About where values lie on an axis; the smallest at 0."""
    decades = np.log10(values.to_numpy(dtype=np.float64))
    low, high = decades.min() - _ROOM[axis][0], decades.max() + _ROOM[axis][1]
    return np.asarray((decades - low) / (high - low) * _SIZE[axis])


def _sides(x: np.ndarray, y: np.ndarray, texts: dict[int, str]) -> dict[int, str]:
    """For each text the first side of its point on which it meets no point and no other text.

    The first text has the side on which it meets the fewest, where it meets some on all.
    """
    taken = [(a - 6, b - 6, a + 6, b + 6) for a, b in zip(x, y, strict=True)]
    sides = {}
    for place, text in texts.items():
        a, b, width = x[place], y[place], 6.2 * len(text) + 12
        boxes = {
            "middle right": (a + 7, b - 7, a + width, b + 7),
            "middle left": (a - width, b - 7, a - 7, b + 7),
            "top left": (a - width, b + 2, a - 7, b + 16),
            "bottom right": (a + 7, b - 16, a + width, b - 2),
            "top right": (a + 7, b + 2, a + width, b + 16),
            "bottom left": (a - width, b - 16, a - 7, b - 2),
        }
        met = {side: _met(box, taken) for side, box in boxes.items() if _is_inside(box)}
        side = min(met, key=lambda side: met[side], default=None)
        if side is not None and (met[side] == 0 or place == 0):
            sides[place] = side
            taken.append(boxes[side])
    return sides


def _is_inside(box: _Box) -> bool:
    return box[0] > 0 and box[2] < _SIZE[0]


def _met(box: _Box, taken: list[_Box]) -> int:
    """How many of the others a box meets."""
    left, low, right, high = box
    return sum(
        left < other[2] and other[0] < right and low < other[3] and other[1] < high
        for other in taken
    )


def _mark(row: pd.DataFrame, theme: Theme) -> go.Scatter:
    ring = {"symbol": "circle-open", "size": 20, "line": {"width": 2}, "color": INK[theme].text}
    return go.Scatter(
        x=row["macs"],
        y=row["parameters"],
        mode="markers",
        marker=ring,
        hoverinfo="skip",
        showlegend=False,
    )


def _decades(values: pd.Series, axis: int) -> dict[str, object]:
    """A logarithmic axis with room at its ends, and ticks in millions and billions."""
    decades = np.log10(values.to_numpy(dtype=np.float64))
    factors = (1, 3) if np.ptp(decades) < 2.5 else (1,)  # what a telephone has room for
    steps = [factor * 10.0**power for power in range(5, 12) for factor in factors]
    return {
        "type": "log",
        "range": [decades.min() - _ROOM[axis][0], decades.max() + _ROOM[axis][1]],
        "tickvals": steps,
        "ticktext": [_counted(step) for step in steps],
    }


def _counted(number: float) -> str:
    unit, name = (1e9, "G") if number >= 1e9 else (1e6, "M") if number >= 1e6 else (1e3, "k")
    return f"{number / unit:g} {name}"


def _short(name: str) -> str:
    return safe(name.removeprefix(_FAMILY))
