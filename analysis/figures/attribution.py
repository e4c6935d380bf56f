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

Floats = npt.NDArray[np.floating[Any]]

_AGAINST, _FOR = OKABE_ITO[0], OKABE_ITO[1]
_OUTLIERS = 99.5
"""Per cent of the pixels whose values the colours resolve; the few beyond have the last colour."""

_FULL = 100
"""Maps travel as whole hundredths of the scale, a quarter of the bytes of float32."""


def attribution_maps(
    image: npt.NDArray[np.uint8],
    maps: Sequence[tuple[str, Floats]],
    *,
    said: str = "attribution",
    notes: Sequence[str] = (),
    opacity: float = 0.85,
    theme: Theme = "light",
) -> go.Figure:
    """The image, and a panel a network with its map over the image in grey.

    All panels share one scale, as far to both sides of zero: orange speaks for the class, blue
    against it, and where nothing speaks the image shows.

    Args:
        image: (H, W, 3) or (H, W), 8-bit.
        maps: each a name and its map (h, w), of any resolution, spread over the image.
        said: what the colours mean.
        notes: a line below each map, such as its convergence delta.
        opacity: of the strongest colours, from 0 to 1.
        theme: ``light`` or ``dark``.
    """
    figure = empty_figure(theme=theme, height=420, revision=f"attribution {len(maps)}")
    titles = ["image", *(short(name, 30) for name, _ in maps)]
    figure.set_subplots(rows=1, cols=len(titles), column_titles=titles, horizontal_spacing=0.03)
    figure.add_trace(_photograph(image), row=1, col=1)
    grey = _photograph(_greyed(image, theme))
    sides = image.shape[:2]
    reach = _reach([values for _, values in maps])
    for column, (name, values) in enumerate(maps, start=2):
        figure.add_trace(grey, row=1, col=column)
        figure.add_trace(_overlay(name, values, sides, reach), row=1, col=column)
    _arrange(figure, sides)
    bar = heat_bar(reach) | {"tickvals": [-_FULL, 0, _FULL], "y": 1.06, "len": 0.5}
    bar |= {"x": 0.5, "xanchor": "center"}
    scale = {"cmin": -_FULL, "cmax": _FULL, "colorscale": _colours(opacity), "colorbar": bar}
    title = {"text": said, "font": {"size": 13}, "x": 0, "y": 1, "yanchor": "top"}
    figure.update_layout(coloraxis=scale, title=title | {"pad": {"l": 8, "t": 22}})
    for column, note in enumerate(notes, start=2):
        figure.update_xaxes(title={"text": safe(note), "font": {"size": 12}}, col=column)
    return figure


def _arrange(figure: go.Figure, sides: tuple[int, ...]) -> None:
    """Panels of square pixels, the first row on top, without ticks; room above for the scale."""
    height, width = sides
    bare = {"showticklabels": False, "showgrid": False, "ticks": "", "constrain": "domain"}
    figure.update_xaxes(range=[-0.5, width - 0.5], **bare)
    figure.update_yaxes(range=[height - 0.5, -0.5], **bare)
    for axis in figure.select_yaxes():
        axis.scaleanchor = axis.anchor
    figure.update_annotations(font_size=13)
    figure.update_layout(margin={"t": 88})


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
        hovertemplate="<b>%{meta[0]}</b><br>%{z:+d} % of the scale<extra></extra>",
    )


def _photograph(image: npt.NDArray[np.uint8]) -> go.Image:
    file = io.BytesIO()
    Image.fromarray(image).convert("RGB").save(file, "PNG")
    content = base64.b64encode(file.getvalue()).decode("ascii")
    return go.Image(source=f"data:image/png;base64,{content}", hoverinfo="skip")


def _greyed(image: npt.NDArray[np.uint8], theme: Theme) -> npt.NDArray[np.uint8]:
    """Luminance, drawn half towards the page so that colours over it stand out."""
    grey = np.asarray(Image.fromarray(image).convert("L"), dtype=np.float64)
    page = 255 if theme == "light" else 20
    return np.rint(0.55 * grey + 0.45 * page).astype(np.uint8)
