"""Batches of a run: which images, in which order, under which random augmentation.

All of it is a function of the seed, the epoch and the image's place, never of what was drawn
before. So a run goes on in the middle of an epoch, on any number of processes and workers, with
the very images that it would have seen undisturbed.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, Sampler, default_collate

from senet_core.data import ImageSet
from senet_core.data.images import Labels
from senet_core.distributed import World
from senet_core.errors import InputError

Batch = tuple[Tensor, Tensor]
Key = tuple[int, int]
"""An epoch and an image's place in the training images; beyond their number n, place p is the
image p % n again, augmented anew."""


class Order(Sampler[list[Key]]):
    """The micro-batches of one process in an epoch.

    A step takes ``batch_size`` images of the epoch's permutation. They are cut into ``accumulate``
    parts for each process, so that two processes see the parts that one with twice the
    ``accumulate`` sees.

    Attributes:
        steps: in an epoch.
        own: numbers of this process's parts among all parts of a step.
    """

    def __init__(
        self,
        images: int,
        batch_size: int,
        *,
        seed: int,
        accumulate: int,
        world: World,
        labels: Labels | None = None,
    ) -> None:
        self._distinct, self._classes = images, []
        if labels is not None:
            self._classes = [np.flatnonzero(labels == k) for k in np.unique(labels)]
            images = len(self._classes) * max(len(own) for own in self._classes)
        parts = accumulate * world.size
        if min(batch_size, images) < 2 * parts:
            raise InputError(
                f"a step of {min(batch_size, images)} images is too small for {world.size} "
                f"processes with --accumulate {accumulate}: each part needs 2 images"
            )
        self._images, self._batch_size, self._seed = images, batch_size, seed
        self._parts = parts
        self.own = range(world.rank * accumulate, (world.rank + 1) * accumulate)
        # A last step is left out where a part of it would have no batch statistics.
        self.steps = images // batch_size + (images % batch_size >= 2 * parts)
        self._epoch, self._step = 0, 0

    def begin(self, epoch: int, step: int) -> None:
        """Where the next iteration starts."""
        self._epoch, self._step = epoch, step

    def images(self, steps: int) -> int:
        """Images of an epoch's first ``steps`` steps, over all processes."""
        return min(steps * self._batch_size, self._images)

    def size(self, step: int) -> int:
        """Images of a step, over all processes."""
        return self.images(step + 1) - self.images(step)

    def places(self, epoch: int, step: int) -> list[int]:
        """The images of a step, over all processes."""
        return [int(p) % self._distinct for p in self._of(self._permutation(epoch), step)]

    def __iter__(self) -> Iterator[list[Key]]:
        permutation = self._permutation(self._epoch)
        for step in range(self._step, self.steps):
            parts = np.array_split(self._of(permutation, step), self._parts)
            for own in self.own:
                yield [(self._epoch, int(place)) for place in parts[own]]

    def _permutation(self, epoch: int) -> Labels:
        rng = np.random.default_rng([self._seed, epoch])
        if not self._classes:
            return rng.permutation(self._images)
        turns = np.arange(self._images // len(self._classes))
        return rng.permutation(
            np.concatenate(
                [
                    np.resize(rng.permutation(own), len(turns)) + turns // len(own) * self._distinct
                    for own in self._classes
                ]
            )
        )

    def _of(self, permutation: Labels, step: int) -> Labels:
        return permutation[step * self._batch_size : (step + 1) * self._batch_size]


class Augmented(Dataset[Batch]):
    """Images whose random augmentation is drawn from seed, epoch and place."""

    def __init__(self, images: ImageSet, seed: int) -> None:
        self._images, self._seed = images, seed

    def __getitem__(self, key: Key) -> Batch:
        epoch, place = key
        with drawing_from(self._seed, epoch, place):
            image, label = self._images[place % len(self._images)]
        return image, torch.tensor(label)


class _Carried(Dataset[Any]):
    """A data set that hands a fault of an image on as an item; it crosses processes unchanged."""

    def __init__(self, images: Dataset[Any]) -> None:
        self._images = images

    def __len__(self) -> int:
        return len(self._images)  # type: ignore[arg-type]  # of the evaluation's alone

    def __getitem__(self, key: Any) -> Any:
        try:
            return self._images[key]
        except InputError as fault:
            return fault


class _Loader(DataLoader[Any]):
    """Raises the fault of an image as it is, also where another process met it."""

    def __init__(self, images: Dataset[Any], **options: Any) -> None:
        super().__init__(_Carried(images), collate_fn=_gathered, **options)

    def __iter__(self) -> Iterator[Batch]:  # type: ignore[override]
        for batch in super().__iter__():
            if isinstance(batch, InputError):
                raise batch
            yield batch


def _gathered(items: list[Any]) -> Any:
    """A batch, or the first fault among its images."""
    fault = next((item for item in items if isinstance(item, InputError)), None)
    return fault or default_collate(items)


def training_loader(
    images: Augmented, order: Order, *, workers: int, pin: bool
) -> DataLoader[Batch]:
    """Loads the micro-batches of ``order``; its workers live as long as it does."""
    return _Loader(
        images,
        batch_sampler=order,
        num_workers=workers,
        pin_memory=pin,
        persistent_workers=workers > 0,
    )


def evaluation_loader(
    images: ImageSet, batch_size: int, world: World, *, workers: int, pin: bool
) -> DataLoader[Batch]:
    """Loads this process's share of the images, each once."""
    own = images.subset(np.arange(world.rank, len(images), world.size))
    return _Loader(own, batch_size=batch_size, num_workers=workers, pin_memory=pin)


def mix(*numbers: int) -> int:
    """One seed from several numbers that are at least 0."""
    return int(np.random.SeedSequence(numbers).generate_state(1, np.uint64)[0] >> 1)


@contextmanager
def drawing_from(*numbers: int) -> Iterator[None]:
    """Seed torch's generator of the CPU for the block, and put it back after."""
    before = torch.get_rng_state()
    torch.default_generator.manual_seed(mix(*numbers))
    try:
        yield
    finally:
        torch.set_rng_state(before)
