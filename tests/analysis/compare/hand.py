"""Stores whose predictions are given, small enough to check by hand."""

import numpy as np
import xarray as xr

from tests.synthetic import synthetic_store

LABELS = [0, 0, 0, 1, 1, 1, 1, 2]


def store_of(predicted: list[int], labels: list[int], classes: str = "abc") -> xr.Dataset:
    """A baseline whose predictions are given."""
    return store_with(np.eye(len(classes))[predicted], labels, classes)


def store_with(logits: np.ndarray, labels: list[int], classes: str = "abc") -> xr.Dataset:
    """A baseline whose logits (N, K) are given; the labels ascend."""
    count = [labels.count(index) for index in range(len(classes))]
    store = synthetic_store(classes=classes, per_class=count, gates=())
    return store.assign(logits=(("sample", "class"), np.asarray(logits, np.float32)))


A = store_of([0, 0, 1, 1, 1, 2, 2, 2], LABELS)
B = store_of([0, 1, 1, 2, 1, 1, 0, 0], LABELS)
