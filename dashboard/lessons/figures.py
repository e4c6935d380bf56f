"""The live figure of each lesson, from the loaded store."""

from collections.abc import Callable

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from analysis import figures
from analysis.figures.feature_maps import reach_of, squeezed_maps
from analysis.figures.gate_weights import gate_weights
from analysis.figures.stage_saturation import stage_saturation
from analysis.lessons import Question
from analysis.statistics import channel_values, moments
from dashboard.lessons import memo
from dashboard.parts import escape
from dashboard.parts.hollow import hollow_points
from dashboard.parts.pairs import Pair
from dashboard.parts.panels import Panel, show_figure
from dashboard.shell.language import _, together
from dashboard.shell.theme import active_theme
from dashboard.sources import cached
from dashboard.sources.stores import Entry, open_entry

HEIGHT = 380
FEW = 5
"""Classes that a distribution is drawn of, so that each has room."""
AROUND = 10
"""Channels to either side of the one that is read, so that single points can be."""
Numbers = Callable[[], pd.DataFrame]


def draw(
    name: str, asked: Question, store: Entry, pair: Pair | None, classes: tuple[int, ...]
) -> None:
    """Draw the figure of the lesson ``name``, on which its question can be answered."""
    match name:
        case "squeeze":
            _squeezed(asked, store, classes)
        case "bottleneck":
            _weights(store)
        case "early":
            _median_channel(asked, store, classes)
        case "reading":
            _reading(asked, store)
        case "late":
            _separation(store)
        case "saturated":
            _saturation(store)
        case "helps":
            assert pair is not None
            _accuracies(pair)


def _squeezed(asked: Question, store: Entry, classes: tuple[int, ...]) -> None:
    """What the block sees of one image and hands on; of many, where there is no image to see."""
    seen = memo.squeezed(store, str(asked.facts["path"]), classes)
    if seen is None:
        _distribution(asked, store, classes)
        return
    gate = asked.facts["gate"]
    panel = Panel(
        key="lesson-squeeze",
        title=_("What {gate} sees of an image, and what it hands on").format(gate=gate),
        caption=_(
            "Above: the four strongest maps of an image of {name}. Below: the one number z that "
            "the squeeze leaves of each, as a map. Where something was is lost."
        ).format(name=escape.markdown(seen.name)),
        help=_("Orange: positive, blue: negative, on one scale. z is the mean of the map above."),
        alt=_("Four feature maps of {gate}, and below each its mean in one colour.").format(
            gate=gate
        ),
    )
    figure = squeezed_maps(
        seen.maps, seen.squeezed, seen.channels, reach=reach_of(seen.maps), theme=active_theme()
    )
    st.image(seen.image, alt=seen.name, width=120)
    table = pd.DataFrame({"channel": seen.channels, "z": seen.squeezed})
    show_figure(panel, figure, lambda: table, height=300)


def _distribution(asked: Question, store: Entry, classes: tuple[int, ...]) -> None:
    ds, gate = open_entry(store), str(asked.facts["path"])
    channel = cached.most_separating_channel(store, gate)
    figure = figures.channel_distribution(
        ds, gate, channel, classes, form="ridgeline", theme=active_theme()
    )
    title = _("One channel of {gate}, one value an image").format(gate=asked.facts["gate"])
    panel = Panel(
        key="lesson-squeeze",
        title=title,
        caption=_(
            "The network or its images are not at hand, so this is what follows from the squeeze: "
            "each image has one gate for this channel. The curves show how these numbers lie for "
            "the images of each class."
        ),
        help=_("A smoothed density of the channel's gate over the images of each chosen class."),
        alt=title,
    )
    values = pd.DataFrame({"label": ds["label"].values})
    _show(panel, figure, lambda: values.assign(gate=channel_values(ds, gate, channel)))


def _weights(store: Entry) -> None:
    table = memo.weights_by_depth(store)
    panel = Panel(
        key="lesson-bottleneck",
        title=_("Weights of each block's layers"),
        caption=_("Log axis: read the ticks, do not compare the lengths of bars."),
        help=_("2 · C · hidden units with the bottleneck, C² for one layer of C × C; no biases."),
        alt=_("Bars of the number of weights of each block, with a bottleneck and without."),
    )
    _show(panel, gate_weights(table, theme=active_theme()), lambda: table)


def _median_channel(asked: Question, store: Entry, classes: tuple[int, ...]) -> None:
    """The channel whose η² is the median, by class, with the numbers that η² is made of."""
    ds, gate = open_entry(store), str(asked.facts["path"])
    channel = int(asked.facts["channel"])
    figure = figures.channel_distribution(
        ds, gate, channel, classes[:FEW], form="ridgeline", theme=active_theme()
    )
    title = _("Channel {channel} of {gate}, by class").format(
        channel=channel, gate=asked.facts["gate"]
    )
    panel = Panel(
        key="lesson-early",
        title=title,
        caption=_(
            "Standard deviation between the class means: {between:.3g}; over all images: "
            "{total:.3g} (both of all classes). η² = (between / total)²."
        ).format(between=asked.facts["between"], total=asked.facts["total"]),
        help=_(
            "The channel whose η² is the median in its block. Curve: a smoothed density of its "
            "gate over the images of a class; marker and bar: median and quartiles. A class mean "
            "counts as often as the class has images."
        ),
        alt=title,
    )
    values = pd.DataFrame({"label": ds["label"].values})
    _show(panel, figure, lambda: values.assign(gate=channel_values(ds, gate, channel)))


def _reading(asked: Question, store: Entry) -> None:
    ds, gate = open_entry(store), str(asked.facts["path"])
    channel = int(asked.facts["channel"])
    figure = figures.excitation_by_class(
        ds,
        gate,
        _classes(asked, store),
        order="index",
        band="none",
        channels=range(max(0, channel - AROUND), channel + AROUND + 1),
        highlight=channel,
        theme=active_theme(),
    )
    title = _("Mean gate by channel, {gate}").format(gate=asked.facts["gate"])
    panel = Panel(
        key="lesson-reading",
        title=title,
        caption=_("Channel {channel} is marked; beside it, its neighbours.").format(
            channel=channel
        ),
        help=_("The mean of each channel's gate over the images of a class; grey: of all."),
        alt=title,
    )
    _show(panel, figure, lambda: _means(store, gate))


def _means(store: Entry, gate: str) -> pd.DataFrame:
    """A row a class: its mean gate in each channel."""
    ds = open_entry(store)
    pooled = moments(ds, gate)
    names = [str(name) for name in ds["class"].values[pooled.classes]]
    return pd.DataFrame(pooled.mean, index=names).reset_index(names="class")


def _classes(asked: Question, store: Entry) -> tuple[int, ...]:
    """Places of the classes that a question offers."""
    names = [str(name) for name in open_entry(store)["class"].values]
    return tuple(names.index(option) for option in asked.options)


def _separation(store: Entry) -> None:
    table = cached.separation_by_depth(store)
    panel = Panel(
        key="lesson-late",
        title=_("Where the class shows in the gates"),
        caption=together(
            _("High: the gates of the block depend on the class of the image."),
            hollow_points([table]),
        ),
        help=_("η² of each block's median channel; the band spans the middle half of them."),
        alt=_("Line figure of the median η² by gate, from the input to the output."),
    )
    figure = figures.separation_by_depth([(store.name, table)], theme=active_theme())
    _show(panel, figure, lambda: table)


def _saturation(store: Entry) -> None:
    table = memo.saturation_by_depth(store)
    panel = Panel(
        key="lesson-saturated",
        title=_("Nearly open, nearly shut"),
        caption=_(
            "A bar is a stage: the mean of its blocks, which are the dots. A block's share is its "
            "gate values over 0.9 or under 0.1, divided by all its values (images × channels). "
            "Single values are counted, not channels."
        ),
        help=_(
            "A channel that is nearly open for one image need not be so for another: only one that "
            "is for every image never chooses."
        ),
        alt=_("Bars of the share of saturated gate values by stage, with a dot for each block."),
    )
    _show(panel, stage_saturation(table, theme=active_theme()), lambda: table)


def _accuracies(pair: Pair) -> None:
    found = cached.comparison(*pair)
    shares = [("SE", found.a), (_("baseline"), found.b)]
    panel = Panel(
        key="lesson-helps",
        title=_("Accuracy, with 95 % intervals"),
        caption=_(
            "{a:,} images are right with SE alone, {b:,} with the baseline alone, of {n:,}."
        ).format(a=found.only_a, b=found.only_b, n=found.n),
        help=_("Top-1 accuracy on the same images, with Wilson's 95 % interval."),
        alt=_("Two accuracies as dots with their intervals."),
    )
    rows = [(name, share.value, share.low, share.high) for name, share in shares]
    table = pd.DataFrame(rows, columns=["network", "accuracy", "low", "high"])
    _show(panel, figures.accuracy_interval(shares, theme=active_theme()), lambda: table)


def _show(panel: Panel, figure: go.Figure, numbers: Numbers) -> None:
    show_figure(panel, figure, numbers, height=HEIGHT)
