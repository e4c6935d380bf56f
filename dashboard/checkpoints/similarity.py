"""How alike two networks gate the same images: CKA by block, or of every two blocks."""

import pandas as pd
import streamlit as st

from analysis import figures
from analysis.figures.checkpoints import cka_by_depth
from analysis.store import gates_of
from dashboard.checkpoints import memo
from dashboard.parts import states
from dashboard.parts.controls import switch
from dashboard.parts.panels import Panel, show_figure
from dashboard.shell.language import _
from dashboard.shell.theme import active_theme
from dashboard.sources.background import Work, while_running, whole_page
from dashboard.sources.stores import Entry, open_entry

Pair = tuple[Entry, Entry]


def draw_similarity(pair: Pair, chosen: str | None) -> None:
    """The CKA of each block, ``chosen`` marked, or of every block with every other."""
    a = open_entry(pair[0])
    labels = [gate.label for gate in gates_of(a)]
    every = switch(
        _("Similarity (CKA) of"),
        {"same": _("each gate with itself"), "all": _("every two gates")},
        key="pairs",
        default="same",
    )
    if every == "all":
        work = memo.cka_of_all(*pair)
    else:
        work = memo.cka(*pair)

    def draw() -> None:
        if work.fault:
            states.sentence(
                _("The gates cannot be compared image by image"),
                states.spoken(work.fault),
            )
            return
        if every == "same":
            table = pd.DataFrame(list(work.parts))
            figure = cka_by_depth(table, labels, highlight=chosen, theme=active_theme())
        elif work.parts:
            table = work.parts[0]
            names = (pair[0].name, pair[1].name)
            figure = figures.cka_matrix(table, names=names, theme=active_theme())
        else:
            st.caption(_("Comparing every two gates, on a thousand images …"))
            return
        panel = Panel(
            key="cka",
            title=_("How alike the two networks arrange the images, gate by gate"),
            caption=_caption(work, every, len(table)),
            help=_(
                "Linear centred kernel alignment of the gate vectors of up to 1,000 images that "
                "both stores hold, debiased: 1 where one network's gates are the other's, turned "
                "and scaled; 0 where they have nothing in common."
            ),
            alt=_("CKA between the gates of two networks, {n} gates.").format(n=len(labels)),
        )
        on_channel = (lambda place: _pick(labels[place])) if every == "same" else None
        show_figure(panel, figure, table.reset_index, on_channel=on_channel)

    while_running(draw, [work])


def _caption(work: Work, every: str, rows: int) -> str:
    if work.running:
        return _("Comparing: {n} of {total} gates.").format(n=rows, total=work.total)
    if every == "all":
        return _("Bright: both networks arrange the images alike there.")
    if not rows:
        return _("No gate stands at the same place in both networks; compare every two gates.")
    return _("Low bars: there the networks gate differently. Click one to choose it.")


def _pick(label: str) -> None:
    """A click on a bar chooses the gate for the whole page."""
    st.session_state["gate"] = label
    whole_page()
