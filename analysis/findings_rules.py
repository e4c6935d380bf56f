"""The four findings as rules: a statistic, its threshold, and when nothing can be said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from analysis.findings_blocks import Positions
from analysis.findings_curves import Curves
from analysis.words import marked, told

Array = npt.NDArray[np.float64]

FEWEST = 10
"""Classes with fewer images take no part."""

_RELIABLE = 0.9
_QUANTILES = (0.025, 0.975)

_Ends = tuple[float, float]


class Verdict(StrEnum):
    """What a finding's interval says beside its threshold."""

    HOLDS = marked("holds")
    FAILS = marked("does not hold")
    UNDECIDED = marked("undecided")
    NOT_APPLICABLE = marked("not applicable")


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One finding: a statistic whose whole 95 % interval must lie over the threshold.

    Attributes:
        claim: what the paper says.
        statistic: what is measured.
        threshold: what it must exceed.
        verdict: whether it does.
        blocks: labels of the blocks that the claim is about.
        beside: labels of the blocks that they are compared with.
        value: of the statistic; NaN where it cannot be had.
        low: the lower end of the interval.
        high: the upper end.
        context: further numbers by name, which do not enter the verdict.
        reason: why the finding is not applicable or why nothing can be told; else empty.
    """

    claim: str
    statistic: str
    threshold: float
    verdict: Verdict = Verdict.NOT_APPLICABLE
    blocks: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()
    value: float = np.nan
    low: float = np.nan
    high: float = np.nan
    context: Mapping[str, float] = field(default_factory=dict)
    reason: str = ""


SHARED = Finding(
    claim=marked("early gates are shared between classes"),
    statistic=marked("agreement of the classes' curves"),
    threshold=0.9,
)
SPECIFIC = Finding(
    claim=marked("later gates are class-specific"),
    statistic=marked("fall of the curves' correlation"),
    threshold=0.1,
)
SATURATED = Finding(
    claim=marked("the next-to-last block is saturated"),
    statistic=marked("share of gates over 0.9"),
    threshold=0.5,
)
ALIKE = Finding(
    claim=marked("the last block has one pattern, up to scale"),
    statistic=marked("correlation of the classes' curves"),
    threshold=0.9,
)


def shared(places: Positions, curves: Mapping[str, Curves], classes: int) -> Finding:
    """(a) The classes' curves coincide in the early block.

    Args:
        places: the blocks that the findings are about.
        curves: of each of them, by path.
        classes: how many take part.
    """
    if places.stages < 2:
        return replace(SHARED, reason=told("all gates are of one stage, so none is early"))
    if classes < 2:
        return replace(SHARED, reason=_few(classes))
    early = curves[places.early.path]
    context = {"between_classes": early.classes, "over_channels": early.pattern}
    about = replace(SHARED, blocks=(places.early.label,), context=context)
    flat = early.spread <= early.flat
    return _of_curves(about, early.agreement, [early], (-1.0, 1.0), flat=flat)


def specific(places: Positions, curves: Mapping[str, Curves], classes: int) -> Finding:
    """(b) The classes' curves correlate less in the late blocks than in the early one."""
    if not places.late:
        return replace(SPECIFIC, reason=_stages(places.stages))
    if classes < 2:
        return replace(SPECIFIC, reason=_few(classes))
    early, late = curves[places.early.path], [curves[gate.path] for gate in places.late]
    later = np.mean([each.correlation for each in late], axis=0)
    about = replace(
        SPECIFIC,
        blocks=tuple(gate.label for gate in places.late),
        beside=(places.early.label,),
        context={
            "early": _unbiased(early.correlation),
            "late": _unbiased(later),
            "between_classes_early": early.classes,
            "between_classes_late": float(np.mean([each.classes for each in late])),
        },
    )
    return _of_curves(about, early.correlation - later, [early, *late], (-2.0, 2.0))


def saturated(places: Positions, curves: Mapping[str, Curves], classes: int) -> Finding:
    """(c) Most gates of the next-to-last block are close to one."""
    gate = places.next_to_last
    if gate is None:
        return replace(SATURATED, reason=told("the last stage has one block with gates"))
    if not gate.bounded:
        return replace(SATURATED, reason=told("the gates do not lie between 0 and 1"))
    if not classes:
        return replace(SATURATED, reason=_few(classes))
    here = curves[gate.path]
    around = {"before": places.before, "after": places.last}
    context = {"under_0.1": float(here.shut[0])}
    context |= {name: float(curves[g.path].open[0]) for name, g in around.items() if g is not None}
    beside = tuple(g.label for g in around.values() if g is not None)
    about = replace(SATURATED, blocks=(gate.label,), beside=beside, context=context)
    return _judged(about, here.open, (0.0, 1.0))


def alike(places: Positions, curves: Mapping[str, Curves], classes: int) -> Finding:
    """(d) The classes' curves in the last block have one pattern, at any level and scale."""
    if classes < 2:
        return replace(ALIKE, reason=_few(classes))
    last = curves[places.last.path]
    context = {"between_classes": last.classes, "over_channels": last.pattern, "scale": last.scale}
    about = replace(ALIKE, blocks=(places.last.label,), context=context)
    flat = last.pattern <= last.flat
    return _of_curves(about, last.correlation, [last], (-1.0, 1.0), flat=flat)


def _of_curves(
    about: Finding, draws: Array, used: Sequence[Curves], ends: _Ends, *, flat: bool = False
) -> Finding:
    """A verdict, unless chance makes up too much of the curves or there is no pattern in them."""
    if min(each.reliability for each in used) < _RELIABLE:
        reason = told("chance moves the class means too much; take more images of each class")
        undecided = Verdict.UNDECIDED
        return replace(about, verdict=undecided, low=ends[0], high=ends[1], reason=reason)
    if flat:
        return replace(about, reason=_flat(used[0]))
    return _judged(about, draws, ends)


def _judged(about: Finding, draws: Array, ends: _Ends) -> Finding:
    """The verdict that follows from the sample, row 0 of ``draws``, and the draws.

    Draws miss the sample's number as that misses the truth, so their quantiles are turned round it
    (the basic bootstrap).
    """
    turned = 2 * draws[0] - np.quantile(draws[1:], _QUANTILES)
    high, low = (float(end) for end in np.clip(turned, *ends))
    verdict = Verdict.UNDECIDED
    if low > about.threshold:
        verdict = Verdict.HOLDS
    elif high < about.threshold:
        verdict = Verdict.FAILS
    value = float(np.clip(_unbiased(draws), *ends))
    return replace(about, verdict=verdict, value=value, low=low, high=high)


def _unbiased(draws: Array) -> float:
    """The sample's number less what the draws are off by (their median)."""
    return float(2 * draws[0] - np.median(draws[1:]))


def _flat(curves: Curves) -> str:
    return told(
        f"the gates hardly differ: by {curves.pattern:.4f} over channels and "
        f"{curves.classes:.4f} between classes"
    )


def _few(classes: int) -> str:
    if classes == 0:
        return told(f"no class has {FEWEST} labelled images")
    return told(f"only one class has {FEWEST} labelled images")


def _stages(stages: int) -> str:
    if stages == 1:
        return told("one stage has gates, so that no block is late but not early")
    return told("only two stages have gates, so that no block is late but not early")
