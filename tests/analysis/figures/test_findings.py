from dataclasses import replace

import pytest

from analysis.figures import findings_intervals
from analysis.findings_rules import ALIKE, SATURATED, SHARED, SPECIFIC, Verdict

FINDINGS = (
    replace(SHARED, verdict=Verdict.HOLDS, value=0.96, low=0.94, high=0.98, blocks=("SE_2_3",)),
    replace(SPECIFIC, verdict=Verdict.FAILS, value=-0.1, low=-0.2, high=0.05),
    replace(SATURATED, reason="the gates do not lie between 0 and 1"),
    replace(ALIKE, verdict=Verdict.UNDECIDED, low=-1.0, high=1.0, reason="<chance>"),
)


def test_each_finding_is_a_dot_with_its_interval():
    holds, fails, undecided = findings_intervals(FINDINGS).data
    assert (holds.x[0], fails.x[0], undecided.x[0]) == (0.96, -0.1, 0.0)
    assert holds.error_x.array[0] == pytest.approx(0.02)
    assert fails.error_x.arrayminus[0] == pytest.approx(0.1)
    assert holds.marker.symbol != fails.marker.symbol != undecided.marker.symbol


def test_every_row_shows_its_threshold_and_says_its_verdict():
    figure = findings_intervals(FINDINGS, theme="dark")
    edges = [shape.x0 for shape in figure.layout.shapes if shape.type != "rect"]
    assert edges == [0.9, 0.1, 0.5, 0.9]
    words = [note.text for note in figure.layout.annotations]
    assert [word.split("<b>")[1].split("</b>")[0] for word in words] == [
        f.verdict for f in FINDINGS
    ]
    assert "SE_2_3" in words[0]
    assert "do not lie between 0 and 1" in words[2]
    assert figure.data[2].meta[3] == "&lt;chance&gt;"


def test_the_axis_reaches_below_zero_only_where_it_must():
    assert findings_intervals(FINDINGS[:1]).layout.xaxis.range[0] == pytest.approx(-0.04)
    assert findings_intervals(FINDINGS[:2]).layout.xaxis.range[0] == pytest.approx(-0.24)
    assert len(findings_intervals(FINDINGS[2:3]).data) == 0
