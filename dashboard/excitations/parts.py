"""Below the figures of Excitations, one part at a time: images, a map of images, a ranking."""

import numpy as np
import pandas as pd
import streamlit as st

from analysis import figures
from analysis.figures.canvas import notice
from analysis.statistics import SIGNIFICANCE, Embedding
from analysis.statistics.channel import all_but_equal
from analysis.statistics.embedding import Method
from analysis.store import class_slice
from dashboard.excitations import memo
from dashboard.excitations.figures import Shown
from dashboard.parts import formats, states
from dashboard.parts.controls import choose_number, choose_one, switch
from dashboard.parts.gallery import Tile, draw_gallery, say_if_no_images
from dashboard.parts.panels import Panel, show_figure
from dashboard.shell.language import _
from dashboard.shell.sidebar import class_names
from dashboard.shell.theme import active_theme
from dashboard.sources.background import Work, repeat, whole_page

EXTREMES = 8
ROWS = 200


def draw(shown: Shown, *, classes: bool) -> None:
    """The switch between the parts, and the chosen one; a ranking needs ``classes``."""
    parts = {
        "images": _("strongest and weakest images"),
        "map": _("map of the images"),
    }
    if classes:
        parts["ranking"] = _("ranking of the channels")
    part = switch(_("More of this gate"), parts, key="part", default="images")
    {"images": extremes, "map": gate_space, "ranking": ranking}[part](shown)


def extremes(shown: Shown) -> None:
    """The images that open the chosen channel most and least."""
    store, gate, channel = shown.store, shown.gate.path, shown.channel
    title = _("The images that open channel {channel} most and least")
    st.header(title.format(channel=channel))
    values = memo.channel_values(store, gate, channel)
    if all_but_equal(values):
        said = _(
            "The gate of this channel is almost the same for every image ({low} to {high}); there "
            "is no strongest and no weakest."
        )
        low, high = (formats.number(float(end), 5) for end in (values.min(), values.max()))
        st.markdown(said.format(low=low, high=high))
        return
    tables = memo.extreme_samples(store, gate, channel, EXTREMES)
    digits = 3 if np.ptp(values) > 0.01 else 5  # so that the numbers differ
    say_if_no_images(store, shown.data.attrs)
    labels = (
        _("Strongest images of channel {channel}"),
        _("Weakest images of channel {channel}"),
    )
    for name, label, table in zip((_("Strongest"), _("Weakest")), labels, tables, strict=True):
        st.markdown(f"**{name}**")
        tiles = [
            Tile(sample, name or _("unlabelled"), (f"s = {formats.number(gate, digits)}",))
            for sample, name, gate in zip(
                table["sample"], table["class"], table["gate"], strict=True
            )
        ]
        draw_gallery(store, tiles, width=96, label=label.format(channel=channel))


def gate_space(shown: Shown) -> None:
    """All images as points, and the one that is chosen with its neighbours."""
    names = {"pca": "PCA", "umap": "UMAP"}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        method: Method = "umap" if _method(names) == "umap" else "pca"
        sample = choose_number(
            _("Image"),
            0,
            shown.data.sizes["sample"] - 1,
            key="point",
            default=_first_image(shown),
            field=True,
            help_text=_("Its place in the store. Also by a click on a point."),
            width=190,
        )
    works: list[Work] = [
        memo.embedding(shown.store, shown.gate.path, method),
        memo.nearest(shown.store, shown.gate.path, sample),
    ]

    def both() -> None:
        left, right = st.columns([1.4, 1], gap="medium")
        with left:
            _map(shown, works[0], works[1], method, sample)
        with right:
            _neighbours(shown, works[1], sample)

    repeat(both, lambda: any(work.running for work in works), every=1.0)


def _method(names: dict[str, str]) -> str:
    return switch(
        _("Placed by"),
        names,
        key="placed",
        default="pca",
        help_text=_(
            "PCA: the two directions in which the gates vary most, at once. UMAP: neighbours stay "
            "neighbours, distances between groups mean little; it takes half a minute."
        ),
    )


def _first_image(shown: Shown) -> int:
    """That of the first chosen class."""
    return class_slice(shown.data, shown.classes[0]).start if shown.classes else 0


def _map(shown: Shown, work: Work, nearest: Work, method: Method, sample: int) -> None:
    if work.fault:
        states.sentence(_("The images cannot be placed"), states.spoken(work.fault))
        return
    title = _("Images in the gates of {gate}").format(gate=shown.gate.label)
    if not work.parts:
        figure = notice(_("The images are being placed …"), theme=active_theme(), height=520)
        st.markdown(f"**{title}**")
        st.plotly_chart(figure, key="gate-space-notice", theme=None, alt=title)
        return
    embedding = _drawn(shown, work, method, sample)
    near = nearest.parts[0]["sample"].tolist() if nearest.parts else []
    figure = figures.embedding_scatter(
        embedding,
        [str(name) for name in shown.data["class"].values],
        classes=shown.classes,
        marked=[sample, *near],
        theme=active_theme(),
    )
    panel = Panel(
        key="gate-space",
        title=title,
        caption=_(
            "Images whose gates are alike lie close. Star: the chosen image; rings: its nearest. "
            "Click a point to choose its image."
        ),
        help=_(
            "Each image is its vector of gates in this block, every channel in its standard "
            "deviations. {n} images are drawn, as many of each class as there is room for, and all "
            "of the chosen classes."
        ).format(n=f"{len(embedding.samples):,}"),
        alt=_("Scatter of {n} images by the gates of {gate}; image {sample} is marked.").format(
            n=len(embedding.samples), gate=shown.gate.label, sample=sample
        ),
    )
    show_figure(panel, figure, lambda: _points(shown, embedding), on_channel=pick_image, told_by=0)


def _drawn(shown: Shown, work: Work, method: Method, sample: int) -> Embedding:
    """By PCA, all images of the chosen classes too; UMAP cannot place more than it saw."""
    if method == "pca":
        return memo.placed(shown.store, shown.gate.path, shown.classes, sample)
    found: Embedding = work.parts[0][0]
    return found


def _points(shown: Shown, embedding: Embedding) -> pd.DataFrame:
    names = shown.data["class"].values
    classes = [str(names[label]) if label >= 0 else "" for label in embedding.labels]
    first, second = embedding.points.T
    return pd.DataFrame(
        {"sample": embedding.samples, "class": classes, "first": first, "second": second}
    )


def pick_image(sample: int) -> None:
    """A click on a point chooses its image."""
    st.session_state["point"] = sample
    whole_page()


def _neighbours(shown: Shown, work: Work, sample: int) -> None:
    label = int(shown.data["label"].values[sample])
    name = str(shown.data["class"].values[label]) if label >= 0 else _("unlabelled")
    st.markdown(_("**Image {sample}**").format(sample=f"{sample:,}"))
    say_if_no_images(shown.store, shown.data.attrs)
    draw_gallery(shown.store, [Tile(sample, name)], width=96, label=_("The chosen image"))
    st.page_link(
        "views/block.py",
        label=_("What the block does to it, step by step"),
        icon=":material/footprint:",
        query_params={"image": str(sample)},
    )
    st.markdown(
        _("**Nearest by its gates**"),
        help=_(
            "The images of the store whose standardised gates point the most nearly in the same "
            "direction: 1 − cos of the angle, 0 where it is the same, 1 where they have nothing in "
            "common."
        ),
    )
    if work.fault:
        st.caption(states.spoken(work.fault))
    elif not work.parts:
        st.caption(_("They are being searched for …"))
    else:
        table = work.parts[0]
        tiles = [
            Tile(
                int(place),
                name or _("unlabelled"),
                (f"1 − cos = {formats.number(distance, 3)}",),
            )
            for place, name, distance in zip(
                table["sample"], table["class"], table["distance"], strict=True
            )
        ]
        draw_gallery(shown.store, tiles, width=96, label=_("The nearest images"))


def ranking(shown: Shown) -> None:
    """The channels of one class; a row that is chosen chooses its channel."""
    names = class_names(shown.data)
    first = shown.classes[0] if shown.classes else int(shown.data["count"].values.argmax())
    name = choose_one(
        _("Class"), names, key="ranked", default=names[first], noun=_("the class"), width=280
    )
    with states.told(_("The channels cannot be ranked for this class")):
        table = memo.ranking(shown.store, shown.gate.path, names.index(name))
        draw_ranking(shown, table, name)


def draw_ranking(shown: Shown, table: pd.DataFrame, name: str) -> None:
    """The first rows as a table."""
    sure = int((table["p"] < SIGNIFICANCE).sum())
    said = _(
        "{sure} of {n} channels open more or less for this class than for all others, beyond "
        "chance (Welch's t test, corrected). The largest effects come first."
    )
    st.caption(said.format(sure=f"{sure:,}", n=f"{len(table):,}"))
    first = table.head(ROWS)
    marks = first["channel"].eq(shown.channel).map({True: "●", False: ""})
    key = f"ranking-{shown.gate.label}-{name}"
    st.dataframe(
        first.assign(chosen=marks)[
            ["chosen", "channel", "mean", "rest", "difference", "effect", "p", "eta2"]
        ],
        key=key,
        hide_index=True,
        height=360,
        on_select=lambda: _row_chosen(key, first, shown),
        selection_mode="single-row",
        column_config={
            "chosen": st.column_config.TextColumn("", width=30, help=_("The chosen channel")),
            "channel": st.column_config.NumberColumn(_("Channel"), format="%d"),
            "mean": st.column_config.NumberColumn(_("Mean gate"), format="%.3f"),
            "rest": st.column_config.NumberColumn(_("All others"), format="%.3f"),
            "difference": st.column_config.NumberColumn(_("Difference"), format="%+.3f"),
            "effect": st.column_config.NumberColumn(
                _("Effect (σ)"), format="%+.2f", help=_("Cohen's d: in standard deviations.")
            ),
            "p": st.column_config.NumberColumn(_("p, corrected"), format="%.2g"),
            "eta2": st.column_config.NumberColumn("η²", format="%.2f"),
        },
    )


def _row_chosen(key: str, table: pd.DataFrame, shown: Shown) -> None:
    rows = st.session_state[key].selection.rows
    if rows:
        shown.pick(int(table["channel"].iloc[rows[0]]))
