"""Comparisons of two stores, on counts small enough to check by hand."""

import numpy as np
import pytest
import xarray as xr
from scipy import special, stats

from analysis import compare
from analysis.store import open_store
from senet_core.errors import InputError
from tests.synthetic import synthetic_store, write_store


@pytest.fixture(scope="module")
def pair() -> tuple[xr.Dataset, xr.Dataset]:
    return (
        synthetic_store(accuracy=0.93, seed=1),
        synthetic_store(accuracy=0.88, seed=2, gates=()),
    )


def store_of(predicted: list[int], labels: list[int], classes: str = "abc") -> xr.Dataset:
    """A baseline whose predictions are given."""
    count = [labels.count(index) for index in range(len(classes))]
    store = synthetic_store(classes=classes, per_class=count, gates=())
    return store.assign(logits=(("sample", "class"), np.eye(len(classes))[predicted]))


LABELS = [0, 0, 0, 1, 1, 1, 1, 2]
A = store_of([0, 0, 1, 1, 1, 2, 2, 2], LABELS)
B = store_of([0, 1, 1, 2, 1, 1, 0, 0], LABELS)


def test_accuracy_is_the_share_of_right_predictions():
    share = compare.accuracy(A)
    interval = stats.binomtest(5, 8).proportion_ci(0.95, "wilson")
    assert (share.value, share.n) == (5 / 8, 8)
    assert (share.low, share.high) == (interval.low, interval.high)


def test_synthetic_stores_are_as_accurate_as_asked():
    assert compare.accuracy(synthetic_store(per_class=400)).value == pytest.approx(0.9, abs=0.015)


def test_comparison_counts_every_image_once():
    result = compare.compare_predictions(A, B)
    assert (result.both_right, result.only_a, result.only_b, result.both_wrong) == (2, 3, 1, 2)
    assert (result.a.value, result.b.value, result.n) == (5 / 8, 3 / 8, 8)
    assert result.difference == 0.25
    assert result.p == stats.binomtest(3, 4, 0.5).pvalue
    assert result.agreement.value == 3 / 8
    assert result.low < 0.25 < result.high


def test_per_class_change_is_that_of_each_class(pair):
    table = compare.per_class_change(A, B)
    assert table["class"].tolist() == ["a", "b", "c"]
    assert table["n"].tolist() == [3, 4, 1]
    np.testing.assert_allclose(table["accuracy_a"], [2 / 3, 2 / 4, 1])
    np.testing.assert_allclose(table["change"], [1 / 3, 0, 1])
    raw = [1.0, 1.0, 1.0]  # one discordant image; one each; one
    np.testing.assert_allclose(table["p"], raw)

    table = compare.per_class_change(*pair)
    right = [compare.predictions(ds) == ds["label"].values for ds in pair]
    labels, raw = pair[0]["label"].values, []
    for index in range(10):
        a, b = (r[labels == index] for r in right)
        raw.append(stats.binomtest(int((a & ~b).sum()), int((a ^ b).sum()), 0.5).pvalue)
    np.testing.assert_allclose(table["p"], stats.false_discovery_control(raw))
    assert ((table["low"] <= table["change"]) & (table["change"] <= table["high"])).all()


def test_the_mean_change_of_equal_classes_is_the_difference(pair):
    mean = compare.per_class_change(*pair)["change"].mean()
    assert compare.compare_predictions(*pair).difference == pytest.approx(mean)


def test_classes_without_samples_are_left_out_of_the_change():
    labels = [0, 0, 2, 2]
    table = compare.per_class_change(store_of([0, 1, 2, 2], labels), store_of([0, 0, 2, 1], labels))
    assert table["label"].tolist() == [0, 2]
    assert table["class"].tolist() == ["a", "c"]


def test_confusion_counts_true_rows_and_predicted_columns():
    table = compare.confusion(A)
    assert table.to_numpy().tolist() == [[2, 1, 0], [0, 2, 2], [0, 0, 1]]
    assert (table.index.name, table.columns.name) == ("class", "predicted")
    difference = compare.confusion_difference(A, B)
    assert difference.to_numpy().tolist() == [[1, -1, 0], [-1, 0, 1], [-1, 0, 1]]


def test_disagreements_are_the_images_that_one_has_wrong_by_group():
    table = compare.disagreements(A, B)
    assert table["sample"].tolist() == [1, 2, 3, 5, 6, 7]
    assert table["group"].tolist() == [
        "only_a",
        "same_error",
        "only_a",
        "only_b",
        "different_errors",
        "only_a",
    ]
    assert table["prediction_b"].tolist() == [1, 1, 2, 1, 0, 0]
    assert set(table["group"]) == set(compare.GROUPS)


def test_top_k_is_the_softmax_of_the_logits(pair):
    table = compare.top_k(pair[0], 3)
    probability = special.softmax(pair[0]["logits"].values[3].astype(np.float64))
    assert len(table) == 5
    np.testing.assert_allclose(table["probability"], np.sort(probability)[::-1][:5])
    assert table["class"].tolist() == [str(pair[0]["class"].values[i]) for i in table["label"]]
    assert len(compare.top_k(A, 0)) == 3


def test_top_k_names_the_outputs_where_they_are_not_the_labels(pair):
    store = pair[0].drop_vars("logits")
    store = store.assign(logits=(("sample", "output"), np.eye(4)[[2] * store.sizes["sample"]]))
    store = store.assign_coords(output=["p", "q", "r", "s"])
    assert compare.top_k(store, 0, k=1)["class"].tolist() == ["r"]


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


@pytest.mark.parametrize(
    ("labels", "sentence"),
    [("folder", "names of folders that the network does not know"), ("none", "have no labels")],
)
def test_stores_without_usable_labels_have_no_accuracy(labels, sentence):
    store = synthetic_store(labels=labels, gates=())
    for ask in (
        compare.accuracy,
        compare.confusion,
        lambda ds: compare.compare_predictions(ds, ds),
        lambda ds: compare.per_class_change(ds, ds),
        lambda ds: compare.disagreements(ds, ds),
    ):
        with pytest.raises(InputError, match=sentence):
            ask(store)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda b: b.isel(sample=slice(0, 100)), r"different images \(400 and 100\)"),
        (lambda b: b.assign_coords({"class": list("abcdefghij")}), "different classes"),
        (lambda b: b.assign_attrs(dataset_digest="other"), "different images"),
        (lambda b: b.assign_coords(index=b["index"] + 1), "different images"),
        (lambda b: b.assign_coords(path=b["index"]).drop_vars("index"), "different images"),
        (lambda b: b.assign_coords(label=b["label"][::-1]), "different images"),
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
    assert compare.per_class_change(*opened).equals(compare.per_class_change(*pair))
    assert compare.top_k(opened[0], 0)["class"].tolist() == (
        compare.top_k(pair[0], 0)["class"].tolist()
    )
