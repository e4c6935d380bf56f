"""Does the network need its gates? Four numbers and a sentence."""

import pandas as pd
import streamlit as st

from analysis.intervene.variants import ALL
from analysis.statistics import SIGNIFICANCE
from dashboard.parts import formats
from dashboard.shell.language import _, marked, together

KIND_NAMES = {
    "one": marked("all gates 1: no scaling"),
    "zero": marked("all gates 0: the branch is shut"),
    "halved": marked("gates halved"),
    "mean": marked("frozen at their mean"),
    "class_mean": marked("mean of the image's class"),
    "other_class_mean": marked("mean of another class"),
    "shuffled_images": marked("gates of another image"),
    "shuffled_channels": marked("gates of other channels"),
}
HEADLINE = ("mean", "one", "shuffled_images")


def draw_answer(table: pd.DataFrame, *, of: int) -> None:
    """The answer: what is lost when all gates are changed.

    Args:
        table: of the experiment, which may have taken a part of the images.
        of: how many images the store has.
    """
    first = table.iloc[0]
    rows = {row["kind"]: row for _i, row in table[table["label"] == ALL].iterrows()}
    with st.grid(4, min_column_width=170):
        st.metric(
            _("Accuracy, gates untouched"),
            formats.percent(first["accuracy"]),
            delta=formats.percent_interval(first["accuracy_low"], first["accuracy_high"]),
            delta_color="off",
            delta_arrow="off",
            help=_("Top-1 over {images}, with Wilson's 95 % interval.").format(
                images=formats.count(int(first["n"]), "image")
            ),
        )
        for kind in [kind for kind in HEADLINE if kind in rows]:
            row = rows[kind]
            st.metric(
                formats.sentence_case(_(KIND_NAMES[kind])),
                _("{n} points").format(n=formats.points(row["change"])),
                delta=formats.interval(
                    formats.points(row["change_low"]), formats.points(row["change_high"])
                ),
                delta_color="off",
                delta_arrow="off",
                help=_(
                    "The change of accuracy with the gates of all blocks changed, with Newcombe's "
                    "95 % interval for pairs; {p} (McNemar's exact test, corrected)."
                ).format(p=formats.probability(row["p"])),
            )
    if first["n"] != of:
        said = _(
            "Measured on {n:,} images; the store has {all:,}, on which the accuracy may differ."
        )
        st.caption(said.format(n=int(first["n"]), all=of))
    if "mean" in rows:
        st.markdown(verdict(rows["mean"], int(first["n"])))


def verdict(frozen: pd.Series, n: int) -> str:
    """Whether gates that no longer look at the image are as good, and what that says."""
    lost = formats.number(-100 * frozen["change"], 1)
    if frozen["p"] < SIGNIFICANCE and frozen["change"] < 0:
        said = _(
            "The network relies on its gates: with all of them frozen at their mean, {lost} points "
            "of accuracy are lost, more than chance would bring about on these {n:,} images."
        )
    else:
        said = _(
            "Frozen at their mean, its gates lose {lost} points on these {n:,} images, which is "
            "within chance: most of what they do could be folded into the weights."
        )
    more = _(
        "The network was not trained again: this says what it relies on now, not what it could "
        "learn to do without."
    )
    return together(said.format(lost=lost, n=n), more)
