"""Predictions: SE against its baseline on the same images."""

import streamlit as st

from analysis import figures
from analysis.compare import Comparison
from dashboard import cached, escape, formats, states
from dashboard.disagreements import Names, Pair, draw_disagreements
from dashboard.library import Entry, open_entry
from dashboard.panels import Panel, show_figure
from dashboard.settings import current_settings
from dashboard.sidebar import Choices, choices
from dashboard.theme import active_theme


def page() -> None:
    st.title("Predictions")
    chosen = choices()
    if chosen is None:
        states.nothing_loaded(current_settings())
    elif chosen.other is None:
        states.sentence(
            "A second store is needed",
            "This page compares two networks on the same images, and one store alone is loaded. "
            "Collect another network, such as the baseline, from the same data.",
        )
    else:
        pair, names = in_order(chosen.store, chosen.other)
        with states.told("These two stores cannot be compared"):
            sections(chosen, pair, names)


def in_order(first: Entry, second: Entry) -> tuple[Pair, Names]:
    """The pair with the SE network first, and what the two are called."""
    gated = tuple(bool(open_entry(store).attrs["se"]) for store in (first, second))
    match gated:
        case (True, False):
            return (first, second), ("SE", "baseline")
        case (False, True):
            return (second, first), ("SE", "baseline")
        case _:
            return (first, second), (first.name, second.name)


def sections(chosen: Choices, pair: Pair, names: Names) -> None:
    found = cached.comparison(*pair)
    headline(found, names)
    left, right = st.columns(2, gap="medium")
    with left:
        by_class(pair, names)
    with right:
        confusion(pair, names)
    draw_disagreements(pair, names, chosen.classes)


def headline(found: Comparison, names: Names) -> None:
    """Five numbers, and what they do and do not show."""
    first, second = spoken(names)
    with st.grid(5, min_column_width=150):
        for name, share in zip(names, (found.a, found.b), strict=True):
            st.metric(
                f"Accuracy, {escape.markdown(name)}",
                formats.percent(share.value, 2),
                delta=formats.percent_interval(share.low, share.high, 2),
                delta_color="off",
                delta_arrow="off",
                help=f"Top-1 over {formats.count(share.n, 'image')}, with Wilson's 95 % interval.",
            )
        st.metric(
            "Difference, points",
            formats.points(found.difference, 2),
            delta=f"{formats.points(found.low, 2)} to {formats.points(found.high, 2)}",
            delta_color="off",
            delta_arrow="off",
            help=f"{first} less {second}, with Newcombe's 95 % interval for paired proportions.",
        )
        st.metric(
            "McNemar's test",
            formats.probability(found.p),
            delta=f"{found.only_a:,} against {found.only_b:,}",
            delta_color="off",
            delta_arrow="off",
            help=f"Images that {first} alone has right against those that {second} alone has "
            "right; exact, two-sided.",
        )
        st.metric(
            "Agreement",
            formats.percent(found.agreement.value),
            delta=f"{found.both_right:,} both right",
            delta_color="off",
            delta_arrow="off",
            help="The share of images on which both predict the same class, right or wrong.",
        )
    st.markdown(verdict(found, first, second))


def spoken(names: Names) -> Names:
    """The names as they stand in a sentence of Markdown."""
    first, second = names
    return escape.markdown(first), "the baseline" if second == "baseline" else escape.markdown(
        second
    )


def verdict(found: Comparison, first: str, second: str) -> str:
    """What the comparison shows, and what it does not."""
    if found.low > 0 or found.high < 0:
        better, worse = (first, second) if found.difference > 0 else (second, first)
        shows = f"On these {found.n:,} images {better} is better than {worse} by more than chance."
    else:
        shows = f"On these {found.n:,} images no difference beyond chance is seen."
    return (
        f"{shows} This compares two trained networks, one seed each: what another seed would "
        "change lies outside these intervals, so it does not show that SE helps in general."
    )


def by_class(pair: Pair, names: Names) -> None:
    table = cached.per_class_change(*pair)
    first, second = spoken(names)
    panel = Panel(
        key="per-class-change",
        title="Change by class",
        caption=f"To the right of zero, {first} has more images of the class right; to the left, "
        f"{second}. A hollow dot is undecided: its interval includes zero.",
        help=f"Accuracy of {first} less that of {second} within each class, with Newcombe's 95 % "
        "interval for that class alone; the p value on hovering is corrected for the number of "
        "classes (Benjamini and Hochberg).",
        alt=f"Dot plot of the difference in accuracy for {len(table)} classes with intervals.",
    )
    figure = figures.per_class_change(table, names=names, theme=active_theme())
    show_figure(panel, figure, lambda: table)


def confusion(pair: Pair, names: Names) -> None:
    table = cached.confusion_difference(*pair)
    first, second = spoken(names)
    panel = Panel(
        key="confusion-difference",
        title="Difference of the confusions",
        caption=f"Orange: an error that {first} makes more often; blue: one that {second} makes "
        "more often. The diagonal counts right answers.",
        help=f"The confusion matrix of {first} less that of {second}, in images: rows are true "
        "classes, columns predicted ones.",
        alt=f"Heat map of the difference of two confusion matrices of {len(table)} classes.",
    )
    figure = figures.confusion_difference(table, names=names, theme=active_theme())
    show_figure(panel, figure, lambda: table.reset_index(names="true class"))


page()
