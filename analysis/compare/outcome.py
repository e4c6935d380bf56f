"""What two networks made of the same images, and that they are the same.

Throughout `analysis.compare`, ``a`` stands before ``b`` and differences are a - b: positive where
``a`` has more. Images without a label (-1) count for nothing.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import xarray as xr

from analysis.store import same_names
from senet_core.errors import InputError

Integers = npt.NDArray[np.int64]
Booleans = npt.NDArray[np.bool_]

BLOCK = 4096
"""Samples whose logits are in memory at once."""


@dataclass(frozen=True)
class Outcome:
    """The labelled images of a store: their places, labels and predictions, each (N,)."""

    samples: Integers
    labels: Integers
    predicted: Integers

    @property
    def right(self) -> Booleans:
        """(N,): whether each was predicted right."""
        return np.asarray(self.predicted == self.labels)


def predictions(ds: xr.Dataset) -> Integers:
    """(sample,): the class of the largest logit; of equal ones, the first."""
    logits, samples = ds["logits"], ds.sizes["sample"]
    blocks = (logits[start : start + BLOCK].values for start in range(0, samples, BLOCK))
    return np.concatenate([np.empty(0, np.int64), *(block.argmax(axis=1) for block in blocks)])


def outcome(ds: xr.Dataset) -> Outcome:
    """What the network made of the labelled images.

    Raises:
        InputError: where there are none, or the labels are not the network's classes.
    """
    samples = labelled(ds)
    return Outcome(samples, ds["label"].values[samples], predictions(ds)[samples])


def outcomes(a: xr.Dataset, b: xr.Dataset) -> tuple[Outcome, Outcome]:
    """`outcome` of two stores of the same images; raises InputError as it and `align` do."""
    align(a, b)
    return outcome(a), outcome(b)


def labelled(ds: xr.Dataset) -> Integers:
    """(N,): the places of the images that have a label; raises InputError as `outcome` does."""
    if ds.attrs["labels"] == "folder":
        raise InputError(
            "the store's labels are names of folders that the network does not know as classes, "
            "so there is no accuracy; name the folders as the network's classes"
        )
    samples = np.flatnonzero(ds["label"].values >= 0)
    if ds.attrs["labels"] != "model" or not len(samples):
        raise InputError(
            "the store's images have no labels, so there is no accuracy; "
            "collect from a folder that has a subfolder for each class"
        )
    return samples


def align(a: xr.Dataset, b: xr.Dataset) -> None:
    """Make sure that two stores hold the same images with the same labels, in the same order.

    Raises:
        InputError: where they do not, saying in what they differ.
    """
    if a.sizes["sample"] != b.sizes["sample"]:
        raise InputError(
            f"the stores hold different images ({a.sizes['sample']:,} and "
            f"{b.sizes['sample']:,}); collect both from the same data with the same --limit"
        )
    if a.attrs["dataset_digest"] != b.attrs["dataset_digest"]:
        raise InputError(
            f"the stores hold different images (of {a.attrs['dataset']} and "
            f"{b.attrs['dataset']}); collect both from the same data"
        )
    first, second = (ds["class"].values.tolist() for ds in (a, b))
    if first != second:
        if sorted(first) != sorted(second):
            raise InputError(
                "the stores have different classes; compare networks of the same classes"
            )
        raise InputError(
            "the stores list their classes in different orders; "
            "compare networks of the same classes"
        )
    if not same_names(a, b):
        raise InputError(
            f"the stores hold different images of {a.attrs['dataset']}, or hold them in another "
            "order; collect both with the same options"
        )
    if not np.array_equal(a["label"].values, b["label"].values):
        raise InputError(
            "the stores give the same images different labels; collect both from the same folders"
        )
