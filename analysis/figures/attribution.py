"""What networks looked at: signed maps over the photograph, and the gates behind a class."""

import base64
import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go
from PIL import Image

from analysis.figures.canvas import empty_figure, full, heat_bar, safe, short
from analysis.figures.palette import OKABE_ITO, Theme, faded
from analysis.words import _

Floats = npt.NDArray[np.floating[Any]]
Pixels = npt.NDArray[np.uint8]

_AGAINST, _FOR = OKABE_ITO[0], OKABE_ITO[1]
_OUTLIERS = 99.5
"""Per cent of the pixels whose values the colours resolve; the few beyond have the last colour."""

_FULL = 100
"""Maps travel as whole hundredths of the scale, a quarter of the bytes of float32."""


def attribution_maps(
    image: Pixels | Sequence[Pixels],
    maps: Sequence[tuple[str, Floats]],
    *,
    said: str = "",
    notes: Sequence[str] = (),
    opacity: float = 0.85,
    beneath: float = 0.55,
    photograph: bool = True,
    height: int = 420,
    theme: Theme = "light",
) -> go.Figure:
    """The image, and a panel a network with its map over the image in grey.

    All panels share one scale, as far to both sides of zero: orange speaks for the class, blue
    against it, and where nothing speaks the image shows.

    Args:
        image: (H, W, 3) or (H, W), 8-bit; or one a map, where networks see different parts of it.
        maps: each a name and its map (h, w), of any resolution, spread over the image.
        said: what the colours mean.
        notes: a line below each map, such as its convergence delta.
        opacity: of the strongest colours, from 0 to 1.
        beneath: opacity of the image in grey, from 0 to 1.
        photograph: whether the image itself is drawn before the maps.
        height: of the figure in pixels.
        theme: ``light`` or ``dark``.
    """
    images = [image] * len(maps) if isinstance(image, np.ndarray) else list(image)
    figure = empty_figure(theme=theme, height=height, revision=f"attribution {len(maps)}")
    titles = [_("image")] * photograph + [short(name, 34) for name, _values in maps]
    figure.set_subplots(rows=1, cols=len(titles), column_titles=titles, horizontal_spacing=0.03)
    if photograph:
        figure.add_trace(_photograph(images[0]), row=1, col=1)
        _arrange(figure, 1, images[0])
    reach = _reach([values for _name, values in maps])
    for column, (pixels, (name, values)) in enumerate(
        zip(images, maps, strict=True), start=1 + photograph
    ):
        figure.add_trace(_photograph(_greyed(pixels), beneath), row=1, col=column)
        overlay = _overlay(name, values, pixels.shape[:2], reach)
        figure.add_trace(overlay, row=1, col=column)
        _arrange(figure, column, pixels)
    bar = heat_bar(reach) | {
        "tickvals": [-_FULL, 0, _FULL],
        "len": 0.55,
        "x": 0.94,
        "xanchor": "right",
    }
    bar |= {"yref": "container", "y": 1, "yanchor": "top", "ypad": 10}
    scale = {"cmin": -_FULL, "cmax": _FULL, "colorscale": _colours(opacity), "colorbar": bar}
    title = {"text": said or _("attribution"), "font": {"size": 13}, "x": 0, "y": 1}
    title |= {"yanchor": "top", "pad": {"l": 8, "t": 10}}
    figure.update_layout(coloraxis=scale, title=title, margin={"t": 64})
    figure.update_annotations(font_size=13)
    for column, note in enumerate(notes, start=1 + photograph):
        figure.update_xaxes(title={"text": safe(note), "font": {"size": 12}}, col=column)
    return figure


def _arrange(figure: go.Figure, column: int, image: Pixels) -> None:
    """A panel of square pixels, the first row on top, without ticks."""
    height, width = image.shape[:2]
    bare = {"showticklabels": False, "showgrid": False, "ticks": "", "constrain": "domain"}
    figure.update_xaxes(range=[-0.5, width - 0.5], col=column, **bare)
    figure.update_yaxes(range=[height - 0.5, -0.5], col=column, **bare)
    for axis in figure.select_yaxes(col=column):
        axis.scaleanchor = axis.anchor


def _reach(maps: Sequence[Floats]) -> float:
    """Where the colours end on both sides of zero."""
    sizes = np.concatenate([np.abs(values).ravel() for values in maps])
    return float(np.percentile(sizes, _OUTLIERS)) or float(sizes.max()) or 1e-6


def _colours(opacity: float) -> list[list[float | str]]:
    """From blue over nothing at all to orange."""
    return [
        [0.0, faded(_AGAINST, opacity)],
        [0.5, faded(_AGAINST, 0.0)],
        [0.5, faded(_FOR, 0.0)],
        [1.0, faded(_FOR, opacity)],
    ]


def _overlay(name: str, values: Floats, sides: tuple[int, ...], reach: float) -> go.Heatmap:
    """A map stretched over the image, whose pixels have their centres at whole numbers."""
    (height, width), (rows, columns) = sides, values.shape
    dx, dy = width / columns, height / rows
    return go.Heatmap(
        z=np.clip(np.rint(_FULL * values / reach), -_FULL, _FULL).astype(np.int8),
        x0=(dx - 1) / 2,
        dx=dx,
        y0=(dy - 1) / 2,
        dy=dy,
        coloraxis="coloraxis",
        meta=[full(name)],
        hovertemplate=_("<b>%{meta[0]}</b><br>%{z:+d} % of the scale<extra></extra>"),
    )


def _photograph(image: Pixels, opacity: float = 1.0) -> go.Image:
    file = io.BytesIO()
    Image.fromarray(image).convert("RGB").save(file, "PNG")
    content = base64.b64encode(file.getvalue()).decode("ascii")
    source = f"data:image/png;base64,{content}"
    return go.Image(source=source, opacity=opacity, hoverinfo="skip")


def _greyed(image: Pixels) -> Pixels:
    """Its luminance, over which colours stand out."""
    return np.asarray(Image.fromarray(image).convert("L"))
