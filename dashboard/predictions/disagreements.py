"""The images on which at least one of two networks is wrong, in four groups, with both top-5."""

import html
from urllib.parse import urlencode

import pandas as pd
import streamlit as st

from analysis.spreadsheet import csv
from dashboard.parts import escape, formats, states, topfive
from dashboard.parts.controls import switch, turn_page
from dashboard.parts.gallery import Tile, draw_gallery, say_if_no_images
from dashboard.parts.pairs import Names, Pair
from dashboard.shell.language import PARAMETER, _, language, marked
from dashboard.shell.navigation import PLACES
from dashboard.shell.theme import active_theme, link_colour
from dashboard.sources import cached
from dashboard.sources.stores import open_entry

PER_PAGE = 9
SCOPES = {"every": marked("all classes"), "chosen": marked("chosen classes")}
OPENED_BY = ("block", "attribution")
"""The pages that show one image."""


@st.fragment
def draw_disagreements(pair: Pair, names: Names, classes: tuple[int, ...]) -> None:
    """Draw the gallery, which turns without the page; it can be narrowed to chosen ``classes``."""
    table = cached.disagreements(*pair)
    counts = table["group"].value_counts()
    st.header(_("Images that at least one gets wrong"))
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        group = switch(_("Group"), _group_names(names), key="group", default="only_a")
        scopes = {code: _(name) for code, name in SCOPES.items()}
        scope = switch(_("Of"), scopes, key="of", default="every")
    table = table[table["group"] == group]
    if scope == "chosen":
        table = table[table["label"].isin(classes)]
    with st.container(horizontal=True, vertical_alignment="center"):
        said = _(
            "{shown} of {n:,} in this group. In bold the true class; the bars are each network's "
            "five most probable classes."
        )
        shown = formats.count(len(table), "image")
        st.caption(said.format(shown=shown, n=counts.get(group, 0)), width="stretch")
        _downloads(table, pair, group)
    if table.empty:
        states.sentence(_("No image here"), _("No image of these classes falls into this group."))
        return
    say_if_no_images(pair[0], open_entry(pair[0]).attrs)
    _turn_back_where_new(f"{pair} {group} {scope} {classes if scope == 'chosen' else ''}")
    pages = -(-len(table) // PER_PAGE)
    slot = st.container()
    number = turn_page(pages, key="page")
    with slot:
        shown_now = table.iloc[(number - 1) * PER_PAGE : number * PER_PAGE]
        draw_gallery(pair[0], _tiles(shown_now, pair, names), width=280, label=_("Disagreements"))


def _turn_back_where_new(shown: str) -> None:
    """Begin at the first page where something else than before is shown."""
    if st.session_state.get("gallery-of", shown) != shown:
        st.session_state["page"] = 1
    st.session_state["gallery-of"] = shown


def _group_names(names: Names) -> dict[str, str]:
    """The four groups as they are called here, in the order of `compare.GROUPS`."""
    first, second = map(escape.markdown, names)  # its control takes Markdown
    return {
        "only_a": _("{name} alone right").format(name=first),
        "only_b": _("{name} alone right").format(name=second),
        "same_error": _("both wrong alike"),
        "different_errors": _("both wrong differently"),
    }


def _downloads(table: pd.DataFrame, pair: Pair, group: str) -> None:
    classes = open_entry(pair[0])["class"].values

    def named() -> bytes:
        columns = {key: classes[table[key]] for key in ("label", "prediction_a", "prediction_b")}
        return csv(table.assign(**columns))

    st.download_button(
        _("Numbers (CSV)"),
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
            _("{0}: {1}").format(name, table["class"][0])
            for name, table in zip(names, tables, strict=True)
        )
        title = str(classes[row.label])
        below = topfive.side_by_side(tables, names, int(row.label))
        result.append(Tile(int(row.sample), title, lines, below + _links(pair, row.sample, title)))
    return result


def _links(pair: Pair, sample: int, title: str) -> str:
    """Links to the pages that look closer at one image, as HTML; the keyboard reaches them."""
    asked = {"store": pair[0].name, "other": pair[1].name, "image": sample}
    if language() != "en":
        asked[PARAMETER] = language()
    query, color = html.escape(urlencode(asked)), link_colour(active_theme())
    links = ""
    for place in PLACES:
        if place.name in OPENED_BY:
            said = html.escape(_(place.title))
            links += (
                f'<a href="{place.name}?{query}" target="_self" style="color:{color}" '
                f'aria-label="{said}: {html.escape(title)}">{said}</a>'
            )
    return f'<div style="display:flex;gap:0.9rem;margin-top:0.5rem">{links}</div>'
