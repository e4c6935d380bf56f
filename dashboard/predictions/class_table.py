"""Every class of two networks as a table, which is searched, sorted, and chosen from."""

import pandas as pd
import streamlit as st

from analysis.spreadsheet import harmless
from dashboard.parts.pairs import Names, Pair
from dashboard.parts.tables import table_height
from dashboard.shell.language import _
from dashboard.shell.sidebar import class_names
from dashboard.sources import cached
from dashboard.sources.stores import open_entry

_KEY = "class-table"


def draw_class_table(pair: Pair, names: Names) -> None:
    """All classes, to be searched and sorted; a row chosen narrows the gallery to its class."""
    table = cached.per_class_change(*pair)
    st.markdown(
        f"**{_('All classes')}**",
        help=_("Sorted by a click on a column, searched by the magnifier above the table."),
    )
    ranked = table.sort_values("change", kind="stable", ascending=False)
    first, second = map(harmless, names)
    shown = {
        _("Class"): ranked["class"].map(harmless),
        _("Images"): ranked["n"],
        _("{name}, %").format(name=first): 100 * ranked["accuracy_a"],
        _("{name}, %").format(name=second): 100 * ranked["accuracy_b"],
        _("Change"): 100 * ranked["change"],
        _("p, corrected"): ranked["p"],
    }
    formats = (None, "localized", "%.1f", "%.1f", "%+.1f", "%.3f")
    columns = {
        name: st.column_config.NumberColumn(format=form)
        for name, form in zip(shown, formats, strict=True)
        if form is not None
    }
    st.dataframe(
        pd.DataFrame(shown),
        hide_index=True,
        column_config=columns,
        height=table_height(len(ranked)),
        key=_KEY,
        on_select=lambda: show_class(pair, ranked["label"].tolist()),
        selection_mode="single-row",
        alt=_("A table of {n} classes: accuracy of both networks and change.").format(n=len(table)),
    )
    st.caption(_("Choose a row to see the images of its class below that either gets wrong."))


def show_class(pair: Pair, labels: list[int]) -> None:
    """Choose the class of the selected row for all pages, and the gallery of chosen classes."""
    rows = st.session_state[_KEY].selection.rows
    if rows:
        names = class_names(open_entry(pair[0]))
        st.session_state["classes"] = [names[labels[rows[0]]]]
        st.session_state["of"] = "chosen"
    else:
        st.session_state["of"] = "every"
