"""What a collection goes through: a data set's images with labels, in the store's order."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from analysis.loading import Reader
from senet_core.data import ImageSet
from senet_core.errors import InputError

Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Samples:
    """A data set as a store describes it.

    Attributes:
        name, split, root, digest: as of an `ImageSet`.
        transform: text that names what is done to an image.
        classes: the labels' names.
        labels: (N,) places in ``classes``; -1 where there is no label.
        paths: (N,) relative to ``root``, or None.
        in_memory: whether reading an image costs nothing.
        by_place: whether label k means a network's output k although nobody named the classes,
            the custom of torch's own data sets.
    """

    name: str
    split: str
    root: str
    digest: str
    transform: str
    classes: tuple[str, ...]
    labels: Integers
    paths: list[str] | None
    in_memory: bool
    by_place: bool

    def key(self, index: int) -> str:
        """What an image is called: its path, or its place in the data set."""
        return str(index) if self.paths is None else self.paths[index]


def describe(dataset: Any, transform: str | None = None) -> Samples:
    """Describe an `ImageSet` or any map-style torch data set of (tensor, label).

    Raises:
        InputError: where it is empty or its labels are no whole numbers.
    """
    if not len(dataset):
        raise InputError("the data set is empty; give one that holds images")
    if isinstance(dataset, ImageSet):
        return Samples(
            name=dataset.name,
            split=dataset.split,
            root=str(dataset.root.resolve()),
            digest=dataset.digest,
            transform=transform if transform is not None else _text(dataset.transform),
            classes=dataset.classes,
            labels=dataset.labels,
            paths=dataset.paths,
            in_memory=dataset.paths is None,
            by_place=False,
        )
    labels = _labels(dataset)
    classes = tuple(str(name) for name in getattr(dataset, "classes", ()))
    if len(classes) <= labels.max():
        classes = tuple(str(k) for k in range(int(labels.max()) + 1))
    return Samples(
        name=type(dataset).__name__,
        split="",
        root=str(getattr(dataset, "root", "")),
        digest=_digest(dataset, labels),
        transform=_text(getattr(dataset, "transform", None)),
        classes=classes,
        labels=labels,
        paths=None,
        in_memory=True,  # or not: but a data set of someone's own may not survive pickling
        by_place=True,
    )


def in_order(labels: Integers, limit: int | None) -> Integers:
    """Places of the samples sorted by label, stable; at most ``limit`` of each label."""
    order = np.argsort(labels, kind="stable")
    if limit is None:
        return order
    ordered = labels[order]
    nth = np.arange(len(order)) - np.searchsorted(ordered, ordered)
    return np.asarray(order[nth < limit])


def _labels(dataset: Any) -> Integers:
    """From the usual attributes, else from one pass over the data."""
    found: Any = None
    tensors: Sequence[Any] = getattr(dataset, "tensors", ())
    for candidate in (
        getattr(dataset, "labels", None),
        getattr(dataset, "targets", None),
        tensors[-1] if len(tensors) > 1 else None,
    ):
        if candidate is not None and len(candidate) == len(dataset):
            found = candidate
            break
    if found is None:
        found = [dataset[i][1] for i in range(len(dataset))]
    labels: npt.NDArray[Any] = np.asarray(torch.as_tensor(found))
    if labels.shape != (len(dataset),) or labels.dtype.kind not in "iu" or labels.min() < -1:
        raise InputError(
            "the data set's labels are no whole numbers from 0 on; give (image, class) pairs"
        )
    return labels.astype(np.int64)


def _digest(dataset: Any, labels: Integers) -> str:
    """Of the labels and of sixteen images spread over the data; it cannot read them all."""
    content = hashlib.sha256(labels.tobytes())
    reader = Reader(dataset)
    for index in np.linspace(0, len(labels) - 1, 16).astype(int):
        image, _ = reader[int(index)]
        if isinstance(image, torch.Tensor):
            content.update(image.contiguous().numpy().tobytes())
    return content.hexdigest()


def _text(transform: object) -> str:
    """A transform's own description, if it has one that does not change from run to run."""
    if transform is None:
        return ""
    text = repr(transform)
    return type(transform).__name__ if " at 0x" in text else text


def named(classes: Sequence[str], count: int) -> tuple[str, ...]:
    """``classes``, or numbers where there are not ``count`` of them."""
    return tuple(classes) if len(classes) == count else tuple(str(i) for i in range(count))
