"""Read images in batches; what cannot be read is reported, not raised."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from senet_core.data import UnreadableImage
from senet_core.errors import InputError

Reading = tuple[Tensor | None, str]
"""An image, or None and the reason why there is none."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Neighbouring images.

    Attributes:
        images: (B, C, H, W), those of the ``faults`` left out; None where none could be read.
        faults: place in the batch to the reason why that image could not be read.
        size: how many were asked for.
    """

    images: Tensor | None
    faults: dict[int, str]
    size: int


class Reader(Dataset[Reading]):
    """A data set whose damaged images do not stop the pass."""

    def __init__(self, dataset: Any) -> None:
        self.dataset = dataset

    def __len__(self) -> int:
        return len(self.dataset)

    def __getitem__(self, index: int) -> Reading:
        try:
            return self.dataset[index][0], ""
        except UnreadableImage as fault:
            return None, fault.reason
        except OSError as fault:  # what PIL raises, in data sets of one's own
            return None, str(fault)


def read_batches(
    dataset: Any, batches: Iterable[list[int]], *, workers: int, pinned: bool
) -> Iterator[Batch]:
    """The batches in order, read ahead by ``workers`` processes.

    Raises:
        InputError: where the images of a batch differ in shape.
    """
    loader = DataLoader(
        Reader(dataset),
        batch_sampler=batches,
        num_workers=workers,
        collate_fn=_gather,
        pin_memory=pinned,
        generator=torch.Generator(),  # else the loader draws from the global one
    )
    for images, faults, size in loader:
        if isinstance(images, list):
            raise InputError(
                "the data set's images differ in shape, so they make no batch; "
                "give it a transform that resizes them"
            )
        yield Batch(images, faults, size)


def worker_count(*, in_memory: bool, device: torch.device) -> int:
    """How many processes pay: none for images in memory, more where the CPU only feeds.

    Where torchrun started several of us on this machine, the cores are shared.
    """
    if in_memory:
        return 0
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    cores = max(1, (cores or 1) // int(os.environ.get("LOCAL_WORLD_SIZE", "1")))
    return min(8, cores) if device.type != "cpu" else min(4, max(1, cores // 2))


def _gather(
    readings: list[Reading],
) -> tuple[Tensor | list[Tensor] | None, dict[int, str], int]:
    """The fields of a `Batch`; images of different shapes stay a list, for the reader to refuse."""
    faults = {i: reason for i, (image, reason) in enumerate(readings) if image is None}
    images = [image for image, _ in readings if image is not None]
    if len({image.shape for image in images}) > 1:
        return images, faults, len(readings)
    return torch.stack(images) if images else None, faults, len(readings)
