"""The paper's findings as sentences: what was claimed, what was measured, and what follows."""

import math

import streamlit as st

from analysis.findings import Finding, Findings, Verdict
from analysis.findings_text import sample_line
from dashboard.parts import escape, formats, states
from dashboard.shell.language import _
from dashboard.sources.background import Work

_SIGNS = {
    Verdict.HOLDS: ":green[:material/check_circle:]",
    Verdict.FAILS: ":red[:material/cancel:]",
    Verdict.UNDECIDED: ":orange[:material/help:]",
    Verdict.NOT_APPLICABLE: ":gray[:material/block:]",
}


def draw_findings(work: Work[Findings]) -> None:
    """The four findings, or how far they are."""
    if work.fault:
        states.sentence(
            _("The findings cannot be tested on this store"),
            states.spoken(work.fault),
        )
    elif not work.parts:
        with st.container(border=True):
            st.markdown(
                _(
                    ":material/hourglass_empty: Being tested: a thousand bootstrap draws of up to "
                    "50 images of each class. The page can be used meanwhile."
                )
            )
    else:
        found = work.parts[0]
        with st.grid(2, min_column_width=320, border=True):
            for finding in found.findings:
                with st.container(gap="xxsmall"):
                    st.markdown(headline(finding))
                    st.caption(measured(finding))
        st.caption(
            _("{sample}. The whole 95 % interval must lie over the threshold.").format(
                sample=escape.markdown(formats.sentence_case(sample_line(found.sampling)))
            ),
            help=_(
                "Definitions, thresholds and how the intervals are made stand in "
                "`docs/findings.md`. Where chance or flat curves leave nothing to tell, the "
                "verdict says so."
            ),
        )


def headline(finding: Finding) -> str:
    """Sign, claim and verdict in Markdown."""
    return _("{sign} **{claim}**: {verdict}").format(
        sign=_SIGNS[finding.verdict],
        claim=escape.markdown(formats.sentence_case(_(finding.claim))),
        verdict=verdict(finding.verdict),
    )


def verdict(found: Verdict) -> str:
    """The verdict as it is said; what an interval cannot tell is not decided."""
    return _("not decided") if found == Verdict.UNDECIDED else _(str(found))


def measured(finding: Finding) -> str:
    """The number with its interval and threshold, at which gates; or why there is none."""
    parts = []
    if finding.verdict != Verdict.NOT_APPLICABLE:
        known = math.isfinite(finding.value)
        said = (
            _("{statistic} at {gates}: **{value}**, interval {interval}; threshold {threshold}")
            if known
            else _("{statistic} at {gates}: interval {interval}; threshold {threshold}")
        )
        ends = (formats.number(end, 3) for end in (finding.low, finding.high))
        parts.append(
            said.format(
                statistic=formats.sentence_case(_(finding.statistic)),
                gates=where(finding),
                value=formats.number(finding.value, 3) if known else "",
                interval=formats.interval(*ends),
                threshold=f"{finding.threshold:g}",
            )
        )
    if finding.reason:
        parts.append(formats.sentence_case(_(finding.reason)))
    return _("{sentence}.").format(sentence=_(". ").join(parts))


def where(finding: Finding) -> str:
    """The gates that a finding is about, and those beside them."""
    blocks = escape.markdown(_(" and ").join(finding.blocks))
    if not finding.beside:
        return blocks
    beside = escape.markdown(_(" and ").join(finding.beside))
    return _("{blocks} beside {others}").format(blocks=blocks, others=beside)
