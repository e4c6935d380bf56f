"""Whether two networks are as sure as they are right: calibration, with intervals."""

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from analysis import figures
from analysis.compare import Calibration
from analysis.figures.canvas import notice
from analysis.statistics import Interval
from dashboard.parts import escape, formats, states
from dashboard.parts.kept import kept
from dashboard.parts.pairs import Names, Pair
from dashboard.parts.panels import Panel, show_figure
from dashboard.shell.language import _, marked
from dashboard.shell.theme import active_theme
from dashboard.sources import compared
from dashboard.sources.background import Work, while_running
from senet_core.errors import InputError

HEIGHT = 400
SCORES = {
    "ece": marked("Calibration error (ECE)"),
    "nll": marked("Negative log-likelihood"),
    "brier": marked("Brier score"),
}


def draw_calibration(pair: Pair, names: Names) -> None:
    """Reliability curves, and three scores of each network with their differences."""
    curves, scores = compared.reliability(pair), compared.calibration(pair)

    def draw() -> None:
        _curves(curves, pair, names)
        _scores(scores, names)

    while_running(draw, [scores])


def _curves(work: Work[pd.DataFrame], pair: Pair, names: Names) -> None:
    panel = Panel(
        key="reliability",
        title=_("Is each as sure as it is right?"),
        caption=_(
            "On the dotted line a network is right as often as it says; below it, it is too sure. "
            "The bars count the images of each confidence."
        ),
        help=_(
            "Images are sorted by the probability of their predicted class into 15 bins; of each, "
            "the accuracy with Wilson's 95 % interval."
        ),
        alt=_("Accuracy against confidence for {names}.").format(names=" & ".join(names)),
    )
    if work.fault:
        with states.told(panel.title):
            raise InputError(work.fault)
    elif work.running:
        figure = notice(_("being computed"), theme=active_theme(), height=HEIGHT)
        show_figure(panel, figure, pd.DataFrame, height=HEIGHT)
    else:
        named = list(zip(names, work.parts, strict=True))

        def curves(theme: figures.Theme) -> go.Figure:
            return figures.reliability(named, theme=theme).update_layout(height=HEIGHT)

        figure = kept(curves, panel.key, pair, names)
        show_figure(
            panel,
            figure,
            lambda: pd.concat([table.assign(network=name) for name, table in named]),
            height=HEIGHT,
        )


def _scores(work: Work[Calibration], names: Names) -> None:
    """A row a score, a column a network, and the difference."""
    if work.fault:
        return  # that of the curves, which says it
    waiting = _("being computed")
    first, second = (escape.markdown(name) for name in names)
    lines = [f"| {_('Measure')} | {first} | {second} | {_('difference')} |", "|:--|--:|--:|--:|"]
    for score, title in SCORES.items():
        cells = [
            _with_interval(getattr(part, score), score, signed=place == 2)
            for place, part in enumerate(work.parts)
        ]
        cells += [f"*{waiting}*"] * (3 - len(cells))
        lines.append(f"| {_(title)} | {' | '.join(cells)} |")
    st.markdown("\n".join(lines))
    st.caption(
        _(
            "Less is better. With 95 % intervals from 1,000 resamples of the images, the same ones "
            "for both; that of the ECE allows for what noise alone adds to it."
        )
    )


def _with_interval(found: Interval, score: str, *, signed: bool) -> str:
    """``0.043 (0.031 to 0.055)``; an ECE in per cent."""

    def written(value: float) -> str:
        if score == "ece":
            return formats.points(value, 2)
        return f"{value:{'+' if signed else ''}.3f}".replace("-", formats.MINUS)

    if score == "ece" and not signed:
        said = formats.percent(found.value, 2)
        between = formats.percent_interval(found.low, found.high, 2)
    else:
        said = written(found.value)
        between = formats.interval(written(found.low), written(found.high))
    return _("{0} ({1})").format(f"**{said}**", between)
