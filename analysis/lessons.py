"""Questions of a lesson, whose right answers are read from the store that is loaded.

Each function gives a `Question`: what can be answered, which answers this store makes right, and
the numbers that an explanation needs. Words are not here: who asks brings them.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import xarray as xr

from analysis.compare import Comparison
from analysis.naming import Gate
from analysis.statistics import moments, saturation, separation, separation_by_depth
from analysis.statistics.saturation import STILL
from analysis.statistics.separation import most_separating
from analysis.store import gates_of
from senet_core import SEConfig
from senet_core.errors import InputError

CHOICES = 4
"""Answers that a question about blocks or classes offers, at most."""

SHARES = {"tenth": 0.1, "third": 1 / 3, "two_thirds": 2 / 3, "more": 1.0}
"""What a share is said to be: the first of these that it does not exceed."""

Facts = dict[str, str | int | float]

_SATURATION = ["label", "path", "depth", "stage", "channels", "low", "high"]
_TIE = 0.01  # of what a figure's axis shows: nearer to it, nobody can tell
_NONE = 0.001  # a share of the gates that is as good as none


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked about a store.

    Attributes:
        options: answers to choose from; empty where a number is asked for.
        right: those that are right; more than one where a figure cannot tell them apart.
        number: the right number, where one is asked for.
        tolerance: how far from it an answer may be.
        facts: numbers and names for the words of question and explanation.
        case: which explanation holds, where a lesson has more than one; empty for the usual one.
    """

    options: tuple[str, ...] = ()
    right: tuple[str, ...] = ()
    number: float | None = None
    tolerance: float = 0.0
    facts: Mapping[str, str | int | float] = field(default_factory=dict)
    case: str = ""

    def accepts(self, answer: str | float | None) -> bool:
        """Whether an answer is right; None, no answer, is not."""
        if answer is None:
            return False
        if self.number is not None:
            return abs(float(answer) - self.number) <= self.tolerance
        return answer in self.right


def squeezed(ds: xr.Dataset) -> Question:
    """How many numbers of one image the squeeze hands on (equation 2): one a channel."""
    gate = _gates(ds)[len(_gates(ds)) // 2]
    hidden = hidden_units(ds, gate)
    options = ("channels", "hidden", "positions")
    facts: Facts = {
        "gate": gate.label,
        "path": gate.path,
        "channels": gate.channels,
        "hidden": hidden,
    }
    return Question(options, ("channels",), facts=facts)


def bottleneck(ds: xr.Dataset) -> Question:
    """How many weights the two layers of the last block have (equation 3): 2 C²/r."""
    gate = _gates(ds)[-1]
    hidden = hidden_units(ds, gate)
    weights = 2 * gate.channels * hidden
    table = weights_by_depth(ds)
    last = table["bottleneck"][table["stage"] == _stage(gate)].sum()
    facts: Facts = {
        "gate": gate.label,
        "channels": gate.channels,
        "hidden": hidden,
        "reduction": reduction(ds),
        "weights": weights,
        "without": gate.channels**2,
        "last": float(last / table["bottleneck"].sum()),
    }
    return Question(number=weights, facts=facts)


def early(ds: xr.Dataset) -> Question:
    """How much of the variance of the first block's median channel the class explains.

    The median channel is the one whose η² is the median. η² is (``between`` / ``total``)², of the
    standard deviations between the class means, each as often as it has images, and over all
    images.
    """
    gate = _gates(ds)[0]
    eta2 = separation(ds, gate.path)["eta2"].to_numpy()
    channel = int(eta2.argsort(kind="stable")[(len(eta2) - 1) // 2])
    share = float(eta2[channel])
    pooled = moments(ds, gate.path)
    total = float(pooled.overall_std[channel])
    said = next(name for name, limit in SHARES.items() if share <= limit)
    facts: Facts = {
        "gate": gate.label,
        "path": gate.path,
        "channel": channel,
        "share": share,
        "between": math.sqrt(pooled.between[channel]),
        "total": total,
    }
    return Question(tuple(SHARES), (said,), facts=facts, case="still" if total < STILL else "")


def late(ds: xr.Dataset) -> Question:
    """Which block tells the classes apart best, by the median η² of its channels."""
    table = separation_by_depth(ds)
    values, labels = table["eta2"].to_numpy(), table["label"].tolist()
    best = most_separating(table)
    offered = _spread(best, len(values))
    right = tuple(labels[place] for place in offered if values[place] >= values[best] - _TIE)
    facts: Facts = {"gate": labels[best], "share": float(values[best]), "first": float(values[0])}
    return Question(tuple(labels[place] for place in offered), right, facts=facts)


def reading(ds: xr.Dataset) -> Question:
    """Which class opens one channel most: the most separating channel of the network.

    Raises:
        InputError: where fewer than two classes have images.
    """
    table = separation_by_depth(ds)
    gate = _gates(ds)[most_separating(table)]
    channel = most_separating(separation(ds, gate.path))
    pooled = moments(ds, gate.path)
    means = pooled.mean[:, channel]
    names = [str(name) for name in ds["class"].values[pooled.classes]]
    best = int(means.argmax())
    offered = _spread(best, len(means))
    least = means[best] - _TIE * float(np.ptp(means))
    right = tuple(names[place] for place in offered if means[place] >= least)
    facts: Facts = {
        "gate": gate.label,
        "path": gate.path,
        "channel": channel,
        "class": names[best],
        "mean": float(means[best]),
        "overall": float(pooled.overall_mean[channel]),
    }
    return Question(tuple(dict.fromkeys(names[place] for place in offered)), right, facts=facts)


def saturated(ds: xr.Dataset) -> Question:
    """Which stage has the largest share of gate values under 0.1 or over 0.9, over its blocks.

    Raises:
        InputError: where no gate is bound to [0, 1], or hardly any lies near an end.
    """
    table = saturation_by_depth(ds)
    table["ends"] = table["low"] + table["high"]
    stages = table.groupby("stage", sort=False)["ends"].mean()
    most = stages.max()
    if most < _NONE:
        raise InputError(
            "hardly one gate in a thousand lies under 0.1 or over 0.9, so no stage is saturated"
        )
    right = tuple(str(stage) for stage, share in stages.items() if share >= most * (1 - _TIE))
    facts: Facts = {
        "stage": str(stages.idxmax()),
        "share": float(most),
        "last": float(stages.iloc[-1]),
    }
    options = tuple(map(str, stages.index))
    return Question(
        options, right, facts=facts, case="last" if stages.idxmax() == options[-1] else ""
    )


def helps(found: Comparison) -> Question:
    """Whether two networks differ by more than chance on these images (McNemar's test).

    Args:
        found: the SE network against its baseline.
    """
    right = "undecided" if found.p >= 0.05 else "better" if found.difference > 0 else "worse"
    facts: Facts = {
        "a": found.a.value,
        "b": found.b.value,
        "only_a": found.only_a,
        "only_b": found.only_b,
        "n": found.n,
        "p": found.p,
    }
    return Question(("better", "undecided", "worse"), (right,), facts=facts)


def weights_by_depth(ds: xr.Dataset) -> pd.DataFrame:
    """The weights of the blocks' two layers, with the bottleneck and as one layer of C x C.

    Returns:
        ``label``, ``stage`` (as `saturation_by_depth` has it), ``channels``, ``hidden``,
        ``bottleneck``, ``square``: a row a gate.
    """
    gates = _gates(ds)
    rows = [(gate.label, _stage(gate), gate.channels, hidden_units(ds, gate)) for gate in gates]
    table = pd.DataFrame(rows, columns=["label", "stage", "channels", "hidden"])
    table["bottleneck"] = 2 * table["channels"] * table["hidden"]
    table["square"] = table["channels"] ** 2
    return table


def saturation_by_depth(ds: xr.Dataset) -> pd.DataFrame:
    """The shares of gates under 0.1 and over 0.9.

    Returns:
        ``label``, ``path``, ``depth``, ``stage`` (its number as text; the gate's label where
        nobody knows it), ``channels``, ``low``, ``high``: a row a bounded gate.

    Raises:
        InputError: where no gate is bound to [0, 1].
    """
    rows = []
    for depth, gate in enumerate(_gates(ds), start=1):
        if gate.bounded:
            shares = saturation(ds, gate.path)[["low", "high"]].mean()
            rows.append((gate.label, gate.path, depth, _stage(gate), gate.channels, *shares))
    if not rows:
        raise InputError("no gate of this network is bound to [0, 1], so none can be saturated")
    return pd.DataFrame(rows, columns=_SATURATION)


def reduction(ds: xr.Dataset) -> int:
    """The ratio r of the store's blocks; the paper's 16 where a foreign network does not say."""
    return _block(ds).reduction


def hidden_units(ds: xr.Dataset, gate: Gate) -> int:
    """C/r, and at least as many as the block's configuration says."""
    return _block(ds).hidden(gate.channels)


def _block(ds: xr.Dataset) -> SEConfig:
    said = ds.attrs["se"]
    return SEConfig.from_json(said) if said else SEConfig()


def _stage(gate: Gate) -> str:
    """The number of a gate's stage as text; its label where nobody knows it."""
    return gate.label if gate.stage is None else str(gate.stage)


def _gates(ds: xr.Dataset) -> list[Gate]:
    gates = gates_of(ds)
    if not gates:
        raise InputError("this store has no gates (its network is a baseline); load an SE network")
    return gates


def _spread(best: int, count: int) -> list[int]:
    """``best`` and up to three other places, spread from the first to the last, in order."""
    others = [place for place in range(count) if place != best]
    picked = np.linspace(0, len(others) - 1, min(CHOICES - 1, len(others)))
    return sorted({best, *(others[int(place)] for place in picked)})
