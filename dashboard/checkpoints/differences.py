"""The table of what two stores differ in: first what differs, the rest folded away."""

import html
import re
from collections.abc import Sequence

import streamlit as st

from analysis.differences import Difference, Value
from analysis.readable import readable
from dashboard.checkpoints import facts
from dashboard.parts import formats
from dashboard.shell.language import _, plural


def draw_differences(found: Sequence[Difference], names: tuple[str, str]) -> None:
    """Draw the facts that differ, and fold away what agrees or is known of one store alone."""
    st.markdown(
        _("**What differs**"),
        help=_(
            "From the stores, and from the checkpoints and the settings of their training runs as "
            "far as these are at hand. Parameters and multiply-adds are counted for one image of "
            "the store's size."
        ),
    )
    if differing := [each for each in found if each.known and not each.same]:
        st.html(_table(differing, names))
    else:
        st.caption(_("Nothing that is known of both differs."))
    if same := [each for each in found if each.same]:
        said = plural("{n} fact agrees", "{n} facts agree", len(same)).format(n=len(same))
        with st.expander(said, icon=":material/equal:"):
            st.html(_table(same, None))
    if alone := [each for each in found if not each.known]:
        said = plural("{n} fact of one alone", "{n} facts of one alone", len(alone))
        with st.expander(said.format(n=len(alone)), icon=":material/looks_one:"):
            st.html(_table(alone, names))


def written(value: Value) -> str:
    """A fact as people read it; what nobody knows is a dash."""
    if value is None:
        return formats.DASH
    if value == "":
        return _("none")
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:g}" if isinstance(value, float) else value


def _table(found: Sequence[Difference], names: tuple[str, str] | None) -> str:
    head = ""
    if names is not None:
        cells = "".join(f'<th scope="col" style="{_CELL}">{_breaking(name)}</th>' for name in names)
        head = f'<thead><tr><th style="{_CELL}">{_("Fact")}</th>{cells}</tr></thead>'
    rows = "".join(_row(each, double=names is not None) for each in found)
    return (
        '<table style="width:100%;border-collapse:collapse;font-size:0.82rem;line-height:1.45;'
        f'table-layout:fixed;font-variant-numeric:tabular-nums">{head}<tbody>{rows}</tbody></table>'
    )


_CELL = (
    "text-align:left;padding:0.22rem 0.5rem 0.22rem 0;overflow-wrap:break-word;vertical-align:top;"
    "border-bottom:1px solid rgba(128,128,128,0.25)"
)


def _row(each: Difference, *, double: bool) -> str:
    name = facts.name_of(each.name, each.detail)
    values = [each.a, each.b] if double else [each.a]
    values = [facts.value_of(each.name, each.detail, value) for value in values]
    cells = "".join(
        f'<td style="{_CELL};font-weight:{600 if double else 400}">{_breaking(written(value))}</td>'
        for value in values
    )
    return (
        f'<tr><th scope="row" style="{_CELL};font-weight:400;opacity:0.78">'
        f"{_breaking(name)}</th>{cells}</tr>"
    )


def _breaking(text: str) -> str:
    """HTML of a name that may be broken where a reader would."""
    return re.sub(r"([._])(?=[A-Za-z])", r"\1<wbr>", html.escape(readable(text)))
