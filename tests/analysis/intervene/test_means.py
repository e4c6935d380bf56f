"""Mean gates and orders of channels from a store, against NumPy on the raw gates."""

import numpy as np
import pytest

from analysis.intervene import MeanGates, ranked_channels
from senet_core import InputError
from tests.synthetic import synthetic_store

GATE = "layer2.0.se"


@pytest.fixture(scope="module")
def store():
    """The third class and the last have no images."""
    return synthetic_store(per_class=(20, 25, 0, 30, 20, 20, 20, 20, 20, 0))


def raw(store):
    return store[f"gate.{GATE}"].values.astype(np.float64), store["label"].values


def test_means_equal_those_of_the_raw_gates(store):
    gates, labels = raw(store)
    means = MeanGates.of(store, GATE)
    np.testing.assert_allclose(means.overall, gates.mean(0), atol=1e-6)
    for k in (0, 1, 3, 8):
        np.testing.assert_allclose(means.by_class[k], gates[labels == k].mean(0), atol=1e-6)
    assert np.isnan(means.by_class[[2, 9]]).all()


def test_each_image_gets_the_mean_of_its_class(store):
    means = MeanGates.of(store, GATE)
    np.testing.assert_array_equal(means.of_classes(np.array([3, 0])), means.by_class[[3, 0]])
    with pytest.raises(InputError, match="no images of class 2"):
        means.of_classes(np.array([3, 2]))


def test_another_class_is_the_next_one_with_images(store):
    assert MeanGates.of(store, GATE).other.tolist() == [1, 3, 3, 4, 5, 6, 7, 8, 0, 0]


def test_channels_are_ranked_the_least_first(store):
    gates, labels = raw(store)
    total = ((gates - gates.mean(0)) ** 2).sum(0)
    own = [gates[labels == k] for k in np.unique(labels)]
    between = sum(len(g) * (g.mean(0) - gates.mean(0)) ** 2 for g in own)
    for rank, values in (
        ("mean", gates.mean(0)),
        ("variance", gates.var(0)),
        ("eta2", between / total),
    ):
        order = ranked_channels(store, GATE, rank)
        assert sorted(order) == list(range(32))
        assert (np.diff(values[order]) > -1e-6).all(), rank
    with pytest.raises(InputError, match="unknown rank 'size'; choose from mean, eta2, variance"):
        ranked_channels(store, GATE, "size")
