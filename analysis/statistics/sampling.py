"""Some images of each class, where all would take too long; the same ones for the same seed."""

import numpy as np
import numpy.typing as npt
import xarray as xr

from senet_core.errors import InputError

Integers = npt.NDArray[np.int64]

MOST = 5_000
"""Images that statistics of whole gate vectors take unless they are asked for more."""


def sample_images(ds: xr.Dataset, *, most: int = MOST, seed: int = 0) -> Integers:
    """(n,) places of at most ``most`` images, ascending; as many of each class as there are.

    Small classes take part whole; images without a label are a class of their own. Each class gives
    one image at least, also where that makes more than ``most``.

    Raises:
        InputError: where ``most`` is below 1.
    """
    if most < 1:
        raise InputError(f"{most} images say nothing; take at least 1")
    labels = ds["label"].values
    counts = np.unique(labels, return_counts=True)[1]
    return sample_classes(labels, per_class=fair_share(counts, most), seed=seed)


def sample_classes(labels: Integers, *, per_class: int, seed: int) -> Integers:
    """(n,) places of at most ``per_class`` images of each label, ascending.

    What one class gives does not depend on the others.
    """
    parts = [np.empty(0, np.int64)]
    for label in np.unique(labels):
        own = np.flatnonzero(labels == label)
        if len(own) > per_class:
            # A seed has no negative part; the label of images without one is -1.
            rng = np.random.default_rng([seed, int(label) + 1])
            own = rng.choice(own, per_class, replace=False)
        parts.append(own)
    return np.sort(np.concatenate(parts))


def fair_share(counts: Integers, most: int) -> int:
    """The largest part p of every class for which Σ min(N_k, p) is at most ``most``; at least 1."""
    low, high = 1, max(int(counts.max(initial=1)), 1)
    while low < high:
        middle = (low + high + 1) // 2
        if np.minimum(counts, middle).sum() <= most:
            low = middle
        else:
            high = middle - 1
    return low


def take(ds: xr.Dataset, places: Integers) -> xr.Dataset:
    """Some images of a store; the store itself where they are all, since slices read faster."""
    return ds if len(places) == ds.sizes["sample"] else ds.isel(sample=places)
