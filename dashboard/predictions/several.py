"""All networks that saw the same images, as one table."""

from typing import Any

import pandas as pd
import streamlit as st

from analysis.spreadsheet import harmless
from dashboard.parts import escape, formats, states
from dashboard.parts.pairs import Pair
from dashboard.parts.tables import table_height
from dashboard.shell.language import _, together
from dashboard.shell.sidebar import Choices
from dashboard.sources import compared
from dashboard.sources.background import Work, while_running
from senet_core.errors import InputError

MOST = 12
"""Networks: their resamples take seconds each."""


def draw_several(chosen: Choices, pair: Pair) -> None:
    """The table, where there are more than two."""
    stores = compared.comparable(chosen.stores, pair, MOST)
    if len(stores) < 3:
        return
    work = compared.several(stores)
    st.header(_("All {n} networks on these images").format(n=len(stores)))
    while_running(lambda: _table(work, stores[0].name, len(stores)), [work])


def _table(work: Work[pd.DataFrame], reference: str, rows: int) -> None:
    if work.fault:
        with states.told(_("These stores cannot be compared")):
            raise InputError(work.fault)
        return
    table = _shown(work.parts[0]) if work.parts else pd.DataFrame({_("Network"): [""] * rows})
    st.dataframe(
        table,
        hide_index=True,
        column_config=_columns(),
        height=table_height(rows),
        key="several",
        placeholder="–",
        alt=_("A table of {n} networks: accuracy, calibration, difference.").format(n=rows),
    )
    said = _(
        "Differences are to {reference}, with Newcombe's 95 % interval of each pair; p is "
        "McNemar's, exact, corrected for the number of pairs (Holm)."
    )
    waiting = "" if work.parts else _("Being computed.")
    st.caption(together(waiting, said.format(reference=escape.markdown(reference))))


def _columns() -> dict[str, Any]:
    """One number of digits within a column."""
    digits = {
        _("Parameters"): "localized",
        _("Accuracy (%)"): "%.2f",
        _("Difference (points)"): "%+.2f",
        _("p, corrected"): "%.4f",
        _("ECE (%)"): "%.2f",
        _("NLL"): "%.3f",
    }
    return {name: st.column_config.NumberColumn(format=form) for name, form in digits.items()}


def _shown(table: pd.DataFrame) -> pd.DataFrame:
    """The table as it is read: each interval in one cell."""

    def between(low: str, high: str, digits: int, factor: float = 1) -> list[str]:
        ends = zip(factor * table[low], factor * table[high], strict=True)
        said = (f"{a:.{digits}f} … {b:.{digits}f}" if pd.notna(a) else "" for a, b in ends)
        return [text.replace("-", formats.MINUS) for text in said]

    return pd.DataFrame(
        {
            _("Network"): table["network"].map(harmless),
            _("Parameters"): table["parameters"],
            _("Accuracy (%)"): 100 * table["accuracy"],
            _("Accuracy, 95 % interval"): between("low", "high", 2, 100),
            _("Difference (points)"): 100 * table["difference"],
            _("Difference, 95 % interval"): between("difference_low", "difference_high", 2, 100),
            _("p, corrected"): table["p"],
            _("ECE (%)"): 100 * table["ece"],
            _("ECE, 95 % interval"): between("ece_low", "ece_high", 2, 100),
            _("NLL"): table["nll"],
        }
    )
