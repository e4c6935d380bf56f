"""Class similarity and tree, against NumPy and groups made by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy.cluster import hierarchy
from scipy.spatial.distance import squareform

from analysis import statistics
from senet_core.errors import InputError
from tests.synthetic import synthetic_store

GATE = "layer2.0.se"
PRESENT = (0, 1, 3, 4, 5, 6, 7, 8, 9)


def test_similarity_is_correlation_of_what_sets_classes_apart(store):
    means = statistics.moments(store, GATE).mean
    found = statistics.class_similarity(store, GATE)
    np.testing.assert_allclose(found, np.corrcoef(means - means.mean(0)), atol=1e-9)
    assert list(found.index) == [str(store["class"].values[k]) for k in PRESENT]


@pytest.mark.parametrize("measure", ["correlation", "cosine"])
def test_of_the_means_themselves(store, measure):
    means = statistics.moments(store, GATE).mean
    found = statistics.class_similarity(store, GATE, measure=measure, relative=False)
    unit = means / np.linalg.norm(means, axis=1, keepdims=True)
    expected = unit @ unit.T if measure == "cosine" else np.corrcoef(means)
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_one_class_has_nothing_to_be_compared_with():
    with pytest.raises(InputError, match="nothing to be compared with"):
        statistics.class_similarity(synthetic_store(classes=("a",)), GATE)
    with pytest.raises(InputError, match="no labelled samples"):
        statistics.class_similarity(synthetic_store(labels="none"), GATE)


def test_a_class_that_does_not_vary_has_no_similarity(store):
    flat = store.copy(deep=True)
    flat[f"mean.{GATE}"].values[4] = 0.5
    found = statistics.class_similarity(flat, GATE, relative=False)
    assert found.iloc[3].isna().all()
    assert found.iloc[:3, :3].notna().all(axis=None)
    with pytest.raises(InputError, match="no place in the tree"):
        statistics.class_tree(found)


def test_the_tree_puts_like_classes_side_by_side():
    groups = np.array([0, 1, 0, 1, 0])
    similarity = np.where(groups[:, None] == groups, 0.9, -0.5)
    np.fill_diagonal(similarity, 1)
    tree = statistics.class_tree(pd.DataFrame(similarity))
    order = groups[statistics.class_order(tree)]
    assert np.count_nonzero(np.diff(order)) == 1
    np.testing.assert_allclose(tree[:, 2], [0.1, 0.1, 0.1, 1.5])


def test_the_tree_is_scipys_with_its_leaves_in_the_best_order(store):
    similarity = statistics.class_similarity(store, GATE)
    distance = 1 - similarity.to_numpy()
    np.fill_diagonal(distance, 0)
    flat = squareform(distance, checks=False)
    tree = statistics.class_tree(similarity)
    np.testing.assert_allclose(tree[:, 2:], hierarchy.average(flat)[:, 2:])
    order = statistics.class_order(tree)
    plain = hierarchy.leaves_list(hierarchy.average(flat))
    steps = [distance[leaves[:-1], leaves[1:]].sum() for leaves in (order, plain)]
    assert steps[0] <= steps[1]
    assert sorted(order) == list(range(9))
