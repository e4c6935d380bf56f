"""What a store tells an experiment: mean gates, and orders of channels. Imports no torch."""

from dataclasses import dataclass
from typing import Literal, Self, get_args

import numpy as np
import numpy.typing as npt
import xarray as xr

from analysis.statistics import moments, separation
from senet_core.errors import InputError

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.int64]

Rank = Literal["mean", "eta2", "variance"]
RANKS: tuple[Rank, ...] = get_args(Rank)


@dataclass(frozen=True)
class MeanGates:
    """The mean gates of one block.

    Attributes:
        overall: (C,), over all images.
        by_class: (K, C), over those of each class; NaN where it has none.
        other: (K,), for each class the next one that has images, round the end.
    """

    overall: Floats
    by_class: Floats
    other: Integers

    @classmethod
    def of(cls, ds: xr.Dataset, path: str) -> Self:
        """Of a gate of a store; raises InputError where it has none, or no labelled image."""
        known = moments(ds, path)
        by_class = np.full((ds.sizes["class"], known.mean.shape[1]), np.nan)
        by_class[known.classes] = known.mean
        after = np.searchsorted(known.classes, np.arange(len(by_class)), side="right")
        return cls(known.overall_mean, by_class, known.classes[after % len(known.classes)])

    def of_classes(self, labels: Integers) -> Floats:
        """(n, C): each image's class's mean; raises InputError for a class without images."""
        means = self.by_class[labels]
        if np.isnan(means).any():
            missing = int(labels[np.isnan(means).any(axis=1)][0])
            raise InputError(
                f"the store has no images of class {missing}, so no mean gates; "
                "collect a store with images of every class"
            )
        return means


def ranked_channels(ds: xr.Dataset, path: str, rank: Rank) -> Integers:
    """(C,): the channels of a gate, the least first; of equal ones, in the network's order.

    Args:
        ds: a store.
        path: the gate's path.
        rank: by ``mean`` gate, by the gates' ``variance``, or by their selectivity ``eta2``
            (`analysis.statistics.separation`), each over all labelled images.
    """
    match rank:
        case "mean":
            values = moments(ds, path).overall_mean
        case "variance":
            values = moments(ds, path).overall_std
        case "eta2":
            values = separation(ds, path)["eta2"].to_numpy()
        case _:
            raise InputError(f"unknown rank {rank!r}; choose from {', '.join(RANKS)}")
    return np.argsort(values, kind="stable")
