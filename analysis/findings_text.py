"""What `python -m analysis findings` prints: a line a finding, then where they come from."""

import math
from collections.abc import Sequence

import xarray as xr

from analysis.findings import Finding, Findings, Sampling, Verdict
from analysis.findings_rules import FEWEST
from analysis.store import store_name

_CONTEXT = {
    "between_classes": "gates differ by {:.4f} between classes",
    "over_channels": "by {:.4f} over channels",
    "early": "correlation {:.3f} early",
    "late": "{:.3f} late",
    "between_classes_early": "gates differ between classes by {:.4f} early",
    "between_classes_late": "{:.4f} late",
    "under_0.1": "{:.3f} under 0.1",
    "before": "over 0.9 before it {:.3f}",
    "after": "after it {:.3f}",
    "scale": "curves' scale varies by {:.2f} of its mean",
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
                f"{finding.claim}: {finding.verdict}",
                _measured(finding),
                finding.reason,
                _blocks(finding),
                _context(finding),
            ),
        )
    )


def _measured(finding: Finding) -> str:
    if finding.verdict == Verdict.NOT_APPLICABLE:
        return ""
    value = "" if math.isnan(finding.value) else f" {_number(finding.value)}"
    interval = f"95 % interval {_number(finding.low)} to {_number(finding.high)}"
    return f"{finding.statistic}{value} ({interval}, threshold {finding.threshold})"


def _number(value: float) -> str:
    return f"{round(value, 3) + 0.0:.3f}"  # never -0.000


def _context(finding: Finding) -> str:
    if finding.verdict == Verdict.NOT_APPLICABLE:
        return ""
    return ", ".join(_CONTEXT[key].format(each) for key, each in finding.context.items())


def _blocks(finding: Finding) -> str:
    beside = f" beside {_listed(finding.beside)}" if finding.beside else ""
    return _listed(finding.blocks) + beside


def _listed(names: Sequence[str]) -> str:
    return " and ".join(names)


def sample_line(sampling: Sampling) -> str:
    """Which images the findings come from."""
    left_out = sampling.left_out
    parts = [
        f"{sampling.images:,} images, at most {sampling.most} of each of {sampling.classes:,} "
        f"classes, chosen with seed {sampling.seed}",
        f"{left_out:,} classes with fewer than {FEWEST} images left out" if left_out else "",
        f"{sampling.draws:,} bootstrap draws of images within classes; the classes are as given",
    ]
    return "sample: " + "; ".join(filter(None, parts))
