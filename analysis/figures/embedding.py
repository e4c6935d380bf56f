"""Images, or classes, as points: neighbours have like gates."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

from analysis.figures.canvas import empty_figure, full, safe, short
from analysis.figures.palette import INK, Theme, class_styles, faded
from analysis.statistics import Embedding
from analysis.words import _

_COLOURED = 20
"""Up to so many classes have their colour unless they are chosen."""

_WRITTEN = 60
"""Up to so many class means have their names beside them."""


def embedding_scatter(
    embedding: Embedding,
    names: Sequence[str],
    *,
    classes: Sequence[int] | None = None,
    marked: Sequence[int] = (),
    theme: Theme = "light",
) -> go.Figure:
    """A point an image, or a class, in its class's colour; the rest in grey behind.

    Each point's ``customdata`` is ``[sample, label]``, -1 for what it has not.

    Args:
        embedding: of `analysis.statistics.embed_images` or `embed_classes`.
        names: of the store's classes.
        classes: places on ``class`` of those in colour; None colours up to 20 classes.
        marked: samples: the first is drawn as a star, the others, its neighbours, have rings.
        theme: ``light`` or ``dark``.
    """
    figure = empty_figure(theme=theme, height=520, revision=f"embedding {embedding.method}")
    there = np.unique(embedding.labels[embedding.labels >= 0]).tolist()
    chosen = list(classes) if classes is not None else there if len(there) <= _COLOURED else []
    others = ~np.isin(embedding.labels, chosen)
    if others.any():
        said = _("other classes") if there else _("images")
        grey = faded(INK[theme].zero, 0.45)
        figure.add_trace(_points(embedding, others, said, names, {"color": grey, "size": 5}))
    for index, style in zip(chosen, class_styles(chosen, theme), strict=True):
        own = embedding.labels == index
        if own.any():
            marker = {"color": style.color, "symbol": style.marker, "size": 7, "opacity": 0.85}
            figure.add_trace(_points(embedding, own, short(names[index]), names, marker))
    _mark(figure, embedding, marked, theme)
    _write_names(figure, embedding, names, theme)
    _title_axes(figure, embedding)
    return figure


def _points(
    embedding: Embedding,
    own: npt.NDArray[np.bool_],
    said: str,
    names: Sequence[str],
    marker: dict[str, object],
) -> go.Scattergl:
    labels, samples = embedding.labels[own], embedding.samples[own]
    nothing, numbered = _("no class"), _("<br>image {n:,}")
    return go.Scattergl(
        x=embedding.points[own, 0].astype(np.float32),
        y=embedding.points[own, 1].astype(np.float32),
        mode="markers",
        marker=marker,
        name=said,
        customdata=np.column_stack([samples, labels]),
        hovertext=[
            (f"<b>{full(names[label])}</b>" if label >= 0 else nothing)
            + (numbered.format(n=sample) if sample >= 0 else "")
            for sample, label in zip(samples, labels, strict=True)
        ],
        hovertemplate="%{hovertext}<extra></extra>",
    )


def _mark(figure: go.Figure, embedding: Embedding, marked: Sequence[int], theme: Theme) -> None:
    """Over the points; those that are not drawn cannot be marked."""
    for samples, symbol, size in ((marked[:1], "star-open", 18), (marked[1:], "circle-open", 13)):
        own = np.isin(embedding.samples, samples)
        if own.any():
            figure.add_trace(
                go.Scattergl(
                    x=embedding.points[own, 0].astype(np.float32),
                    y=embedding.points[own, 1].astype(np.float32),
                    mode="markers",
                    marker={
                        "symbol": symbol,
                        "size": size,
                        "color": INK[theme].text,
                        "line": {"width": 2},
                    },
                    hoverinfo="skip",
                    showlegend=False,
                )
            )


def _write_names(
    figure: go.Figure, embedding: Embedding, names: Sequence[str], theme: Theme
) -> None:
    """Beside class means, if there is room."""
    if len(embedding.points) > _WRITTEN or (embedding.samples >= 0).any():
        return
    figure.add_trace(
        go.Scatter(
            x=embedding.points[:, 0],
            y=embedding.points[:, 1],
            mode="text",
            text=[short(names[label]) if label >= 0 else "" for label in embedding.labels],
            textposition="top center",
            textfont={"size": 11, "color": INK[theme].muted},
            hoverinfo="skip",
            showlegend=False,
        )
    )
    figure.update_layout(showlegend=False)


def _title_axes(figure: go.Figure, embedding: Embedding) -> None:
    if embedding.method == "umap":
        figure.update_xaxes(title_text="UMAP 1", showticklabels=False)
        figure.update_yaxes(title_text="UMAP 2", showticklabels=False)
        return
    first, second = embedding.explained
    across = _("first component ({percent:.3g} % of the variance)").format(percent=100 * first)
    up = _("second component ({percent:.2g} %)").format(percent=100 * second)
    figure.update_xaxes(title_text=safe(across))
    figure.update_yaxes(title_text=safe(up))
