"""What a network still knows when its gates are changed: experiments over a data set."""

from collections.abc import Sequence
from typing import Any

import xarray as xr
from torch import nn

from analysis.gates import find_gates
from analysis.intervene.images import Images, Settings
from analysis.intervene.means import RANKS, Rank
from analysis.intervene.passes import run_variants
from analysis.intervene.tally import Outcomes
from analysis.intervene.variants import (
    FILLS,
    KINDS,
    SHARES,
    Fill,
    Kind,
    block_variants,
    pruning_variants,
)
from analysis.naming import Gate
from analysis.source import Source, weights_digest
from analysis.store import gates_of
from senet_core.errors import InputError


def by_block(
    model: nn.Module,
    dataset: Any,
    ds: xr.Dataset,
    *,
    source: Source | None = None,
    kinds: Sequence[Kind] = KINDS,
    settings: Settings | None = None,
) -> Outcomes:
    """Change the gates of one block at a time, and of all together, in each way of ``kinds``.

    Args:
        model: a network with gates.
        dataset: labelled images, as `analysis.collect` takes them.
        ds: a store of this network, for the mean gates.
        source: whose preprocessing an `ImageSet` gets.
        kinds: ``one`` (no scaling), ``zero``, ``halved``; ``mean`` over the store; ``class_mean``
            of the image's true class, which tells the network the answer, and
            ``other_class_mean``, that of the next class, its counterpart; ``shuffled_images``
            and ``shuffled_channels`` (see `shuffle_images`, `shuffle_channels`).
        settings: batch size, device, limit and seed.

    Raises:
        InputError: where the store is of another network, the labels are not the network's
            classes, or the network has no gates.
    """
    settings = settings or Settings()
    variants = block_variants(_gates(model, ds), ds, kinds, settings.seed)
    images = Images.of(dataset, ds, source or Source(), settings)
    return run_variants(model, images, variants, device=settings.device)


def pruning(
    model: nn.Module,
    dataset: Any,
    ds: xr.Dataset,
    *,
    source: Source | None = None,
    ranks: Sequence[Rank] = RANKS,
    fills: Sequence[Fill] = FILLS,
    shares: Sequence[float] = SHARES,
    draws: int = 5,
    settings: Settings | None = None,
) -> Outcomes:
    """Prune a growing share of the channels of every block, the least by a rank first.

    Args:
        model: a network with gates.
        dataset: labelled images, as `analysis.collect` takes them.
        ds: a store of this network, for mean gates and ranks.
        source: whose preprocessing an `ImageSet` gets.
        ranks: by ``mean`` gate, by selectivity ``eta2``, by the gates' ``variance``.
        fills: what a pruned gate is set to: ``zero``, which takes the channel out of the block's
            branch, or its ``mean``, which keeps the channel and takes out what its gate says of
            the image.
        shares: of each block's channels, between 0 and 1; both ends are run anyway.
        draws: random orders of channels, to compare with.
        settings: batch size, device, limit and seed.

    Raises:
        InputError: as `by_block` does.
    """
    settings = settings or Settings()
    variants = pruning_variants(
        _gates(model, ds),
        ds,
        ranks=ranks,
        fills=fills,
        shares=shares,
        draws=draws,
        seed=settings.seed,
    )
    images = Images.of(dataset, ds, source or Source(), settings)
    return run_variants(model, images, variants, device=settings.device)


def _gates(model: nn.Module, ds: xr.Dataset) -> list[Gate]:
    """The gates that the store has, of those that run.

    Raises:
        InputError: where the network has none, or the store is of another network.
    """
    found = find_gates(model)
    if not found:
        raise InputError(
            "the network has no gates to change (it is a baseline); give an SE network"
        )
    stored = gates_of(ds)
    same = all(g.path in found and found[g.path].channels == g.channels for g in stored)
    own = ds.attrs.get("weights_digest", "") in ("", weights_digest(model))
    if not (stored and same and own):
        raise InputError(
            "the store was collected from another network, so its mean gates mean nothing here; "
            "give a store of this one"
        )
    return [found[gate.path] for gate in stored]
