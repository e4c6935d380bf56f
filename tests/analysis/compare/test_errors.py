"""Confusions and disagreements, on counts small enough to check by hand."""

import numpy as np
from scipy import special
from sklearn.metrics import confusion_matrix

from analysis import compare
from tests.analysis.compare.hand import A, B


def test_confusion_counts_true_rows_and_predicted_columns():
    table = compare.confusion(A)
    assert table.to_numpy().tolist() == [[2, 1, 0], [0, 2, 2], [0, 0, 1]]
    assert (table.index.name, table.columns.name) == ("class", "predicted")
    assert (table.to_numpy() == confusion_matrix(A["label"], compare.predictions(A))).all()
    difference = compare.confusion_difference(A, B)
    assert difference.to_numpy().tolist() == [[1, -1, 0], [-1, 0, 1], [-1, 0, 1]]


def test_error_changes_are_the_confusions_that_differ_largest_first(pair):
    table = compare.error_changes(A, B)
    assert table[["class", "predicted", "change"]].to_numpy().tolist() == [
        ["a", "b", -1],
        ["b", "a", -1],
        ["b", "c", 1],
        ["c", "a", -1],
    ]
    assert table[["errors_a", "errors_b"]].to_numpy().tolist() == [[1, 2], [0, 1], [2, 1], [0, 1]]
    assert table[["label", "prediction"]].to_numpy().tolist() == [[0, 1], [1, 0], [1, 2], [2, 0]]
    full = compare.confusion_difference(*pair).to_numpy(copy=True)
    np.fill_diagonal(full, 0)
    table = compare.error_changes(*pair)
    listed = np.zeros_like(full)
    listed[table["label"], table["prediction"]] = table["change"]
    np.testing.assert_array_equal(listed, full)
    assert (np.diff(table["change"].abs()) <= 0).all()
    assert len(compare.error_changes(*pair, 3)) == 3
    assert compare.error_changes(A, A).empty


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


def test_top_of_is_top_k_of_any_probabilities():
    table = compare.top_of(np.array([0.1, 0.6, 0.3]), ["x", "y", "z"], 2)
    assert table["class"].tolist() == ["y", "z"]
    assert table["label"].tolist() == [1, 2]
    assert table["probability"].tolist() == [0.6, 0.3]
