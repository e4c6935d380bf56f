"""Which errors one network makes more often than the other."""

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from analysis.figures.canvas import (
    cells_layout,
    class_ticks,
    empty_figure,
    full,
    heat_bar,
    short,
    zero_line,
)
from analysis.figures.palette import DIVERGING, INK, Theme, class_style
from analysis.words import _

Counts = npt.NDArray[np.int64]

_NUMBERED = 16
"""Up to so many classes each cell says its number."""


def confusion_difference(
    table: pd.DataFrame,
    *,
    names: tuple[str, str] = ("a", "b"),
    limit: int = 20,
    theme: Theme = "light",
) -> go.Figure:
    """Errors by true and predicted class, a less b, in images.

    The colours are of the errors alone, orange where a makes more, blue where b does. The right
    answers on the diagonal, which would outshine them, have their number and no colour.

    Args:
        table: of `analysis.compare.confusion_difference`.
        names: what a and b are called.
        limit: with more classes than this, those whose errors changed most are drawn.
        theme: ``light`` or ``dark``.
    """
    counts = table.to_numpy()
    classes = [str(name) for name in table.index]
    chosen = _most_changed(counts, limit)
    counts = counts[np.ix_(chosen, chosen)]
    classes = [classes[place] for place in chosen]
    size = len(classes)
    first, second = (short(name) for name in names)
    figure = empty_figure(
        theme=theme,
        height=int(np.clip(34 * size, 200, 760)) + 160,
        revision="confusion difference",
        **cells_layout(
            _("errors in images: {a} less {b}").format(a=first, b=second),
            (size, size),
            x={"title": {"text": _("predicted class"), "standoff": 12}, **class_ticks(classes)},
            y={"title": {"text": _("true class")}, **class_ticks(classes)},
        ),
    )
    return figure.add_traces([_cells(counts, theme), _markers(counts, classes, chosen, theme)])


def error_changes(
    table: pd.DataFrame,
    *,
    names: tuple[str, str] = ("a", "b"),
    limit: int = 20,
    theme: Theme = "light",
) -> go.Figure:
    """The errors whose number changed most, a less b, as bars, for any number of classes.

    Args:
        table: of `analysis.compare.error_changes`.
        names: what a and b are called.
        limit: how many errors are drawn, the largest change on top, whatever its sign.
        theme: ``light`` or ``dark``.
    """
    shown = table.head(limit)
    place = list(range(len(shown)))
    figure = empty_figure(
        theme=theme, height=26 * max(len(shown), 3) + 120, revision="error changes"
    )
    more, fewer = (class_style(series, theme).color for series in (1, 0))
    first, second = (short(name) for name in names)
    change = shown["change"].to_numpy()
    figure.add_trace(
        go.Bar(
            x=change,
            y=place,
            orientation="h",
            marker={"color": np.where(change > 0, more, fewer), "line": {"width": 0}},
            text=[f"{value:+d}".replace("-", "−") for value in change],
            textposition="outside",
            textfont={"size": 11},
            cliponaxis=False,
            showlegend=False,
            hovertext=[
                f"<b>{full(true)}</b><br>{_('predicted as {name}').format(name=full(guess))}"
                for true, guess in zip(shown["class"], shown["predicted"], strict=True)
            ],
            customdata=shown[["label", "prediction", "errors_a", "errors_b"]].to_numpy(),
            hovertemplate=_(
                "%{hovertext}<br>%{customdata[2]:,} against %{customdata[3]:,} images"
                "<extra></extra>"
            ),
        )
    )
    zero_line(figure, theme)
    said = _("errors in images: {a} less {b}").format(a=first, b=second)
    figure.update_xaxes(title_text=said, range=_room(change))
    ticks = [
        f"{short(true, 15)} → {short(guess, 15)}"
        for true, guess in zip(shown["class"], shown["predicted"], strict=True)
    ]
    figure.update_yaxes(
        showgrid=False, autorange="reversed", tickmode="array", tickvals=place, ticktext=ticks
    )
    return figure


def _room(change: Counts) -> list[float]:
    """An axis with room for the numbers beside the bars."""
    reach = 1.25 * max(int(np.abs(change).max(initial=0)), 1)
    return [-reach if change.min(initial=0) < 0 else 0, reach if change.max(initial=0) > 0 else 0]


def _most_changed(counts: Counts, limit: int) -> Counts:
    """The places, in order, of the classes whose errors changed most."""
    errors = np.abs(counts - np.diag(np.diag(counts)))
    change = errors.sum(axis=0) + errors.sum(axis=1)
    return np.sort(np.argsort(-change, kind="stable")[:limit])


def _cells(counts: Counts, theme: Theme) -> go.Heatmap:
    errors = counts.astype(np.float32)
    np.fill_diagonal(errors, np.nan)
    reach = _reach(counts)
    return go.Heatmap(
        z=errors,
        zmin=-reach,
        zmax=reach,
        colorscale=DIVERGING[theme],
        colorbar=heat_bar(reach),
        xgap=1,
        ygap=1,
        hoverinfo="skip",
    )


def _reach(counts: Counts) -> float:
    """The largest change off the diagonal, at least one image."""
    return max(float(np.abs(counts - np.diag(np.diag(counts))).max(initial=0)), 1.0)


def _markers(
    counts: Counts,
    classes: list[str],
    chosen: Counts,
    theme: Theme,
) -> go.Scatter:
    row, column = (grid.ravel() for grid in np.indices(counts.shape))
    hidden = {"marker": {"opacity": 0}}
    right, wrong = _("predicted right"), _("predicted as {name}")
    numbered = len(classes) <= _NUMBERED
    said = [f"{count:+d}".replace("-", "−") if count else "" for count in counts.ravel()]
    return go.Scatter(
        x=column,
        y=row,
        mode="markers+text" if numbered else "markers",
        text=said if numbered else None,
        textfont={"size": 11, "color": _letters(counts, theme)},
        marker={"symbol": "square", "size": 12, "opacity": 0},
        selected=hidden,
        unselected=hidden,
        showlegend=False,
        hovertext=[
            f"<b>{full(classes[true])}</b><br>"
            + (right if true == guess else wrong.format(name=full(classes[guess])))
            for true, guess in zip(row, column, strict=True)
        ],
        customdata=np.column_stack([chosen[row], chosen[column], counts.ravel()]),
        hovertemplate=_("%{hovertext}<br>%{customdata[2]:+d} images<extra></extra>"),
    )


def _letters(counts: Counts, theme: Theme) -> list[str]:
    """A colour for each number that stands out from its cell.

    The far ends of the scale are dark on a light page, and light on a dark one.
    """
    errors = np.abs(counts - np.diag(np.diag(counts)))
    strong = (errors > 0.6 * _reach(counts)).ravel()
    ink = INK[theme]
    return [ink.surface if far else ink.text for far in strong]
