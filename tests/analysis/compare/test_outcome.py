"""Which stores are compared at all, and over which images."""

import numpy as np
import pytest

from analysis import compare
from analysis.store import open_store
from senet_core.errors import InputError
from tests.analysis.compare.hand import LABELS, A, B
from tests.synthetic import synthetic_store, write_store


def test_images_without_a_label_count_for_nothing():
    labels = np.array([-1, -1, *LABELS])
    stores = []
    for store in (A, B):
        predicted = np.eye(3)[[2, 2, *compare.predictions(store)]]
        stores.append(
            store.drop_dims("sample")
            .assign(logits=(("sample", "class"), predicted))
            .assign_coords(label=("sample", labels), index=("sample", np.arange(10)))
        )
    assert compare.compare_predictions(*stores) == compare.compare_predictions(A, B)
    assert compare.disagreements(*stores)["sample"].min() == 3
    assert compare.calibration(stores[0]) == compare.calibration(A)


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [("folder", "names of folders that the network does not know"), ("none", "have no labels")],
)
def test_stores_without_usable_labels_have_no_accuracy(labels, sentence):
    store = synthetic_store(labels=labels, gates=())
    for ask in (
        compare.accuracy,
        compare.calibration,
        compare.confusion,
        compare.reliability,
        lambda ds: compare.calibration_difference(ds, ds),
        lambda ds: compare.comparison_table([ds, ds]),
        lambda ds: compare.compare_predictions(ds, ds),
        lambda ds: compare.per_class_change(ds, ds),
        lambda ds: compare.disagreements(ds, ds),
    ):
        with pytest.raises(InputError, match=sentence):
            ask(store)


def relabelled(store, labels):
    return store.assign_coords(label=("sample", labels))


def sorted_by(store, labels):
    """The store with other labels, in their order, as a collection would have sorted it."""
    place = np.argsort(labels, kind="stable")
    return relabelled(store.isel(sample=place), labels[place])


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda b: b.isel(sample=slice(0, 100)), r"different images \(400 and 100\)"),
        (lambda b: b.assign_coords({"class": list("abcdefghij")}), "have different classes"),
        (lambda b: b.assign_coords({"class": b["class"][::-1]}), "their classes in different ord"),
        (lambda b: b.assign_attrs(dataset_digest="other"), "different images.*from the same data"),
        (lambda b: b.assign_coords(index=b["index"] + 1), "different images.*same options"),
        (lambda b: b.isel(sample=slice(None, None, -1)), "in another order"),
        (lambda b: b.assign_coords(path=b["index"]).drop_vars("index"), "different images"),
        (
            lambda b: b.assign_coords(label=("sample", b["label"].values[::-1])),
            "same images different labels",
        ),
        (lambda b: sorted_by(b, 9 - b["label"].values), "in another order"),
    ],
)
def test_stores_of_different_images_are_not_compared(pair, change, sentence):
    with pytest.raises(InputError, match=sentence):
        compare.align(pair[0], change(pair[1]))


def test_stores_on_disk_compare_as_in_memory(pair, tmp_path):
    opened = [
        open_store(write_store(store, tmp_path / f"{place}.zarr"))
        for place, store in enumerate(pair)
    ]
    assert compare.compare_predictions(*opened) == compare.compare_predictions(*pair)
    assert compare.calibration(opened[0]) == compare.calibration(pair[0])
    assert compare.per_class_change(*opened).equals(compare.per_class_change(*pair))
    assert compare.top_k(opened[0], 0)["class"].tolist() == (
        compare.top_k(pair[0], 0)["class"].tolist()
    )
