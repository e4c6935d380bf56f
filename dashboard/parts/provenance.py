"""Where a store came from, one line a fact, for the sidebar and the cards of the home page."""

import html
from pathlib import PurePath
from typing import Any

import streamlit as st
import xarray as xr

from analysis.readable import readable
from analysis.store import gates_of
from dashboard.parts import formats
from dashboard.shell.language import _
from senet_core.json_text import read_json


def facts(data: xr.Dataset) -> dict[str, str]:
    """What a store says of its network, checkpoint, data, images and date; plain text."""
    said = data.attrs
    network = _network(said["architecture"], read_json(said["options"]))
    if said["weights"] == "random":
        network = _("{network} (random weights)").format(network=network)
    return {
        _("Network"): network,
        _("Checkpoint"): _checkpoint(said["checkpoint_file"], said["checkpoint"]),
        _("Data"): _both(said["dataset"], said["split"]),
        _("Images"): _images(data),
        _("Gates"): _gates(data),
        _("Collected"): said["created"][:10],
    }


def draw_facts(shown: dict[str, str]) -> None:
    """Draw facts as a quiet list, each on one line; long ones are cut and told on hovering."""
    rows = "".join(
        f'<span style="opacity:0.72">{html.escape(name)}</span>'
        f'<span title="{html.escape(value)}" style="min-width:0;overflow:hidden;'
        f'text-overflow:ellipsis;white-space:nowrap">{html.escape(value)}</span>'
        for name, value in shown.items()
    )
    st.html(
        '<div style="display:grid;grid-template-columns:auto minmax(0,1fr);column-gap:0.8rem;'
        f'font-size:0.82rem;line-height:1.6">{rows}</div>'
    )


def _network(name: str, options: dict[str, Any]) -> str:
    """Its name, which says nothing of a narrowed form, and then the factor on its channels."""
    width = options.get("width", 1)
    return name if width == 1 else _("{name}, width × {width}").format(name=name, width=width)


def _checkpoint(file: str, digest: str) -> str:
    if not digest:
        return _("none")
    name = readable(PurePath(file).name) or _("checkpoint")
    return _("{0} ({1})").format(name, digest[:8])


def _images(data: xr.Dataset) -> str:
    said = data.attrs
    images = formats.count(data.sizes["sample"], "image")
    if skipped := len(read_json(said["skipped"])):
        images = _("{images} ({n:,} unreadable, left out)").format(images=images, n=skipped)
    if said["labels"] == "none":
        return _both(images, _("no labels"))
    return _both(images, formats.count(int((data["count"].values > 0).sum()), "class"))


def _gates(data: xr.Dataset) -> str:
    gates = gates_of(data)
    if not gates:
        return _("no gates (a baseline)")
    channels = sum(gate.channels for gate in gates)
    return _both(formats.count(len(gates), "block"), formats.count(channels, "channel"))


def _both(first: str, second: str) -> str:
    return _("{0}, {1}").format(first, second) if second else first
