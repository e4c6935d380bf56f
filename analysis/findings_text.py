"""What `python -m analysis findings` prints: a line a finding, then where they come from."""

import math
from collections.abc import Sequence
from dataclasses import asdict

import xarray as xr

from analysis.findings import Finding, Findings, Sampling, Verdict
from analysis.findings_rules import FEWEST
from analysis.store import store_name
from analysis.words import _, marked

_CONTEXT = {
    "between_classes": marked("gates differ by {:.4f} between classes"),
    "over_channels": marked("by {:.4f} over channels"),
    "early": marked("correlation {:.3f} early"),
    "late": marked("{:.3f} late"),
    "between_classes_early": marked("gates differ between classes by {:.4f} early"),
    "between_classes_late": marked("{:.4f} late"),
    "under_0.1": marked("{:.3f} under 0.1"),
    "before": marked("over 0.9 before it {:.3f}"),
    "after": marked("after it {:.3f}"),
    "scale": marked("curves' scale varies by {:.2f} of its mean"),
}


def findings_text(ds: xr.Dataset, found: Findings) -> str:
    """Name of the store, a line a finding, and a line about the sample."""
    lines = [
        f"{letter}  {finding_line(each)}"
        for letter, each in zip("abcd", found.findings, strict=True)
    ]
    return "\n".join([store_name(ds), *lines, sample_line(found.sampling)])


def finding_line(finding: Finding) -> str:
    """Verdict, number, reason, blocks and what else is known of a finding, on one line."""
    return " · ".join(
        filter(
            None,
            (
                _("{claim}: {verdict}").format(claim=_(finding.claim), verdict=_(finding.verdict)),
                _measured(finding),
                _(finding.reason),
                _blocks(finding),
                _context(finding),
            ),
        )
    )


def _measured(finding: Finding) -> str:
    if finding.verdict == Verdict.NOT_APPLICABLE:
        return ""
    value = "" if math.isnan(finding.value) else f" {_number(finding.value)}"
    said = _("{statistic}{value} (95 % interval {low} to {high}, threshold {threshold})")
    return said.format(
        statistic=_(finding.statistic),
        value=value,
        low=_number(finding.low),
        high=_number(finding.high),
        threshold=finding.threshold,
    )


def _number(value: float) -> str:
    return f"{value:z.3f}"  # never -0.000


def _context(finding: Finding) -> str:
    if finding.verdict == Verdict.NOT_APPLICABLE:
        return ""
    parts = [_(_CONTEXT[key]).format(each) for key, each in finding.context.items()]
    return _(", ").join(parts)


def _blocks(finding: Finding) -> str:
    blocks = _listed(finding.blocks)
    if not finding.beside:
        return blocks
    return _("{blocks} beside {others}").format(blocks=blocks, others=_listed(finding.beside))


def _listed(names: Sequence[str]) -> str:
    return _(" and ").join(names)


def sample_line(sampling: Sampling) -> str:
    """Which images the findings come from."""
    parts = [
        _(
            "{images:,} images, at most {most} of each of {classes:,} classes, chosen with "
            "seed {seed}"
        ),
        _("{left_out:,} classes with fewer than {fewest} images left out"),
        _("{draws:,} bootstrap draws of images within classes; the classes are as given"),
    ]
    if not sampling.left_out:
        del parts[1]
    numbers = {**asdict(sampling), "fewest": FEWEST}
    return _("sample: {parts}").format(parts=_("; ").join(parts).format(**numbers))
