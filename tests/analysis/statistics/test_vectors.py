"""Statistics of whole gate vectors, against their definitions and the originals."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.preprocessing import StandardScaler

from analysis import statistics
from senet_core.errors import InputError
from tests.synthetic import synthetic_store

GATE, OTHER = "layer2.0.se", "layer3.1.se"


@pytest.fixture(scope="module")
def store() -> xr.Dataset:
    return synthetic_store(per_class=(30, 41, 0, 17, 25, 33, 2, 40, 1, 60))


def raw(ds, gate=GATE):
    return ds[f"gate.{gate}"].values.astype(np.float64)


def test_entropy_is_that_of_the_binned_gates(store):
    found = statistics.entropy(store, GATE)["entropy"]
    for channel in (0, 9):
        counts = np.histogram(raw(store)[:, channel], np.linspace(0, 1, 51))[0]
        share = counts[counts > 0] / counts.sum()
        assert found[channel] == pytest.approx(-(share * np.log2(share)).sum(), abs=0.02)


def test_effective_dimension_is_the_participation_ratio(store):
    values = np.linalg.eigvalsh(np.cov(raw(store).T))
    assert statistics.effective_dimension(store, GATE) == pytest.approx(
        values.sum() ** 2 / (values**2).sum(), rel=1e-4
    )
    means = statistics.moments(store, GATE).mean
    values = np.linalg.eigvalsh(np.cov(means.T))
    of_classes = statistics.effective_dimension(store, GATE, of="classes")
    assert of_classes == pytest.approx(values.sum() ** 2 / (values**2).sum(), rel=1e-6)
    assert of_classes < len(means)


def test_similarity_is_correlation_of_what_sets_classes_apart(store):
    means = statistics.moments(store, GATE).mean
    apart = means - means.mean(0)
    found = statistics.class_similarity(store, GATE)
    np.testing.assert_allclose(found, np.corrcoef(apart), atol=1e-9)
    assert list(found.index) == [str(store["class"].values[k]) for k in (0, 1, 3, 4, 5, 6, 7, 8, 9)]
    plain = statistics.class_similarity(store, GATE, measure="cosine", relative=False)
    unit = means / np.linalg.norm(means, axis=1, keepdims=True)
    np.testing.assert_allclose(plain, unit @ unit.T, atol=1e-9)
    with pytest.raises(InputError, match="nothing to be compared with"):
        statistics.class_similarity(synthetic_store(classes=("a",)), GATE)


def test_the_tree_puts_like_classes_side_by_side():
    groups = np.array([0, 1, 0, 1, 0])
    similarity = np.where(groups[:, None] == groups, 0.9, -0.5)
    np.fill_diagonal(similarity, 1)
    tree = statistics.class_tree(pd.DataFrame(similarity))
    order = groups[statistics.class_order(tree)]
    assert np.count_nonzero(np.diff(order)) == 1
    with pytest.raises(InputError, match="no place in the tree"):
        statistics.class_tree(pd.DataFrame([[1, np.nan]] * 2))


def test_cka_is_that_of_the_gram_matrices(store):
    x, y = raw(store), raw(store, OTHER)
    center = np.eye(len(x)) - 1 / len(x)
    k, m = center @ x @ x.T @ center, center @ y @ y.T @ center
    expected = (k * m).sum() / np.sqrt((k * k).sum() * (m * m).sum())
    assert statistics.cka(store, GATE, store, OTHER) == pytest.approx(expected, rel=1e-5)
    matrix = statistics.cka_matrix(store)
    np.testing.assert_allclose(np.diag(matrix), 1, rtol=1e-9)
    np.testing.assert_allclose(matrix, matrix.T)
    assert matrix.iloc[2, 3] == pytest.approx(expected, rel=1e-5)


def test_cka_needs_the_same_images(store):
    with pytest.raises(InputError, match="different images"):
        statistics.cka(store, GATE, synthetic_store(per_class=7), GATE)
    with pytest.raises(InputError, match="has no gates"):
        statistics.cka_matrix(store, synthetic_store(gates=()))


def test_ranking_is_welchs_test_of_one_class_against_the_rest(store):
    values, own = raw(store), store["label"].values == 4
    found = statistics.channel_ranking(store, GATE, 4).set_index("channel").sort_index()
    expected = stats.ttest_ind(values[own], values[~own], equal_var=False).pvalue
    np.testing.assert_allclose(found["p"], stats.false_discovery_control(expected), rtol=1e-2)
    difference = values[own].mean(0) - values[~own].mean(0)
    np.testing.assert_allclose(found["difference"], difference, atol=1e-5)
    a, b = own.sum() - 1, (~own).sum() - 1
    pooled = (a * values[own].var(0, ddof=1) + b * values[~own].var(0, ddof=1)) / (a + b)
    np.testing.assert_allclose(found["effect"], difference / np.sqrt(pooled), rtol=1e-3)
    ranked = statistics.channel_ranking(store, GATE, 4)["effect"].abs()
    assert ranked.is_monotonic_decreasing
    with pytest.raises(InputError, match="too few images"):
        statistics.channel_ranking(store, GATE, 8)


def test_the_probe_is_cross_validated_logistic_regression(store):
    found = statistics.linear_probe(store, GATE, seed=3)
    labels = store["label"].values
    kept = np.isin(labels, [k for k in range(10) if (labels == k).sum() >= 5])
    x, y = store[f"gate.{GATE}"].values[kept], labels[kept]
    scores = []
    for train, test in StratifiedKFold(5, shuffle=True, random_state=3).split(x, y):
        scaler = StandardScaler().fit(x[train])
        model = LogisticRegression(max_iter=1000).fit(scaler.transform(x[train]), y[train])
        scores.append(model.score(scaler.transform(x[test]), y[test]))
    assert found.folds == pytest.approx(tuple(scores))
    assert found.accuracy == pytest.approx(np.mean(scores))
    assert (found.images, found.classes) == (len(y), 7)
    assert found.chance == pytest.approx(60 / len(y))
    assert found.accuracy > 2 * found.chance


def test_the_probe_takes_a_few_images_of_each_class(store):
    assert statistics.linear_probe(store, GATE, per_class=8).images == 7 * 8
    with pytest.raises(InputError, match="fewer than two classes with 5 images"):
        statistics.linear_probe(synthetic_store(per_class=3), GATE)
