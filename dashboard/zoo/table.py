"""The zoo's table: every network, ours and the paper's."""

from typing import Any

import pandas as pd
import streamlit as st

from dashboard.parts import formats
from dashboard.shell.language import _


def ours_and_paper(rows: pd.DataFrame) -> pd.DataFrame:
    """The cells of some rows of `analysis.zoo.zoo_against_paper`, the paper's as printed."""
    return pd.DataFrame(
        {
            "name": rows["name"],
            "parameters": rows["parameters"] / 1e6,
            "parameters_paper": rows["parameters_printed"],
            "parameters_off": [_off(row, "parameters") for _i, row in rows.iterrows()],
            "flops": rows["flops"] / 1e9,
            "flops_paper": rows["flops_printed"],
            "flops_off": [_off(row, "flops") for _i, row in rows.iterrows()],
            "gates": rows["gates"],
            "input_size": rows["input_size"],
            "top1": rows["top1"],
            "top5": rows["top5"],
            "data": rows["data"],
        }
    )


def _off(row: pd.Series, what: str) -> str:
    """The difference with its sign, and a tick or a cross."""
    if row[f"{what}_agree"] is None:
        return ""
    sign = "✓" if row[f"{what}_agree"] else "✗"
    return f"{sign} {row[f'{what}_off']:+.2f} %".replace("-", formats.MINUS)


def columns() -> dict[str, Any]:
    """How the columns of `ours_and_paper` are called and written."""
    number = st.column_config.NumberColumn
    return {
        "name": st.column_config.TextColumn(_("Network"), pinned=True),
        "parameters": number(_("Parameters, M"), format="%.2f"),
        "parameters_paper": st.column_config.TextColumn(_("paper")),
        "parameters_off": st.column_config.TextColumn(_("difference"), width=92),
        "flops": number(_("FLOPs, G"), format="%.3f"),
        "flops_paper": st.column_config.TextColumn(_("paper")),
        "flops_off": st.column_config.TextColumn(_("difference"), width=92),
        "gates": number(_("SE blocks")),
        "input_size": number(_("Pixels"), help=_("Side of the image.")),
        "top1": number(_("Top-1 error, paper, %"), format="%.2f"),
        "top5": number(_("Top-5 error, paper, %"), format="%.2f"),
        "data": _("on"),
    }
