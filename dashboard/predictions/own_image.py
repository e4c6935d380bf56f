"""One image before two networks: both top-5, of an image of the store or of one's own."""

import pandas as pd
import streamlit as st

from analysis import figures
from dashboard.attribution import glances
from dashboard.parts import escape, states
from dashboard.parts.pairs import Names, Pair
from dashboard.parts.panels import Panel, show_figure
from dashboard.parts.picture import Picture, choose_picture, chosen_sample
from dashboard.shell.language import _
from dashboard.shell.theme import active_theme
from dashboard.sources import cached
from dashboard.sources.stores import open_entry

SIDE = 220


@st.fragment
def draw_own_image(pair: Pair, names: Names) -> None:
    """Choose an image and see both networks' five most probable classes."""
    st.header(_("One image, both networks"))
    picture = choose_picture(pair[0], unseen=True)
    sample = chosen_sample(pair[0])
    place = st.container()
    if picture is not None:
        left, place = st.columns([1, 3], gap="medium")
        name = escape.markdown(picture.name)
        left.image(picture.image, caption=name, alt=picture.name, width=SIDE)
    with place, states.told(_("The networks cannot be shown this image")):
        if sample is not None:
            tables = [cached.top_k(store, sample) for store in pair]
            label = int(open_entry(pair[0])["label"].values[sample])
        elif picture is not None:
            tables, label = [glances.top_five(store, picture) for store in pair], -1
        else:
            return
        _bars(tables, names, _truth(pair, label), picture)


def _truth(pair: Pair, label: int) -> str | None:
    data = open_entry(pair[0])
    known = label >= 0 and data.attrs["labels"] == "model"
    return str(data["class"].values[label]) if known else None


def _bars(
    tables: list[pd.DataFrame], names: Names, truth: str | None, picture: Picture | None
) -> None:
    first, second = tables
    figure = figures.top5_bars(first, second, names=names, truth=truth, theme=active_theme())
    what = picture.name if picture else truth or _("an image of the store")
    panel = Panel(
        key="one-image",
        title=_("Five most probable classes"),
        caption=_(
            "A bar that is missing means that the class is not among that network's first five."
        )
        + (_(" ✓ marks the true class.") if truth else ""),
        help=_(
            "Softmax of the network's logits: those of the store for its own images, computed now "
            "for yours."
        ),
        alt=_("Probabilities of the five likeliest classes of {what}, for both networks.").format(
            what=what
        ),
    )
    numbers = pd.concat([table.assign(network=n) for n, table in zip(names, tables, strict=True)])
    show_figure(panel, figure, lambda: numbers)
