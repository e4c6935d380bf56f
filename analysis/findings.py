"""The four findings of the paper's section 7.2, tested on the gates of a store.

`docs/findings.md` defines the statistics, thresholds and intervals. Imports no torch.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from analysis import findings_rules as rules
from analysis.findings_blocks import positions
from analysis.findings_curves import Curves, CurveSums, draw_weights
from analysis.findings_rules import FEWEST, Finding, Verdict
from analysis.naming import Gate
from analysis.statistics import require_gates
from analysis.store import class_slice
from senet_core.errors import InputError

__all__ = ["Finding", "Findings", "Sampling", "Verdict", "paper_findings"]

Integers = npt.NDArray[np.int64]

_FEWEST_DRAWS = 100


@dataclass(frozen=True, slots=True)
class Sampling:
    """Which images the findings come from.

    Attributes:
        classes: how many take part.
        left_out: classes with too few images.
        images: of all classes together.
        most: the most that one class may give.
        draws: of the bootstrap.
        seed: of the choice of images and of the draws.
    """

    classes: int
    left_out: int
    images: int
    most: int
    draws: int
    seed: int


@dataclass(frozen=True, slots=True)
class Findings:
    """The four findings in the paper's order, and the sample that they come from."""

    findings: tuple[Finding, Finding, Finding, Finding]
    sampling: Sampling


def paper_findings(
    ds: xr.Dataset,
    *,
    images: int = 50,
    draws: int = 1000,
    seed: int = 0,
    between: Callable[[], None] | None = None,
) -> Findings:
    """Test the four findings: early gates shared, late ones class-specific, the last two blocks.

    Args:
        ds: a store.
        images: the most images of a class that take part; the paper's number is 50.
        draws: of the bootstrap.
        seed: of the choice of images and of the draws.
        between: called after each class; minutes of work for a thousand classes can rest there.

    Raises:
        InputError: where the store has no gates, or an interval needs more images or draws.
    """
    gates = require_gates(ds)
    if images < FEWEST or draws < _FEWEST_DRAWS:
        raise InputError(
            f"{images} images a class and {draws} draws make no interval; "
            f"take at least {FEWEST} and {_FEWEST_DRAWS}"
        )
    places = positions(gates)
    chosen, left_out = _sample(ds, images, seed)
    curves = _curves(ds, places.all(), chosen, (draws, seed), between or (lambda: None))
    found = (
        rules.shared(places, curves, len(chosen)),
        rules.specific(places, curves, len(chosen)),
        rules.saturated(places, curves, len(chosen)),
        rules.alike(places, curves, len(chosen)),
    )
    total = sum(len(rows) for rows in chosen.values())
    return Findings(found, Sampling(len(chosen), left_out, total, images, draws, seed))


def _sample(ds: xr.Dataset, images: int, seed: int) -> tuple[dict[int, Integers], int]:
    """The samples of each class that takes part, and how many classes have too few."""
    rng, chosen, left_out = np.random.default_rng(seed), {}, 0
    for index in range(ds.sizes["class"]):
        span = class_slice(ds, index)
        there = np.arange(span.start, span.stop)
        if len(there) >= FEWEST:
            chosen[index] = np.sort(rng.permutation(there)[:images])
        else:
            left_out += len(there) > 0
    return chosen, left_out


def _curves(
    ds: xr.Dataset,
    gates: Sequence[Gate],
    chosen: Mapping[int, Integers],
    drawn: tuple[int, int],
    between: Callable[[], None],
) -> dict[str, Curves]:
    """By path. All blocks have the same draws of the same images, so that they can be compared."""
    draws, seed = drawn
    sums: dict[str, CurveSums] = {}
    for index, rows in chosen.items():
        weights = draw_weights(len(rows), draws, np.random.default_rng([seed, index]))
        for path in (gate.path for gate in gates):
            stored = ds[f"gate.{path}"][rows[0] : rows[-1] + 1].values
            own = CurveSums.of(stored[rows - rows[0]].astype(np.float64), weights)
            sums[path] = sums[path] + own if path in sums else own
        between()
    return {path: Curves.of(each) for path, each in sums.items()}
