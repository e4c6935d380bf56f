"""Two networks block by block: how alike their gates are, and the gates of one block overlaid."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from analysis.figures.by_depth import depth_band
from analysis.figures.canvas import empty_figure, full, safe, short
from analysis.figures.palette import INK, Theme, class_style
from analysis.words import _

Array = npt.NDArray[np.float64]

_TICKS = 24


@dataclass(frozen=True)
class Overlay:
    """The gates of one block of one network.

    Attributes:
        name: what the network is called.
        mean: (C,) of each channel.
        std: (C,) of each channel over images, drawn where channels are by number; None: no band.
    """

    name: str
    mean: Array
    std: Array | None = None


def cka_by_depth(
    table: pd.DataFrame,
    labels: Sequence[str],
    *,
    highlight: str | None = None,
    theme: Theme = "light",
) -> go.Figure:
    """A bar a block: the CKA between two networks there; blocks without a partner stay empty.

    Each bar's ``customdata`` is ``[depth, place]``, the place counted from 0.

    Args:
        table: rows of `analysis.statistics.along.cka_along`, as far as they are there.
        labels: all blocks of the first network.
        highlight: the label of a block to mark.
        theme: ``light`` or ``dark``.
    """
    figure = empty_figure(theme=theme, height=230, revision="cka by depth")
    style, ink = class_style(5 if theme == "dark" else 0, theme), INK[theme]
    depth = [int(place) for place in table["depth"]] if len(table) else []
    values = table["cka"].to_numpy(np.float64) if len(table) else np.empty(0)
    chosen = [highlight is not None and labels[place - 1] == highlight for place in depth]
    figure.add_trace(
        go.Bar(
            x=depth,
            y=values.clip(0, 1),
            marker={
                "color": style.color,
                "opacity": [1.0 if one else 0.62 for one in chosen],
                "line": {"color": ink.text, "width": [2 if one else 0 for one in chosen]},
            },
            # Plotly looks for the texts' colour too where one bar is selected, and stumbles.
            selected={"textfont": {"color": ink.text}},
            unselected={"marker": {"opacity": 0.62}, "textfont": {"color": ink.text}},
            text=["" if np.isnan(v) else f"{v:z.2f}".replace("-", "−") for v in values],
            textposition="outside",
            textfont={"size": 11},
            cliponaxis=False,
            hovertext=[safe(labels[place - 1]) for place in depth],
            customdata=np.array([[place, place - 1] for place in depth]),
            hovertemplate="<b>%{hovertext}</b><br>CKA %{y:.3f}<extra></extra>",
            showlegend=False,
        )
    )
    step = max(1, -(-len(labels) // _TICKS))
    figure.update_xaxes(
        range=[0.4, len(labels) + 0.6],
        tickmode="array",
        tickvals=list(range(1, len(labels) + 1, step)),
        ticktext=[
            f"<b>{safe(label)}</b>" if label == highlight else safe(label)
            for label in labels[::step]
        ],
        tickangle=-90 if len(labels) > 8 else 0,
        showgrid=False,
    )
    figure.update_yaxes(title_text="CKA", range=[0, 1.15], tickvals=[0, 0.5, 1])
    return figure


def overlaid_gates(
    networks: Sequence[Overlay],
    *,
    ordered: bool = True,
    baselines: Sequence[str] = (),
    theme: Theme = "light",
) -> go.Figure:
    """Mean gates of one block of two networks, over each other.

    Args:
        networks: up to two.
        ordered: each network's channels from the least to the most open; else by their number.
            Channels of networks that were trained apart have nothing to do with each other.
        baselines: names of networks without gates, whose every channel passes as by a gate of 1.
        theme: ``light`` or ``dark``.
    """
    figure = empty_figure(theme=theme, height=300, revision=f"overlaid {ordered}")
    relative = ordered and len({len(network.mean) for network in networks}) > 1
    for place, network in enumerate(networks):
        style = class_style(place, theme)
        order = np.argsort(network.mean, kind="stable") if ordered else np.arange(len(network.mean))
        mean = network.mean[order]
        x = np.arange(len(mean), dtype=np.float64)
        x = 100 * x / max(len(mean) - 1, 1) if relative else x
        if network.std is not None and not ordered:  # sorted by mean, a band would be a saw
            deviation = network.std[order]
            band = depth_band(x, mean - deviation, mean + deviation, style)
            figure.add_trace(band.update(legendgroup=str(place)))
        figure.add_trace(
            go.Scatter(
                x=x,
                y=mean.astype(np.float32),
                mode="lines",
                line={**style.line(), "dash": ("solid", "dash")[place % 2]},
                name=short(network.name, 40),
                legendgroup=str(place),
                meta=[full(network.name)],
                customdata=order,
                hovertemplate="<b>%{meta[0]}</b><br>"
                + _("channel {channel}").format(channel="%{customdata}")
                + "<br>"
                + _("mean gate {gate}").format(gate="%{y:.3g}")
                + "<extra></extra>",
                showlegend=True,
            )
        )
    for name in baselines:
        figure.add_hline(
            1,
            line={"color": INK[theme].zero, "width": 1.5, "dash": "dash"},
            annotation={
                "text": _("{network}: as if all were 1").format(network=short(name, 24)),
                "font": {"color": INK[theme].muted, "size": 12},
            },
            annotation_position="bottom left",
        )
    title = _("channels, sorted by mean gate")
    if not ordered:
        title = _("channel")
    figure.update_xaxes(
        title_text=_("{0} (%)").format(title) if relative else title, showgrid=False
    )
    figure.update_yaxes(title_text=_("mean gate s"))
    return figure
