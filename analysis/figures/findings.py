"""The paper's findings: what was measured beside what it must exceed."""

from collections.abc import Sequence

import plotly.graph_objects as go

from analysis.figures.canvas import empty_figure, full, safe, short
from analysis.figures.palette import INK, Theme, class_style, faded
from analysis.findings import Finding, Verdict
from analysis.words import _

_SYMBOLS = {Verdict.HOLDS: "circle", Verdict.FAILS: "x", Verdict.UNDECIDED: "circle-open"}
_ROW = 78
_LEFT = {"xref": "paper", "x": 0, "xanchor": "left", "align": "left", "showarrow": False}
_COLOURS = {Verdict.HOLDS: 2, Verdict.FAILS: 1}  # green and vermilion


def findings_intervals(findings: Sequence[Finding], *, theme: Theme = "light") -> go.Figure:
    """A row a finding: its number with the 95 % interval, and in grey where it would hold.

    A filled dot holds, a cross does not, a hollow one is undecided; none is not applicable.

    Args:
        findings: of `analysis.findings.paper_findings`.
        theme: ``light`` or ``dark``.
    """
    figure = empty_figure(theme=theme, height=_ROW * len(findings) + 60, revision="findings")
    for place, finding in enumerate(findings):
        _where_it_holds(figure, finding, place, theme)
        figure.add_annotation(y=place - 0.25, text=_words(finding), **_LEFT)
        if finding.verdict != Verdict.NOT_APPLICABLE:
            figure.add_trace(_interval(finding, place, theme))
    lowest = min([0.0, *(finding.low for finding in findings if finding.low < 0)])
    figure.update_xaxes(range=[max(lowest, -1.0) - 0.04, 1.04])
    rows = [len(findings) - 0.5, -0.5]
    figure.update_yaxes(range=rows, showgrid=False, showticklabels=False)
    return figure


def _where_it_holds(figure: go.Figure, finding: Finding, place: int, theme: Theme) -> None:
    ink = INK[theme].zero
    row = {"x0": finding.threshold, "y0": place - 0.02, "y1": place + 0.32, "layer": "below"}
    figure.add_shape(x1=1, type="rect", line_width=0, fillcolor=faded(ink, 0.16), **row)
    figure.add_shape(x1=finding.threshold, line={"color": ink, "width": 2}, **row)


def _words(finding: Finding) -> str:
    blocks = _(" and ").join(finding.blocks)
    said = _(finding.statistic)
    if finding.verdict == Verdict.NOT_APPLICABLE:
        said = _(finding.reason)
    elif blocks:
        said = _("{0}, {1}").format(said, blocks)
    judged = _("{claim}: <b>{verdict}</b>")
    judged = judged.format(claim=safe(_(finding.claim)), verdict=_(finding.verdict))
    return f"{judged}<br><sub>{short(said, 80)}</sub>"


def _interval(finding: Finding, place: int, theme: Theme) -> go.Scatter:
    verdict = finding.verdict
    colour = INK[theme].zero
    if verdict in _COLOURS:
        colour = class_style(_COLOURS[verdict], theme).color
    # An undecided finding whose curves are not reliable has an interval and no number.
    value = finding.value if finding.value == finding.value else (finding.low + finding.high) / 2
    return go.Scatter(
        x=[value],
        y=[place + 0.15],
        error_x={
            "array": [finding.high - value],
            "arrayminus": [value - finding.low],
            "thickness": 2.5,
            "width": 6,
            "color": colour,
        },
        mode="markers",
        marker={
            "color": colour,
            "symbol": _SYMBOLS[verdict],
            "size": 12,
            "line": {"width": 2, "color": colour},
        },
        cliponaxis=False,
        showlegend=False,
        meta=[
            full(_(finding.claim)),
            _(verdict),
            full(_(finding.statistic)),
            full(_(finding.reason)),
        ],
        customdata=[[finding.low, finding.high, finding.threshold]],
        hovertemplate=_(
            "<b>%{meta[0]}</b>: %{meta[1]}<br>%{meta[2]} %{x:.3f}<br>"
            "95 % interval %{customdata[0]:.3f} to %{customdata[1]:.3f}<br>"
            "holds over %{customdata[2]}<br>%{meta[3]}<extra></extra>"
        ),
    )
