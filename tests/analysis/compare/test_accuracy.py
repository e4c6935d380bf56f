"""Accuracies and their differences, against counts by hand and statsmodels."""

import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.contingency_tables import mcnemar
from statsmodels.stats.multitest import multipletests

from analysis import compare
from tests.analysis.compare.hand import A, B, store_of
from tests.synthetic import synthetic_store


def cells(a: np.ndarray, b: np.ndarray) -> list[list[int]]:
    """Both right, a alone; b alone, neither."""
    return [[int((a & b).sum()), int((a & ~b).sum())], [int((~a & b).sum()), int((~a & ~b).sum())]]


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


def test_the_test_of_the_difference_is_statsmodels_mcnemar():
    a, b = synthetic_store(seed=1, accuracy=0.93), synthetic_store(seed=2, accuracy=0.88)
    right = [compare.predictions(ds) == ds["label"].values for ds in (a, b)]
    expected = mcnemar(cells(*right), exact=True).pvalue
    assert 1e-9 < expected < 0.5
    assert compare.compare_predictions(a, b).p == pytest.approx(expected, rel=1e-9)


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
        raw.append(mcnemar(cells(*(r[labels == index] for r in right)), exact=True).pvalue)
    np.testing.assert_allclose(table["p"], multipletests(raw, method="fdr_bh")[1])
    assert len(set(table["p"])) > 2
    assert ((table["low"] <= table["change"]) & (table["change"] <= table["high"])).all()


def test_the_mean_change_of_equal_classes_is_the_difference(pair):
    mean = compare.per_class_change(*pair)["change"].mean()
    assert compare.compare_predictions(*pair).difference == pytest.approx(mean)


def test_classes_without_samples_are_left_out_of_the_change():
    labels = [0, 0, 2, 2]
    table = compare.per_class_change(store_of([0, 1, 2, 2], labels), store_of([0, 0, 2, 1], labels))
    assert table["label"].tolist() == [0, 2]
    assert table["class"].tolist() == ["a", "c"]
