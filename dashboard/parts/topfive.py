"""The five most probable classes of an image as bars, drawn as HTML: a network a column."""

import html
from collections.abc import Sequence

import pandas as pd

from analysis.figures import class_style
from dashboard.shell.language import _
from dashboard.shell.theme import active_theme


def side_by_side(
    tables: Sequence[pd.DataFrame], names: Sequence[str], label: int | None = None
) -> str:
    """What each network thinks of one image.

    Args:
        tables: of `analysis.compare.top_k`, a network each.
        names: what the networks are called; plain text.
        label: the true class among their outputs, which is bold with a tick.
    """
    drawn = "".join(
        bars(table, name, series, label)
        for series, (table, name) in enumerate(zip(tables, names, strict=True))
    )
    return f'<div style="display:flex;gap:0.7rem;margin-top:0.5rem">{drawn}</div>'


def bars(table: pd.DataFrame, name: str, series: int, label: int | None = None) -> str:
    """One network's; ``series`` decides its colour."""
    color = class_style(series, active_theme()).color
    heading = _("{name}, %").format(name=name)
    rows = ""
    columns = (table[column] for column in ("label", "class", "probability"))
    for place, known_as, probability in zip(*columns, strict=True):
        truth = place == label
        said, share = html.escape(str(known_as)), 100 * probability
        rows += (
            f'<div title="{said}: {share:.1f} %" style="position:relative;display:flex;'
            "justify-content:space-between;gap:0.3rem;padding:0 0.3rem;margin-top:2px;"
            f'{"font-weight:650;" if truth else ""}">'
            f'<span style="position:absolute;inset:0 auto 0 0;width:{share:.1f}%;'
            f'background:{color};opacity:0.28;border-radius:2px"></span>'
            '<span style="position:relative;overflow:hidden;text-overflow:ellipsis;'
            f'white-space:nowrap">{said}{" ✓" if truth else ""}</span>'
            '<span style="position:relative;font-variant-numeric:tabular-nums">'
            f"{share:.0f}</span></div>"
        )
    return (
        '<div style="flex:1 1 0;min-width:0;font-size:0.76rem">'
        f'<div style="border-bottom:2px solid {color};overflow:hidden;text-overflow:ellipsis;'
        f'white-space:nowrap">{html.escape(heading)}</div>{rows}</div>'
    )
