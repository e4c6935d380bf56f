"""The images on which at least one of two networks is wrong, in four groups, with both top-5."""

import html

import pandas as pd
import streamlit as st

from analysis.figures import class_style
from analysis.spreadsheet import csv
from dashboard import cached, formats, states
from dashboard.controls import switch
from dashboard.gallery import Tile, draw_gallery, say_if_no_images
from dashboard.library import Entry, open_entry
from dashboard.theme import active_theme

PER_PAGE = 9
Pair = tuple[Entry, Entry]
Names = tuple[str, str]


def draw_disagreements(pair: Pair, names: Names, classes: tuple[int, ...]) -> None:
    """Draw the gallery; ``classes`` are the chosen ones, to which it can be narrowed."""
    table = cached.disagreements(*pair)
    counts = table["group"].value_counts()
    st.subheader("Images that at least one gets wrong")
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        group = switch("Group", _group_names(names), key="group", default="only_a")
        scope = switch("Of", _SCOPES, key="of", default="every")
    table = table[table["group"] == group]
    if scope == "chosen":
        table = table[table["label"].isin(classes)]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(
            f"{formats.count(len(table), 'image')} of {counts.get(group, 0):,} in this group. "
            "In bold the true class; the bars are each network's five most probable classes.",
            width="stretch",
        )
        _downloads(table, pair, group)
    if table.empty:
        states.sentence("No image here", "No image of these classes falls into this group.")
        return
    say_if_no_images(pair[0], open_entry(pair[0]).attrs)
    _turn_back_where_new(f"{pair} {group} {scope}")
    pages = -(-len(table) // PER_PAGE)
    slot = st.container()
    number = min(st.pagination(pages, key="page", bind="query-params"), pages)
    with slot:
        shown = table.iloc[(number - 1) * PER_PAGE : number * PER_PAGE]
        draw_gallery(pair[0], _tiles(shown, pair, names), width=280, label="Disagreements")


def _turn_back_where_new(shown: str) -> None:
    """Begin at the first page where something else than before is shown."""
    if st.session_state.get("gallery-of", shown) != shown:
        st.session_state["page"] = 1
    st.session_state["gallery-of"] = shown


_SCOPES = {"every": "all classes", "chosen": "chosen classes"}


def _group_names(names: Names) -> dict[str, str]:
    """The four groups as they are called here, in the order of `compare.GROUPS`."""
    first, second = names
    return {
        "only_a": f"{first} alone right",
        "only_b": f"{second} alone right",
        "same_error": "both wrong alike",
        "different_errors": "both wrong differently",
    }


def _downloads(table: pd.DataFrame, pair: Pair, group: str) -> None:
    classes = open_entry(pair[0])["class"].values

    def named() -> bytes:
        columns = {key: classes[table[key]] for key in ("label", "prediction_a", "prediction_b")}
        return csv(table.assign(**columns))

    st.download_button(
        "Numbers (CSV)",
        named,
        f"disagreements-{group}.csv",
        "text/csv",
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
        key="disagreements-csv",
    )


def _tiles(shown: pd.DataFrame, pair: Pair, names: Names) -> list[Tile]:
    classes = open_entry(pair[0])["class"].values
    result = []
    for row in shown.itertuples():
        tables = [cached.top_k(store, int(row.sample)) for store in pair]
        lines = tuple(
            f"{name}: {table['class'][0]}" for name, table in zip(names, tables, strict=True)
        )
        bars = "".join(
            _top_five(table, name, series, int(row.label))
            for series, (table, name) in enumerate(zip(tables, names, strict=True))
        )
        below = f'<div style="display:flex;gap:0.7rem;margin-top:0.5rem">{bars}</div>'
        result.append(Tile(int(row.sample), str(classes[row.label]), lines, below))
    return result


def _top_five(table: pd.DataFrame, name: str, series: int, label: int) -> str:
    """Five bars as HTML; the true class is bold with a tick."""
    color = class_style(series, active_theme()).color
    rows = ""
    for row in table.rename(columns={"class": "name"}).itertuples():
        truth = row.label == label
        said, share = html.escape(str(row.name)), 100 * row.probability
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
        f'white-space:nowrap">{html.escape(name)}, %</div>{rows}</div>'
    )
