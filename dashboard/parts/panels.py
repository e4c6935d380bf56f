"""A figure on a page: title with help, downloads, the plot, and a caption that says what to see."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from analysis.spreadsheet import csv
from dashboard.shell.language import _
from dashboard.shell.theme import active_theme, page_colour


@dataclass(frozen=True)
class Panel:
    """The words around a figure.

    Attributes:
        key: its name in the page and in the names of downloaded files.
        title: what it shows; Markdown.
        caption: what to see in it; Markdown.
        help: how it is computed; Markdown.
        alt: the same for those who cannot see it; plain text.
    """

    key: str
    title: str
    caption: str
    help: str
    alt: str


def show_figure(
    panel: Panel,
    figure: go.Figure,
    numbers: Callable[[], pd.DataFrame],
    *,
    height: int | None = None,
    on_channel: Callable[[int], None] | None = None,
    told_by: int = 1,
) -> None:
    """Draw ``figure`` as it will be exported: in our theme, on the page's own background.

    Args:
        panel: its words.
        figure: of `analysis.figures`.
        numbers: makes the table behind it, when its download is asked for.
        height: pixels, instead of the figure's own.
        on_channel: called with the channel of a point that is clicked.
        told_by: which of the point's ``customdata`` that is: the second, unless something else
            than a channel is to be chosen.
    """
    ours: dict[str, Any] = {"paper_bgcolor": page_colour(active_theme())}
    if height is not None:
        ours["height"] = height
    for name, value in ours.items():
        if figure.layout[name] != value:  # else others may hold the figure
            figure.layout[name] = value
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{panel.title}**", help=panel.help, width="stretch")
        picture = _downloads(panel, figure, numbers)
    selection: dict[str, Any] = {}
    if on_channel is not None:
        selection = {
            "on_select": lambda: _clicked(panel.key, on_channel, told_by),
            "selection_mode": "points",
        }
    st.plotly_chart(
        figure,
        key=panel.key,
        theme=None,
        alt=panel.alt,
        config={
            "displaylogo": False,
            "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"],
            "toImageButtonOptions": {"format": picture, "filename": panel.key, "scale": 2},
        },
        **selection,
    )
    st.caption(panel.caption)


def _downloads(panel: Panel, figure: go.Figure, numbers: Callable[[], pd.DataFrame]) -> str:
    """The menu of downloads; returns the format that the camera in the plot's toolbar saves."""
    with st.popover(
        _("Download"), icon=":material/download:", type="tertiary", key=f"{panel.key}-downloads"
    ):
        st.download_button(
            _("Numbers (CSV)"),
            lambda: csv(numbers()),
            f"{panel.key}.csv",
            "text/csv",
            key=f"{panel.key}-csv",
            on_click="ignore",
            width="stretch",
        )
        st.download_button(
            _("Figure (HTML)"),
            lambda: figure.to_html(include_plotlyjs=True, config={"displaylogo": False}),
            f"{panel.key}.html",
            "text/html",
            key=f"{panel.key}-html",
            on_click="ignore",
            width="stretch",
        )
        return (
            st.segmented_control(
                _("The camera above the figure saves"),
                ["png", "svg"],
                format_func=str.upper,
                default="png",
                required=True,
                key=f"{panel.key}-picture",
                persist_state="session",
            )
            or "png"
        )


def _clicked(key: str, on_channel: Callable[[int], None], told_by: int) -> None:
    points = st.session_state[key].selection.points
    if points:
        said = points[0]["customdata"]
        # A row of a typed array comes as {"0": ..., "1": ...}.
        on_channel(int(said[str(told_by)] if isinstance(said, Mapping) else said[told_by]))
