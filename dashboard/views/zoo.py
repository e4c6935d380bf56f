"""Zoo: which networks there are, and at what cost."""

import math

import pandas as pd
import streamlit as st

from analysis.figures.zoo import cost_of_se, cost_scatter
from analysis.zoo import zoo_against_paper
from dashboard.jobs.collecting import draw_collecting
from dashboard.parts import formats
from dashboard.parts.controls import choose_one, switch
from dashboard.parts.panels import Panel, show_figure
from dashboard.parts.tables import table_height
from dashboard.shell import address
from dashboard.shell.language import _
from dashboard.shell.settings import current_settings
from dashboard.shell.theme import active_theme
from dashboard.zoo.table import columns, ours_and_paper

USUAL = "se_resnet50"
SEARCH = "search"
PICKED = "network"
_TABLE = "zoo-table"


def page() -> None:
    st.title(_("Zoo"))
    everything = zoo_against_paper()
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        family = switch(
            _("Networks for"),
            {"imagenet": "ImageNet", "cifar": "CIFAR", "all": _("both")},
            key="family",
            default="imagenet",
        )
        name = choose_one(
            _("Network"),
            everything["name"].tolist(),
            key=PICKED,
            default=USUAL,
            noun=_("the network"),
            help_text=_("Also by a click on a figure or on a row of the table."),
            width=260,
        )
    table = everything if family == "all" else everything[everything["family"] == family]
    headline(everything[everything["name"] == name].iloc[0])
    left, right = st.columns([1.45, 1], gap="medium")
    with left:
        scatter(table, name)
    with right:
        added(table, name)
    listing(table, name)
    collecting(name)


def headline(row: pd.Series) -> None:
    """The chosen network in a line of numbers."""
    with st.grid(5, min_column_width=150):
        number(
            _("Parameters"),
            millions(row["parameters"]),
            against(row, "parameters"),
            _("Weights, biases, and the scales and shifts of batch norm."),
        )
        number(
            _("FLOPs"),
            billions(row["flops"]),
            against(row, "flops"),
            _(
                "As the paper counts them: multiply-adds of convolutions and linear layers, and "
                "the squeeze's additions."
            ),
        )
        number(
            _("SE adds parameters"),
            share(row["se_parameters"]),
            _("r = 16, with biases"),
            _("Of the SE network against its baseline."),
        )
        number(
            _("SE adds multiply-adds"),
            share(row["se_macs"], 3),
            _("without the squeeze's additions"),
            _(
                "Of the SE network against its baseline, in convolutions and linear layers. FLOPs "
                "grow by more, for they count the squeeze."
            ),
        )
        said = formats.number(row["top1"], 2)
        change = formats.points(row["se_top1"] / 100, 2)
        number(
            _("Top-1 error in the paper, %"),
            said,
            _("{data} · SE: {points}").format(data=row["data"], points=change)
            if math.isfinite(row["se_top1"])
            else row["data"] or _("not stated"),
            _(
                "As printed in the paper, of its authors' training, and by how many points it "
                "changes with SE. Nothing of it was measured here."
            ),
        )


def number(label: str, value: str, below: str, explained: str) -> None:
    st.metric(label, value, delta=below, delta_color="off", delta_arrow="off", help=explained)


def against(row: pd.Series, what: str) -> str:
    """Our figure beside the paper's."""
    if row[f"{what}_agree"] is None:
        return _("not stated in the paper")
    paper = row[f"{what}_printed"]
    if row[f"{what}_agree"]:
        return _("paper {number}: agrees").format(number=paper)
    return _("paper {number}: {off} off").format(number=paper, off=share(row[f"{what}_off"], 1))


def millions(value: float) -> str:
    return f"{formats.number(value / 1e6, 2)} M"


def billions(value: float) -> str:
    return f"{formats.number(value / 1e9, 3)} G" if value >= 1e9 else f"{value / 1e6:.1f} M"


def share(per_cent: float, digits: int = 2) -> str:
    return formats.percent(per_cent / 100, digits)


def scatter(table: pd.DataFrame, name: str) -> None:
    panel = Panel(
        key="zoo-cost",
        title=_("What each network costs"),
        caption=_(
            "A line joins a baseline with its SE form: it goes up, for SE has parameters, and "
            "hardly to the right, for it computes next to nothing. Click a point to choose it."
        ),
        help=_(
            "Counted on the networks as `senet_core.complexity` does: one colour image of the "
            "network's own size, 1,000 classes (10 for CIFAR). Both axes are logarithmic."
        ),
        alt=_("Scatter of the parameters of {n} networks against their multiply-adds.").format(
            n=len(table)
        ),
    )
    figure = cost_scatter(table, chosen=name, theme=active_theme())
    show_figure(panel, figure, lambda: table, height=430, on_channel=pick)


def added(table: pd.DataFrame, name: str) -> None:
    panel = Panel(
        key="zoo-se",
        title=_("What SE adds"),
        caption=_(
            "Two matrices a block, used once an image: many parameters, and hardly an operation."
        ),
        help=_(
            "Of each SE network against its baseline, in per cent, on a logarithmic axis. In the "
            "paper's Equation 5 the added weights are (2 / r) Σ N_s C_s²."
        ),
        alt=_("Dot plot of the parameters and multiply-adds that SE adds to {n} networks.").format(
            n=int((table["se"] & table["se_parameters"].notna()).sum())
        ),
    )
    figure = cost_of_se(table, chosen=name, theme=active_theme())
    show_figure(panel, figure, lambda: table, height=430, on_channel=pick)


def pick(row: int) -> None:
    """A click on a figure chooses the network of a row."""
    st.session_state[PICKED] = str(zoo_against_paper()["name"][row])


def listing(table: pd.DataFrame, name: str) -> None:
    """All networks, ours beside the paper's; a row that is clicked is chosen."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.header(_("Ours and the paper's"), width="stretch")
        words = search().lower().split()
    rows = table[[all(word in known for word in words) for known in table["name"]]]
    if not len(rows):
        st.caption(_("No network has such a name."))
        return
    names = rows["name"].tolist()
    at = [names.index(name)] if name in names else []
    key = f"{_TABLE}-{turn(name)}-{len(names)}-{'-'.join(words)}"
    st.dataframe(
        ours_and_paper(rows),
        key=key,
        hide_index=True,
        on_select=lambda: pick_row(key, names),
        selection_mode="single-row",
        selection_default={"selection": {"rows": at}},
        column_config=columns(),
        height=table_height(len(rows)),
        placeholder="",
        alt=_("Table of {n} networks: sizes and costs, ours and the paper's.").format(n=len(rows)),
    )
    st.caption(
        _(
            "A tick: ours differs from the paper's by at most half a unit of the last digit that "
            "it prints, from 3.87 by 0.005. Why others differ stands in docs/ledger.md. The "
            "paper's parameters of SE-ResNet-50 are those of its ablations, whose gates have no "
            "biases."
        )
    )


def search() -> str:
    """What names must hold; it is in the address as other choices are."""
    asked = address.asked(SEARCH)
    if asked is not None:
        st.session_state[SEARCH] = asked[-1] if asked else ""
    wanted = st.text_input(
        _("Search"),
        key=SEARCH,
        placeholder=_("Part of a name"),
        icon=":material/search:",
        width=220,
    )
    address.say(SEARCH, [wanted or ""], default=[""])
    return wanted or ""


def turn(name: str) -> int:
    """A table anew, on the row of ``name``, where that was chosen elsewhere than in the table."""
    memory = st.session_state.setdefault(_TABLE, [0, name])
    if memory[1] != name:
        memory[:] = [memory[0] + 1, name]
    return int(memory[0])


def pick_row(key: str, names: list[str]) -> None:
    rows = st.session_state[key].selection.rows
    if rows:
        st.session_state[_TABLE][1] = st.session_state[PICKED] = names[rows[0]]


def collecting(name: str) -> None:
    st.header(_("Open a checkpoint and collect its gates"))
    settings = current_settings()
    if settings.read_only:
        st.markdown(
            _(
                "This dashboard is read-only: nothing is uploaded or collected from here. On a "
                "command line this makes a store:"
            )
        )
        out = settings.runs / "NAME.zarr"
        words = f"python -m analysis collect --checkpoint FILE --dataset NAME --out {out}"
        st.code(words, language="bash", wrap_lines=True)
        return
    draw_collecting(settings, name)


page()
