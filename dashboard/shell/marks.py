"""Small drawings of the sidebar: where a gate lies in the network, how a class is drawn."""

import html
from collections.abc import Sequence

import streamlit as st

from analysis.figures import Style, class_style, class_styles
from analysis.naming import Gate
from dashboard.shell.language import _
from dashboard.shell.theme import active_theme

_CSS_DASH = {"solid": "solid", "dot": "dotted"}
"""CSS knows three kinds of line; all others of the figures' are dashed."""


def depth_strip(gates: Sequence[Gate], chosen: Gate) -> None:
    """The network as a row of marks, one a gate, with gaps between stages."""
    place = gates.index(chosen)
    marks = "".join(_mark(gates, index, index == place) for index in range(len(gates)))
    said = _("{gate}: gate {n} of {all} from the input")
    said = said.format(gate=chosen.label, n=place + 1, all=len(gates))
    below = _("{n} of {all}, {channels} channels")
    below = below.format(n=place + 1, all=len(gates), channels=chosen.channels)
    start, end = _("input"), _("output")
    st.html(
        f'<div role="img" aria-label="{html.escape(said)}">'
        f'<div style="display:flex;gap:2px;align-items:center;height:0.9rem">{marks}</div>'
        '<div style="display:flex;justify-content:space-between;font-size:0.78rem;opacity:0.75">'
        f"<span>{start}</span><span>{below}</span><span>{end}</span></div></div>"
    )


def class_legend(classes: Sequence[tuple[int, str]]) -> None:
    """The colour and the dash that each class, (place, name), has in every figure."""
    styles = class_styles([place for place, _name in classes], active_theme())
    named = zip(styles, (name for _place, name in classes), strict=True)
    rows = "".join(_swatch(style, name) for style, name in named)
    st.html(f'<div style="font-size:0.85rem;line-height:1.55">{rows}</div>')


def _mark(gates: Sequence[Gate], index: int, chosen: bool) -> str:
    color = class_style(0 if active_theme() == "light" else 5, active_theme()).color
    look = (
        f"background:{color};height:0.9rem"
        if chosen
        else ("background:currentColor;opacity:0.25;height:0.5rem")
    )
    apart = index and gates[index].stage != gates[index - 1].stage
    gap = "margin-left:0.4rem;" if apart else ""
    return f'<span style="flex:1 1 0;min-width:1px;border-radius:2px;{gap}{look}"></span>'


def _swatch(style: Style, name: str) -> str:
    line = f"2.5px {_CSS_DASH.get(style.dash, 'dashed')} {style.color}"
    return (
        '<div style="display:flex;align-items:center;gap:0.5rem;min-width:0">'
        f'<span style="flex:0 0 1.6rem;border-top:{line}"></span>'
        '<span style="overflow:hidden;text-overflow:ellipsis;white-space:nowrap">'
        f"{html.escape(name)}</span></div>"
    )
