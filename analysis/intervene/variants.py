"""The experiments as lists: each variant is one way to run the network, a row of the table."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import xarray as xr

from analysis.intervene.changes import (
    Change,
    on_channels,
    scale_by,
    set_to,
    shuffle_channels,
    shuffle_images,
)
from analysis.intervene.means import Integers, MeanGates, Rank, ranked_channels
from analysis.naming import Gate, by_depth
from senet_core.errors import InputError

Kind = Literal[
    "one",
    "zero",
    "halved",
    "mean",
    "class_mean",
    "other_class_mean",
    "shuffled_images",
    "shuffled_channels",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
# What a kind does to a block with these mean gates, in a batch of these labels (n,), by this seed.
_CHANGES: dict[Kind, Callable[[MeanGates, Integers, int], Change]] = {
    "one": lambda means, labels, seed: set_to(1.0),
    "zero": lambda means, labels, seed: set_to(0.0),
    "halved": lambda means, labels, seed: scale_by(0.5),
    "mean": lambda means, labels, seed: set_to(means.overall),
    "class_mean": lambda means, labels, seed: set_to(means.of_classes(labels)),
    "other_class_mean": lambda means, labels, seed: set_to(means.of_classes(means.other[labels])),
    "shuffled_images": lambda means, labels, seed: shuffle_images(seed),
    "shuffled_channels": lambda means, labels, seed: shuffle_channels(seed),
}

Fill = Literal["zero", "mean"]
FILLS: tuple[Fill, ...] = get_args(Fill)
SHARES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
ALL = "all"  # stands for a block's label where every block is changed
UNMODIFIED = "unmodified"


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to run a network.

    Attributes:
        columns: what it is called in the table.
        changes: from the labels (n,) of a batch to what is done in it, path to change; nothing
            in the unmodified network.
    """

    columns: dict[str, object]
    changes: Callable[[Integers], Mapping[str, Change]] = lambda labels: {}


def block_variants(
    gates: Sequence[Gate], ds: xr.Dataset, kinds: Sequence[Kind], seed: int
) -> list[Variant]:
    """The unmodified network, then each kind of change in one block at a time and in all together.

    Columns: ``kind``, ``label``, ``path`` (empty for all), ``depth`` (from 1; 0 for all).
    """
    _require_known(kinds, KINDS, "kind of intervention")
    means = {gate.path: MeanGates.of(ds, gate.path) for gate in gates}

    def variant(kind: Kind, chosen: Sequence[Gate], columns: dict[str, object]) -> Variant:
        return Variant(
            {"kind": kind, **columns},
            lambda labels: {g.path: _CHANGES[kind](means[g.path], labels, seed) for g in chosen},
        )

    variants = [Variant({"kind": UNMODIFIED, "label": "", "path": "", "depth": 0})]
    for kind in kinds:
        for gate, columns in by_depth(gates):
            variants.append(variant(kind, [gate], columns))
        variants.append(variant(kind, gates, {"label": ALL, "path": "", "depth": 0}))
    return variants


def pruning_variants(
    gates: Sequence[Gate],
    ds: xr.Dataset,
    *,
    ranks: Sequence[Rank],
    fills: Sequence[Fill],
    shares: Sequence[float],
    draws: int,
    seed: int,
) -> list[Variant]:
    """The unmodified network, then a share of every block's channels pruned, in several orders.

    Columns: ``fill``, ``rank`` (the least go first; ``random``, or ``every`` where all are pruned),
    ``draw`` (0, or the number of the random order, from 1), ``share``, ``channels`` (how many).
    A random order is one for all shares: what is pruned at a tenth is pruned at a half too.
    """
    _require_known(fills, FILLS, "fill")
    if not all(0 < share < 1 for share in shares):
        raise InputError("shares to prune must lie between 0 and 1; both ends are run anyway")
    orders: dict[tuple[str, int], dict[str, Integers]] = {
        (rank, 0): {gate.path: ranked_channels(ds, gate.path, rank) for gate in gates}
        for rank in ranks
    }
    for draw in range(1, draws + 1):
        orders["random", draw] = {
            gate.path: np.random.default_rng([seed, draw, place]).permutation(gate.channels)
            for place, gate in enumerate(gates)
        }
    every = {gate.path: np.arange(gate.channels) for gate in gates}
    means = {gate.path: MeanGates.of(ds, gate.path) for gate in gates}
    unmodified = {"fill": "", "rank": UNMODIFIED, "draw": 0, "share": 0.0, "channels": 0}
    variants = [Variant(unmodified)]
    for fill in fills:
        own = {path: set_to(0.0 if fill == "zero" else m.overall) for path, m in means.items()}
        for (rank, draw), order in orders.items():
            names = {"fill": fill, "rank": rank, "draw": draw}
            variants += [_pruned(names, order, own, share) for share in shares]
        variants.append(_pruned({"fill": fill, "rank": "every", "draw": 0}, every, own, 1.0))
    return variants


def _pruned(
    names: dict[str, object],
    order: Mapping[str, Integers],
    fill: Mapping[str, Change],
    share: float,
) -> Variant:
    cut = {path: own[: round(share * len(own))] for path, own in order.items()}
    changes = {path: on_channels(own, fill[path]) for path, own in cut.items()}
    channels = sum(len(own) for own in cut.values())
    return Variant({**names, "share": share, "channels": channels}, lambda labels: changes)


def _require_known(given: Sequence[str], known: Sequence[str], what: str) -> None:
    for name in given:
        if name not in known:
            raise InputError(f"unknown {what} {name!r}; choose from {', '.join(known)}")
