"""Similarities of groups of classes are means of the similarities of their classes."""

import numpy as np
import pytest

from analysis.statistics import class_similarity
from analysis.statistics.grouping import grouped_similarity, order_by_similarity
from senet_core.errors import InputError
from tests.synthetic import synthetic_store

GATE = "layer3.1.se"


@pytest.fixture(scope="module")
def store():
    return synthetic_store(classes=[f"c{k}" for k in range(12)], per_class=6, seed=3)


def test_every_class_alone_is_class_similarity_in_that_order(store):
    order = order_by_similarity(store, GATE)
    assert sorted(order) == list(range(12))
    whole = class_similarity(store, GATE)
    found = grouped_similarity(store, GATE, order)
    assert list(found.index) == [f"c{k}" for k in order]
    np.testing.assert_allclose(found, whole.to_numpy()[np.ix_(order, order)], atol=1e-5)


def test_a_group_is_the_mean_of_its_classes(store):
    order = order_by_similarity(store, GATE)
    whole = class_similarity(store, GATE).to_numpy()[np.ix_(order, order)]
    found = grouped_similarity(store, GATE, order, most=5)
    assert found.index[0] == f"c{order[0]} … c{order[1]} (2)"
    assert found.shape == (5, 5)
    np.testing.assert_allclose(found.iloc[0, 1], whole[:2, 2:5].mean(), atol=1e-5)
    np.testing.assert_allclose(found.iloc[0, 0], whole[:2, :2].mean(), atol=1e-5)


def test_like_classes_stand_beside_each_other(store):
    means = store[f"mean.{GATE}"].values.copy()
    means[7] = means[2] + 0.001 * (means[4] - means[2])
    twin = store.assign({f"mean.{GATE}": (store[f"mean.{GATE}"].dims, means)})
    order = order_by_similarity(twin, GATE).tolist()
    assert abs(order.index(7) - order.index(2)) == 1


def test_classes_without_images_are_left_out(store):
    few = synthetic_store(classes=["a", "b", "c"], per_class=[4, 0, 4])
    order = order_by_similarity(few, GATE)
    assert sorted(order) == [0, 2]
    # Of two classes each is the other's opposite.
    found = grouped_similarity(few, GATE, order)
    np.testing.assert_allclose(found, [[1, -1], [-1, 1]], atol=1e-5)


def test_a_class_that_does_not_vary_is_not_known(store):
    means = store[f"mean.{GATE}"].values.copy()
    means[5] = means[[*range(5), *range(6, 12)]].mean(axis=0)
    flat = store.assign({f"mean.{GATE}": (store[f"mean.{GATE}"].dims, means)})
    found = grouped_similarity(flat, GATE, order_by_similarity(flat, GATE))
    assert found.loc["c5"].isna().all()
    assert found.drop(index="c5", columns="c5").notna().all(axis=None)


def test_one_class_is_refused():
    with pytest.raises(InputError, match="nothing to be compared with"):
        order_by_similarity(synthetic_store(classes=["a"], per_class=4), GATE)
