"""The images of an experiment: labelled as the store's classes, in batches that mix the classes."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import xarray as xr

from analysis.classes import match_classes
from analysis.intervene.means import Integers
from analysis.samples import describe, in_order
from analysis.source import Source
from senet_core.errors import InputError

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How an experiment goes through its images.

    Attributes:
        batch_size: the most images of a forward pass, at least 2.
        device: cpu, cuda, or auto.
        limit: images of each class, the first of them; all where None.
        seed: of the order of the images, of the shuffles and of random channels.
    """

    batch_size: int = 64
    device: str = "auto"
    limit: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if self.batch_size < 2:
            raise InputError(f"the batch size must be at least 2, not {self.batch_size}")
        if self.limit is not None and self.limit < 1:
            raise InputError(f"the limit must be at least 1 image of each class, not {self.limit}")


@dataclass(frozen=True, slots=True)
class Images:
    """Some images of a data set.

    Attributes:
        dataset: gives (image, label).
        labels: (N,) the network's class of each image of the data set.
        classes: (K,) the classes' names.
        batches: places in the data set; the classes are mixed, so that shuffling within a batch
            swaps images of any classes, and no batch has one image unless there is only one.
        in_memory: whether reading an image costs nothing.
        key: what an image is called, from its place.
    """

    dataset: Any
    labels: Integers
    classes: tuple[str, ...]
    batches: list[list[int]]
    in_memory: bool
    key: Callable[[int], str]

    @classmethod
    def of(cls, dataset: Any, ds: xr.Dataset, source: Source, settings: Settings) -> Self:
        """The labelled images of a data set.

        Args:
            dataset: as `analysis.collect` takes it.
            ds: a store of the network, which names its classes.
            source: whose preprocessing an `ImageSet` gets.
            settings: batch size, limit and seed.

        Raises:
            InputError: where the labels are not the network's classes.
        """
        if source.preprocessing is not None:
            dataset = dataset.prepared(source.preprocessing.evaluation())
            if source.preprocessing.describe() != ds.attrs["transform"]:
                _log.info("the store's images were prepared in another way than these")
        samples = describe(dataset)
        known = tuple(str(name) for name in ds["class"].values)
        matching = match_classes(samples.classes, samples.labels, known=known, outputs=len(known))
        if ds.attrs["labels"] != "model" or matching.kind != "model":
            raise InputError(
                "the images' labels are not the network's classes, so there is no accuracy; "
                "give images, and a store, with labels that the network knows"
            )
        order = in_order(matching.labels, settings.limit)
        order = order[matching.labels[order] >= 0]
        mixed = np.random.default_rng(settings.seed).permutation(order)
        parts = np.array_split(mixed, -(-len(mixed) // settings.batch_size))
        batches = [part.tolist() for part in parts]
        return cls(dataset, matching.labels, known, batches, samples.in_memory, samples.key)

    @property
    def count(self) -> int:
        """How many images there are in the batches."""
        return sum(len(batch) for batch in self.batches)
