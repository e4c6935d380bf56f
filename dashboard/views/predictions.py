"""Predictions: SE against its baseline on the same images."""

import plotly.graph_objects as go
import streamlit as st

from analysis import figures
from analysis.compare import Comparison
from dashboard.parts import escape, formats, states
from dashboard.parts.kept import kept
from dashboard.parts.pairs import Names, Pair, in_order, share_classes, spoken
from dashboard.parts.panels import Panel, show_figure
from dashboard.predictions.class_table import draw_class_table
from dashboard.predictions.disagreements import draw_disagreements
from dashboard.predictions.own_image import draw_own_image
from dashboard.predictions.several import draw_several
from dashboard.predictions.sureness import draw_calibration
from dashboard.shell.language import _, together
from dashboard.shell.settings import current_settings
from dashboard.shell.sidebar import Choices, choices
from dashboard.sources import cached
from dashboard.sources.stores import open_entry

MANY = 20  # classes: of more, a matrix shows nothing


def page() -> None:
    st.title(_("Predictions"))
    chosen = choices()
    if chosen is None:
        states.nothing_loaded(current_settings())
    elif chosen.other is None:
        states.sentence(
            _("A second store is needed"),
            _(
                "This page compares two networks on the same images, and one store alone is "
                "loaded. Collect another network, such as the baseline, from the same data."
            ),
        )
    else:
        pair, names = in_order(chosen.store, chosen.other)
        compared = False
        with states.told(_("These two stores cannot be compared")):
            sections(chosen, pair, names)
            compared = True
        if share_classes(*pair):
            draw_own_image(pair, names)
        if compared:
            draw_disagreements(pair, names, chosen.classes)


def sections(chosen: Choices, pair: Pair, names: Names) -> None:
    headline(cached.comparison(*pair), pair, names)
    left, right = st.columns(2, gap="medium")
    with left:
        by_class(pair, names)
    with right:
        errors(pair, names)
    left, right = st.columns(2, gap="medium")
    with left:
        draw_class_table(pair, names)
    with right:
        draw_calibration(pair, names)
    draw_several(chosen, pair)


def headline(found: Comparison, pair: Pair, names: Names) -> None:
    """Five numbers, and what they do and do not show."""
    first, second = spoken(pair, names)
    with st.grid(5, min_column_width=150):
        for name, share in zip(names, (found.a, found.b), strict=True):
            said = _("Top-1 over {images}, with Wilson's 95 % interval.")
            st.metric(
                _("Accuracy, {name}").format(name=escape.markdown(name)),
                formats.percent(share.value, 2),
                delta=formats.percent_interval(share.low, share.high, 2),
                delta_color="off",
                delta_arrow="off",
                help=said.format(images=formats.count(share.n, "image")),
            )
        said = _("{a} less {b}, with Newcombe's 95 % interval for paired proportions.")
        st.metric(
            _("Difference, points"),
            formats.points(found.difference, 2),
            delta=formats.interval(formats.points(found.low, 2), formats.points(found.high, 2)),
            delta_color="off",
            delta_arrow="off",
            help=said.format(a=first, b=second),
        )
        said = _(
            "Images that {a} alone has right against those that {b} alone has right; exact, "
            "two-sided."
        )
        st.metric(
            _("McNemar's test"),
            formats.probability(found.p),
            delta=_("{a:,} against {b:,}").format(a=found.only_a, b=found.only_b),
            delta_color="off",
            delta_arrow="off",
            help=said.format(a=first, b=second),
        )
        st.metric(
            _("Agreement"),
            formats.percent(found.agreement.value),
            delta=_("of them {n:,} both right").format(n=found.both_right),
            delta_color="off",
            delta_arrow="off",
            help=_("The share of images on which both predict the same class, right or wrong."),
        )
    st.markdown(verdict(found, first, second))


def verdict(found: Comparison, first: str, second: str) -> str:
    """What the comparison shows, and what it does not."""
    if found.low > 0 or found.high < 0:
        better, worse = (first, second) if found.difference > 0 else (second, first)
        shows = _("On these {n:,} images {better} is better than {worse} by more than chance.")
        shows = shows.format(n=found.n, better=better, worse=worse)
    else:
        shows = _("On these {n:,} images no difference beyond chance is seen.").format(n=found.n)
    limits = _(
        "This compares two trained networks, one seed each: what another seed would change lies "
        "outside these intervals, so it does not show that SE helps in general."
    )
    return together(shows, limits)


def by_class(pair: Pair, names: Names) -> None:
    table = cached.per_class_change(*pair)
    first, second = spoken(pair, names)
    caption = _(
        "To the right of zero, {a} has more images of the class right; to the left, {b}. A hollow "
        "dot is undecided: its interval includes zero."
    )
    alt = _("Dot plot of the difference in accuracy for {n} classes with intervals.")
    panel = Panel(
        key="per-class-change",
        title=_("Change by class"),
        caption=caption.format(a=first, b=second),
        help=_(
            "Accuracy of {a} less that of {b} within each class, with Newcombe's 95 % interval for "
            "that class alone; the p value on hovering is corrected for the number of classes "
            "(Benjamini and Hochberg)."
        ).format(a=first, b=second),
        alt=alt.format(n=len(table)),
    )

    def draw(theme: figures.Theme) -> go.Figure:
        return figures.per_class_change(table, names=names, limit=MANY, theme=theme)

    figure = kept(draw, panel.key, pair, names)
    show_figure(panel, figure, lambda: table)


def errors(pair: Pair, names: Names) -> None:
    """Which errors either network makes more often."""
    first, second = spoken(pair, names)
    many = open_entry(pair[0]).sizes["class"] > MANY
    said = _("Orange: an error that {a} makes more often; blue: one that {b} makes more often.")
    caption = said.format(a=first, b=second)
    if many:
        table = cached.error_changes(*pair)
        how = _(
            "Images of the class before the arrow that are taken for the one behind it, {a} less "
            "{b}: the largest of {n} differences."
        ).format(a=first, b=second, n=f"{len(table):,}")
    else:
        table = cached.confusion_difference(*pair)
        caption = together(
            caption, _("The diagonal, without colour, counts right answers likewise.")
        )
        how = _(
            "The confusion matrix of {a} less that of {b}, in images: rows are true classes, "
            "columns predicted ones."
        ).format(a=first, b=second)
    panel = Panel(
        key="confusion-difference",
        title=_("Difference of the confusions"),
        caption=caption,
        help=how,
        alt=_("Difference of the errors of two networks, by true and predicted class."),
    )

    def draw(theme: figures.Theme) -> go.Figure:
        if many:
            return figures.error_changes(table, names=names, limit=MANY, theme=theme)
        return figures.confusion_difference(table, names=names, theme=theme)

    figure = kept(draw, panel.key, pair, names)
    show_figure(panel, figure, lambda: table if many else table.reset_index(names="true class"))


page()
