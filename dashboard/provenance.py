"""Where a store came from, one line a fact, for the sidebar and the cards of the home page."""

import html
import json
from pathlib import PurePath

import streamlit as st
import xarray as xr

from analysis.store import gates_of
from dashboard import formats


def facts(data: xr.Dataset) -> dict[str, str]:
    """What a store says of its network, checkpoint, data, images and date; plain text."""
    said = data.attrs
    network = said["architecture"]
    if said["weights"] == "random":
        network += " (random weights)"
    split = f", {said['split']}" if said["split"] else ""
    images = formats.count(data.sizes["sample"], "image")
    classes = formats.count(int((data["count"].values > 0).sum()), "class", "classes")
    if skipped := len(json.loads(said["skipped"])):
        images += f" ({skipped:,} unreadable, left out)"
    return {
        "Network": network,
        "Checkpoint": _checkpoint(said["checkpoint_file"], said["checkpoint"]),
        "Data": f"{said['dataset']}{split}",
        "Images": f"{images}, {classes}" if said["labels"] != "none" else f"{images}, no labels",
        "Gates": _gates(data),
        "Collected": said["created"][:10],
    }


def draw_facts(shown: dict[str, str]) -> None:
    """Draw facts as a quiet list, each on one line; long ones are cut and told on hovering."""
    rows = "".join(
        '<div style="display:flex;gap:0.6rem;min-width:0">'
        f'<span style="flex:0 0 5.2rem;opacity:0.72">{html.escape(name)}</span>'
        f'<span title="{html.escape(value)}" style="min-width:0;overflow:hidden;'
        f'text-overflow:ellipsis;white-space:nowrap">{html.escape(value)}</span></div>'
        for name, value in shown.items()
    )
    st.html(f'<div style="font-size:0.82rem;line-height:1.6">{rows}</div>')


def _checkpoint(file: str, digest: str) -> str:
    if not digest:
        return "none"
    name = PurePath(file).name or "checkpoint"
    return f"{name} ({digest[:8]})"


def _gates(data: xr.Dataset) -> str:
    gates = gates_of(data)
    if not gates:
        return "none (a baseline)"
    channels = sum(gate.channels for gate in gates)
    return f"{formats.count(len(gates), 'block')}, {formats.count(channels, 'channel')}"
