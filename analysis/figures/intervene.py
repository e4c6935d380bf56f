"""What a network still knows when its gates are changed, by block and by share of channels."""

from typing import Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from analysis.figures.canvas import empty_figure, safe, short
from analysis.figures.palette import INK, Theme, class_style, faded
from analysis.words import _, marked

Measure = Literal["accuracy", "log_p"]

_TITLES = {
    "accuracy": marked("accuracy (%)"),
    "log_p": marked("mean log-probability<br>of the true class (nats)"),
}
_KINDS = {
    "one": marked("all set to 1"),
    "zero": marked("all set to 0"),
    "halved": marked("halved"),
    "mean": marked("mean over images"),
    "class_mean": marked("mean of the true class"),
    "other_class_mean": marked("mean of another class"),
    "shuffled_images": marked("shuffled over images"),
    "shuffled_channels": marked("shuffled over channels"),
}
_RANKS = {
    "mean": marked("least mean gate first"),
    "eta2": marked("least selective first (η²)"),
    "variance": marked("least variable first"),
    "random": marked("random channels"),
}
_DRAWS = marked("<br>%{customdata[0]:.2f} to %{customdata[1]:.2f} in %{customdata[2]} draws")
_HOVERED = ["change", "change_low", "change_high", "p", "log_p_change", "n"]
_WIDTH = 0.7  # of a block's place, that its kinds share


def accuracy_by_block(
    table: pd.DataFrame,
    *,
    measure: Measure = "accuracy",
    highlight: str | None = None,
    theme: Theme = "light",
) -> go.Figure:
    """A point a block and kind of intervention, the unmodified network as a line.

    The band around the line is the 95 % interval of its accuracy by itself. The bars are 95 %
    intervals of the change, which compares the same images with and without the intervention; so a
    bar that leaves the line out is a change beyond chance (before any correction for many points;
    the corrected p stands in the hover text).

    Args:
        table: of `analysis.intervene.by_block`, or the rows of some kinds and the first one.
        measure: ``accuracy``, or ``log_p`` of the true class.
        highlight: the label of a block to mark; ``all`` for all together.
        theme: ``light`` or ``dark``.

    The second ``customdata`` of a point is the block's depth, 0 for all.
    """
    figure = empty_figure(theme=theme, height=440, revision=f"blocks {measure}")
    line, rows = _split(table, measure)
    labels = rows.sort_values("depth", kind="stable")["label"].drop_duplicates().tolist()
    labels = [label for label in labels if label != "all"] + ["all"] * ("all" in labels)
    kinds = rows["kind"].drop_duplicates().tolist()
    for kind in kinds:
        # A kind keeps its place and colour when others are left out of the table.
        known = list(_KINDS)
        place = known.index(kind) if kind in known else len(known)
        own = rows[rows["kind"] == kind]
        offset = _WIDTH * ((kinds.index(kind) + 0.5) / len(kinds) - 0.5)
        x = np.array([labels.index(label) for label in own["label"]]) + offset
        figure.add_trace(_points(own, x, _(_KINDS.get(kind, kind)), place, theme))
    _draw_line(figure, line, theme)
    _draw_interval(figure, table, measure, theme)
    if highlight in labels:
        place = labels.index(highlight)
        colour = faded(INK[theme].zero, 0.18)
        figure.add_vrect(place - 0.45, place + 0.45, fillcolor=colour, line_width=0, layer="below")
    figure.update_xaxes(
        title_text=_("block whose gates are changed"),
        tickmode="array",
        tickvals=list(range(len(labels))),
        tickangle=-90 if len(labels) > 10 else 0,
        ticktext=[_("all") if label == "all" else safe(label) for label in labels],
        range=[-0.6, len(labels) - 0.4],
        showgrid=False,
    )
    figure.update_yaxes(title_text=_(_TITLES[measure]))
    return figure


def pruning_curves(
    table: pd.DataFrame,
    *,
    fill: Literal["zero", "mean"] = "zero",
    measure: Measure = "accuracy",
    theme: Theme = "light",
) -> go.Figure:
    """A curve an order of pruning; random orders as their mean and a band from least to most.

    The bars are 95 % intervals of the change, over the images, as in `accuracy_by_block`.

    Args:
        table: of `analysis.intervene.pruning`.
        fill: what pruned gates are set to.
        measure: ``accuracy``, or ``log_p`` of the true class.
        theme: ``light`` or ``dark``.
    """
    figure = empty_figure(theme=theme, height=400, revision=f"pruning {fill} {measure}")
    line, rows = _split(table, measure)
    rows = rows[rows["fill"] == fill]
    end = rows.loc[rows["rank"] == "every", ["value", "below", "above"]]
    for rank, own in rows[rows["rank"] != "every"].groupby("rank", sort=False):
        shares = own.groupby("share")
        spread = shares["value"].agg(["mean", "min", "max", "count"])
        spread = spread.join(shares[["below", "above"]].first())
        spread.loc[0.0] = [line] * 3 + [1, 0, 0]
        if len(end):
            value, below, above = end.iloc[0]
            spread.loc[1.0] = [value] * 3 + [1, below, above]
        figure.add_traces(_curve(str(rank), spread.sort_index(), theme))
    _draw_line(figure, line, theme)
    _draw_interval(figure, table, measure, theme)
    figure.update_xaxes(title_text=_("share of every block's channels pruned (%)"), range=[-2, 102])
    figure.update_yaxes(title_text=_(_TITLES[measure]))
    return figure


def _split(table: pd.DataFrame, measure: Measure) -> tuple[float, pd.DataFrame]:
    """The unmodified network's value, and the other rows with what is drawn of them."""
    change = "change" if measure == "accuracy" else "log_p_change"
    unit = 100 if measure == "accuracy" else 1
    line = unit * float(table[measure].iloc[0])
    rows = table.iloc[1:]
    return line, rows.assign(
        value=unit * rows[measure],
        below=unit * (rows[change] - rows[f"{change}_low"]),
        above=unit * (rows[f"{change}_high"] - rows[change]),
    )


def _points(rows: pd.DataFrame, x: np.ndarray, name: str, place: int, theme: Theme) -> go.Scatter:
    style = class_style(place, theme)
    numbers = rows[["accuracy", "depth", *_HOVERED]]
    return go.Scatter(
        x=x,
        y=rows["value"],
        error_y={
            "array": rows["above"],
            "arrayminus": rows["below"],
            "thickness": 1.2,
            "width": 0,
            "color": style.color,
        },
        mode="markers",
        marker={"color": style.color, "symbol": style.marker, "size": 7},
        name=short(name, 40),
        text=[safe(label) for label in rows["label"]],
        meta=[safe(name)],
        customdata=numbers.to_numpy(dtype=np.float64),
        hovertemplate=_(
            "<b>%{text}</b>, %{meta[0]}<br>accuracy %{customdata[0]:.2%} "
            "(%{customdata[2]:+.2%}, 95 % interval %{customdata[3]:+.2%} to "
            "%{customdata[4]:+.2%})<br>"
            "p %{customdata[5]:.3g}, corrected; %{customdata[7]:,} images<br>"
            "log-probability %{customdata[6]:+.3f} nats<extra></extra>"
        ),
    )


def _curve(rank: str, spread: pd.DataFrame, theme: Theme) -> list[go.Scatter]:
    random = rank == "random"
    names = list(_RANKS)
    style = class_style(names.index(rank) if rank in names else len(names), theme)
    color = INK[theme].zero if random else style.color
    x = 100 * spread.index.to_numpy(dtype=np.float64)
    name = _(_RANKS.get(rank, rank))
    line = go.Scatter(
        x=x,
        y=spread["mean"],
        mode="lines+markers",
        line={"color": color, "width": 2, "dash": "dash" if random else "solid"},
        marker={"symbol": style.marker, "size": 7},
        name=short(name, 40),
        meta=[safe(name)],
        legendgroup=rank,
        error_y={
            "array": spread["above"],
            "arrayminus": spread["below"],
            "thickness": 1,
            "width": 0,
            "color": color,
            "visible": not random,  # its band shows how the draws differ
        },
        customdata=spread[["min", "max", "count"]].to_numpy(dtype=np.float64),
        hovertemplate=_("<b>%{meta[0]}</b><br>%{x:.0f} % pruned: %{y:.2f}")
        + (_(_DRAWS) if random else "")
        + "<extra></extra>",
    )
    if not random:
        return [line]
    band = go.Scatter(
        x=np.concatenate([x, x[::-1]]),
        y=np.concatenate([spread["max"], spread["min"][::-1]]),
        mode="lines",
        line={"width": 0},
        fill="toself",
        fillcolor=faded(color, 0.2),
        hoverinfo="skip",
        showlegend=False,
        legendgroup=rank,
    )
    return [band, line]


def _draw_line(figure: go.Figure, value: float, theme: Theme) -> None:
    """The unmodified network's value, named in the legend: beside the line lie the points."""
    line = {"color": INK[theme].text, "width": 1.5}
    figure.add_hline(value, line=line, name=_("unmodified"), showlegend=True)
    figure.update_layout(showlegend=True)  # also beside a single trace


def _draw_interval(figure: go.Figure, table: pd.DataFrame, measure: Measure, theme: Theme) -> None:
    """The interval of the unmodified network's accuracy, where the table has it."""
    if measure == "accuracy" and {"accuracy_low", "accuracy_high"} <= set(table.columns):
        low, high = (100 * float(table[f"accuracy_{end}"].iloc[0]) for end in ("low", "high"))
        colour = faded(INK[theme].zero, 0.12)
        figure.add_hrect(low, high, fillcolor=colour, line_width=0, layer="below")
