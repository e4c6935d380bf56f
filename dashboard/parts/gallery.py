"""Images in tiles that wrap, drawn as one element so that a page of them is one message."""

import base64
import html
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st
from PIL import Image

from dashboard.shell.language import _
from dashboard.sources import cached
from dashboard.sources.stores import Entry
from senet_core.errors import InputError

FETCHED = ("fashion_mnist", "cifar10", "cifar100", "imagenette", "places365")
"""Data sets that `python -m senet_core fetch` can get."""
_SHOWN = 192
"""Pixels: the longest side that is sent; smaller images are enlarged by the browser."""


@dataclass(frozen=True)
class Tile:
    """One image with what is said of it.

    Attributes:
        sample: its place in the store.
        title: the first line; plain text.
        lines: more of them; plain text.
        below: finished HTML under the lines.
    """

    sample: int
    title: str
    lines: tuple[str, ...] = ()
    below: str = ""


def draw_gallery(store: Entry, tiles: Sequence[Tile], *, width: int, label: str) -> None:
    """Draw tiles of ``width`` pixels; where the images are not at hand, frames stand for them."""
    source = store if cached.image_source(store) is not None else None
    drawn = "".join(_tile(source, tile, width) for tile in tiles)
    st.html(
        f'<div role="list" aria-label="{html.escape(label)}" style="display:grid;gap:0.75rem;'
        f'grid-template-columns:repeat(auto-fill,minmax(min({width}px,100%),1fr))">{drawn}</div>'
    )


def say_if_no_images(store: Entry, said: Mapping[str, Any]) -> None:
    """What to do, where the images of a store are not at hand; ``said`` is its attributes."""
    with st.spinner(_("Opening the images")):
        source = cached.image_source(store)
    if source is not None:
        return
    if said["dataset"] in FETCHED and not Path(said["root"]).is_absolute():
        st.caption(
            _(
                ":material/hide_image: The images are not at hand, so empty frames stand for them. "
                "This gets them, where the internet can be reached:"
            )
        )
        st.code(f"python -m senet_core fetch {said['dataset']}", language=None, wrap_lines=True)
    else:
        st.caption(
            _(
                ":material/hide_image: The images are not at hand, so empty frames stand for them. "
                "They lay here when the store was collected:"
            )
        )
        st.code(said["root"], language=None, wrap_lines=True)


@st.cache_data(max_entries=2048, show_spinner=False)
def thumbnail(store: Entry, sample: int) -> str | None:
    """One image as a data URI; None where it is not at hand or cannot be read."""
    source = cached.image_source(store)
    if source is None:
        return None
    try:
        image = source.image(sample)
    except InputError:
        return None
    return _data_uri(image)


def _data_uri(image: Image.Image) -> str:
    photograph = max(image.size) > 96
    shown = image.copy()
    shown.thumbnail((_SHOWN, _SHOWN))
    stream = io.BytesIO()
    shown.save(stream, "JPEG" if photograph else "PNG", quality=88)
    kind = "jpeg" if photograph else "png"
    return f"data:image/{kind};base64,{base64.b64encode(stream.getvalue()).decode()}"


def _tile(store: Entry | None, tile: Tile, width: int) -> str:
    side = min(width, 96)
    picture = (
        f'<div style="flex:none;width:{side}px;height:{side}px;max-width:100%;display:grid;'
        "place-items:center;overflow:hidden;border-radius:4px;"
        f'background:rgba(128,128,128,0.14)">{_picture(store, tile)}</div>'
    )
    lines = "".join(
        f'<div style="opacity:0.8;overflow-wrap:anywhere">{html.escape(line)}</div>'
        for line in tile.lines
    )
    words = (
        f'<div style="min-width:0"><div title="{html.escape(tile.title)}" style="font-weight:600;'
        'overflow:hidden;text-overflow:ellipsis;white-space:nowrap">'
        f"{html.escape(tile.title)}</div>{lines}</div>"
    )
    style = "min-width:0;font-size:0.82rem;line-height:1.4;font-variant-numeric:tabular-nums"
    if not tile.below:
        return f'<div role="listitem" style="{style}">{picture}{words}</div>'
    return (
        f'<div role="listitem" style="{style};padding:0.7rem;border-radius:6px;'
        'border:1px solid rgba(128,128,128,0.28)">'
        f'<div style="display:flex;gap:0.7rem">{picture}{words}</div>{tile.below}</div>'
    )


def _picture(store: Entry | None, tile: Tile) -> str:
    uri = None if store is None else thumbnail(store, tile.sample)
    if uri is None:
        return f'<span style="opacity:0.6;font-size:0.78rem">{html.escape(_("no image"))}</span>'
    return (
        f'<img src="{uri}" alt="{html.escape(tile.title)}" '
        'style="width:100%;height:100%;object-fit:contain">'
    )
