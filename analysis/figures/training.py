"""A training run over its epochs: accuracy and loss, and how its gates come to differ by class."""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from analysis.figures.canvas import empty_figure, full, safe, short
from analysis.figures.palette import INK, Theme, class_style, faded
from analysis.words import _, marked

Measure = Literal["accuracy", "loss", "lr"]

# What a measure draws: columns with their names, the y axis, and its factor.
_MEASURES: dict[Measure, tuple[dict[str, str], str, float]] = {
    "accuracy": (
        {"val_accuracy": marked("held out"), "train_accuracy": marked("training")},
        marked("accuracy (%)"),
        100.0,
    ),
    "loss": (
        {"val_loss": marked("held out"), "train_loss": marked("training")},
        marked("loss"),
        1.0,
    ),
    "lr": ({"lr": marked("learning rate")}, marked("learning rate"), 1.0),
}

_GHOSTS = 30
"""Epochs drawn faintly beside the chosen one."""


def training_curves(
    runs: Sequence[tuple[str, pd.DataFrame]],
    measure: Measure = "accuracy",
    *,
    planned: int = 0,
    theme: Theme = "light",
) -> go.Figure:
    """A line a run over its epochs; on training images dotted, on those held out solid.

    Args:
        runs: each a name and a table with ``epoch`` and what `train.py` measured.
        measure: ``accuracy``, ``loss`` or ``lr``.
        planned: the x axis reaches to this epoch, so that a run that grows does not move.
        theme: ``light`` or ``dark``.
    """
    columns, title, factor = _MEASURES[measure]
    figure = empty_figure(theme=theme, height=320, revision=f"training {measure}")
    for place, (name, table) in enumerate(runs):
        style = class_style(place, theme)
        for number, (column, words) in enumerate(columns.items()):
            if column not in table or not table[column].notna().any():
                continue
            line = {**style.line(2.0 if number == 0 else 1.3), "dash": ("solid", "dot")[number]}
            figure.add_trace(
                go.Scatter(
                    x=table["epoch"],
                    y=factor * table[column],
                    mode="lines+markers" if len(table) < 3 else "lines",
                    line=line,
                    name=short(name, 34) if number == 0 else f"{short(name, 24)}, {_(words)}",
                    legendgroup=str(place),
                    showlegend=number == 0,
                    meta=[full(name)],
                    hovertemplate=f"<b>%{{meta[0]}}</b><br>{_(words)}<br>"
                    + _("epoch {epoch}").format(epoch="%{x:.0f}")
                    + ": %{y:.4g}<extra></extra>",
                )
            )
    most = max([planned, 1, *(int(t["epoch"].max()) for _n, t in runs if len(t))])
    figure.update_xaxes(title_text=_("epoch"), range=[0, most + 1])
    figure.update_yaxes(title_text=_(title))
    return figure


def spread_by_epoch(
    table: pd.DataFrame, epoch: int, *, highlight: str | None = None, theme: Theme = "light"
) -> go.Figure:
    """How far apart class means lie, gate by gate, after one epoch; others faint behind it.

    Args:
        table: of `analysis.statistics.evolution.spread_by_epoch`.
        epoch: the one in colour, one of the table's.
        highlight: the label of a gate to mark.
        theme: ``light`` or ``dark``.
    """
    figure = empty_figure(theme=theme, height=320, revision="spread by epoch")
    ink, style = INK[theme], class_style(0, theme)
    wide = table.pivot(index="epoch", columns="depth", values="between")
    labels = table.drop_duplicates("depth").sort_values("depth")["label"].astype(str).tolist()
    epochs = wide.index.to_numpy()
    depths = wide.columns.to_numpy()
    ghosts = np.unique(np.linspace(0, len(epochs) - 1, min(_GHOSTS, len(epochs))).round())
    x: list[float | None] = []
    y: list[float | None] = []
    for place in ghosts.astype(int):
        x += [*depths, None]
        y += [*wide.iloc[place], None]
    figure.add_trace(
        go.Scatter(
            x=x,
            y=y,
            mode="lines",
            line={"color": faded(ink.zero, 0.28), "width": 1},
            name=_("other epochs"),
            hoverinfo="skip",
        )
    )
    named = [safe(label) for label in labels]
    for number, look in ((int(epochs[0]), "dot"), (int(epochs[-1]), "dash")):
        if number != epoch:
            figure.add_trace(
                go.Scatter(
                    x=depths,
                    y=wide.loc[number],
                    mode="lines",
                    line={"color": ink.zero, "width": 1.6, "dash": look},
                    name=_("epoch {epoch}").format(epoch=number),
                    text=named,
                    hovertemplate="<b>%{text}</b><br>%{y:.3g}<extra></extra>",
                )
            )
    figure.add_trace(
        go.Scatter(
            x=depths,
            y=wide.loc[epoch],
            mode="lines+markers",
            line=style.line(2.6),
            marker={"symbol": style.marker, "size": 7},
            name=_("epoch {epoch}").format(epoch=epoch),
            text=named,
            hovertemplate="<b>%{text}</b><br>%{y:.3g}<extra></extra>",
        )
    )
    step = max(1, -(-len(labels) // 20))
    figure.update_xaxes(
        tickmode="array",
        tickvals=depths[::step],
        ticktext=[f"<b>{name}</b>" if name == highlight else name for name in named[::step]],
    )
    # One scale for all epochs, so that the slider moves the line and not the axis.
    highest = float(np.nanmax(wide.to_numpy(), initial=1e-6))
    figure.update_yaxes(title_text=_("spread between class means"), range=[0, 1.05 * highest])
    return figure
