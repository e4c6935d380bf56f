"""Two networks on the same images: accuracies, change by class, and what each thinks of one image.

Everywhere a is drawn before b, and changes are a - b, as in `analysis.compare`.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from analysis.figures.canvas import class_ticks, empty_figure, full, short, zero_line
from analysis.figures.palette import INK, Theme, class_style
from analysis.proportions import Proportion
from analysis.words import _


def accuracy_interval(
    accuracies: Sequence[tuple[str, Proportion]], *, theme: Theme = "light"
) -> go.Figure:
    """Accuracies as dots with their 95 % intervals, the first on top.

    Args:
        accuracies: each a network's name and its accuracy.
        theme: ``light`` or ``dark``.
    """
    figure = empty_figure(theme=theme, height=44 * len(accuracies) + 80, revision="accuracy")
    places = list(range(len(accuracies) - 1, -1, -1))
    for series, (place, (name, share)) in enumerate(zip(places, accuracies, strict=True)):
        style = class_style(series, theme)
        figure.add_trace(
            go.Scatter(
                x=[100 * share.value],
                y=[place],
                error_x={
                    "array": [100 * (share.high - share.value)],
                    "arrayminus": [100 * (share.value - share.low)],
                    "thickness": 2.5,
                    "width": 6,
                    "color": style.color,
                },
                mode="markers",
                marker={"color": style.color, "symbol": style.marker, "size": 12},
                showlegend=False,
                meta=[full(name)],
                customdata=[[100 * share.low, 100 * share.high, share.n]],
                hovertemplate=_(
                    "<b>%{meta[0]}</b><br>accuracy %{x:.2f} %<br>95 % interval "
                    "%{customdata[0]:.2f} to %{customdata[1]:.2f} %<br>"
                    "%{customdata[2]:,} images<extra></extra>"
                ),
            )
        )
    figure.update_xaxes(title_text=_("accuracy (%)"))
    figure.update_yaxes(
        showgrid=False,
        range=[-0.6, len(accuracies) - 0.4],
        **class_ticks([name for name, _ in accuracies], places),
    )
    return figure


def per_class_change(
    table: pd.DataFrame,
    *,
    names: tuple[str, str] = ("a", "b"),
    limit: int = 40,
    theme: Theme = "light",
) -> go.Figure:
    """The change in accuracy of each class with its 95 % interval, the largest gain on top.

    A filled dot is a class whose interval leaves zero out; a hollow grey one is undecided.

    Args:
        table: of `analysis.compare.per_class_change`.
        names: what a and b are called.
        limit: with more classes than this, half as many of the largest gains and losses are drawn.
        theme: ``light`` or ``dark``.
    """
    ranked = table.sort_values("change", kind="stable").reset_index(drop=True)
    left_out = max(len(ranked) - limit, 0)
    low = limit // 2 if left_out else len(ranked)
    ranked = pd.concat([ranked.head(low), ranked.tail(len(ranked) - left_out - low)])
    # One place in the middle stays free where classes are left out.
    place = np.arange(len(ranked)) + (np.arange(len(ranked)) >= low)
    figure = empty_figure(theme=theme, height=26 * len(ranked) + 120, revision="change by class")
    zero_line(figure, theme)
    better, worse = (ranked["low"] > 0).to_numpy(), (ranked["high"] < 0).to_numpy()
    first, second = (short(name) for name in names)
    for chosen, name, color, symbol in (
        (better, _("{name} better").format(name=first), class_style(0, theme).color, "circle"),
        (worse, _("{name} better").format(name=second), class_style(1, theme).color, "square"),
        (~better & ~worse, _("undecided"), INK[theme].zero, "circle-open"),
    ):
        if chosen.any():
            figure.add_trace(_changes(ranked[chosen], place[chosen], name, color, symbol))
    figure.update_xaxes(title_text=_("change in accuracy<br>(percentage points)"))
    ticks = {"tickmode": "array", "tickvals": place.tolist()}
    ticks["ticktext"] = [short(str(name)) for name in ranked["class"]]
    if left_out:
        ticks["tickvals"].append(low)
        ticks["ticktext"].append(_("⋯ {n:,} more").format(n=left_out))
    figure.update_yaxes(showgrid=False, range=[-0.7, place.max(initial=0) + 0.7], **ticks)
    return figure


def _changes(
    rows: pd.DataFrame, place: npt.NDArray[np.int64], name: str, color: str, symbol: str
) -> go.Scatter:
    change = 100 * rows["change"]
    return go.Scatter(
        x=change,
        y=place,
        error_x={
            "array": 100 * rows["high"] - change,
            "arrayminus": change - 100 * rows["low"],
            "thickness": 2,
            "width": 0,
            "color": color,
        },
        mode="markers",
        marker={"color": color, "symbol": symbol, "size": 9, "line": {"width": 2, "color": color}},
        name=name,
        text=[full(str(label)) for label in rows["class"]],
        customdata=np.column_stack(
            [
                rows["label"],
                rows["n"],
                *(100 * rows[key] for key in ("accuracy_a", "accuracy_b", "low", "high")),
                rows["p"],
            ]
        ),
        hovertemplate=_(
            "<b>%{text}</b><br>%{x:+.2f} points (95 % interval "
            "%{customdata[4]:+.2f} to %{customdata[5]:+.2f})<br>"
            "%{customdata[2]:.1f} % against %{customdata[3]:.1f} %, %{customdata[1]:,} images<br>"
            "p %{customdata[6]:.3g}, corrected<extra></extra>"
        ),
    )


def top5_bars(
    first: pd.DataFrame,
    second: pd.DataFrame,
    *,
    names: tuple[str, str] = ("a", "b"),
    truth: str | None = None,
    keep_order: bool = False,
    theme: Theme = "light",
) -> go.Figure:
    """What two networks think of one image: a pair of bars for each class in either's top five.

    A bar that is missing means that the class is not among that network's first five.

    Args:
        first: of `analysis.compare.top_k`, network a.
        second: the same of network b.
        names: what a and b are called.
        truth: the true class's name, which is set in bold.
        keep_order: the classes stand as network a has them, and then b's, so that they stay where
            they are while b changes; the most probable for either stand first else.
        theme: ``light`` or ``dark``.
    """
    both = pd.concat([first, second])
    if not keep_order:
        both = both.sort_values("probability", ascending=False, kind="stable")
    shown = both.drop_duplicates("label")
    place = {int(label): rank for rank, label in enumerate(shown["label"])}
    figure = empty_figure(theme=theme, height=38 * len(place) + 100, revision="top 5")
    for series, (name, table) in enumerate(zip(names, (first, second), strict=True)):
        places = [place[int(label)] for label in table["label"]]
        figure.add_trace(_bars(table, places, name, class_style(series, theme).color))
    classes = [str(name) for name in shown["class"]]
    ticks = class_ticks(classes)
    ticks["ticktext"] = [
        f"<b>{text} ✓</b>" if name == truth else text
        for name, text in zip(classes, ticks["ticktext"], strict=True)
    ]
    # Room for the number beside a bar of 100 %.
    figure.update_xaxes(
        title_text=_("probability (%)"), range=[0, 118], tickvals=[0, 25, 50, 75, 100]
    )
    figure.update_yaxes(showgrid=False, autorange="reversed", ticklabelstandoff=4, **ticks)
    figure.update_layout(barmode="group", bargap=0.3, bargroupgap=0.05)
    return figure


def _bars(table: pd.DataFrame, places: Sequence[int], name: str, color: str) -> go.Bar:
    return go.Bar(
        x=100 * table["probability"],
        y=places,
        orientation="h",
        name=short(name, 30),
        meta=[full(name)],
        marker={"color": color, "line": {"width": 0}},
        texttemplate="%{x:.1f}",
        textposition="outside",
        textfont={"size": 11},
        cliponaxis=False,
        hovertext=[full(str(label)) for label in table["class"]],
        customdata=table[["label"]].to_numpy(),
        hovertemplate="<b>%{hovertext}</b><br>%{meta[0]}: %{x:.3g} %<extra></extra>",
    )
