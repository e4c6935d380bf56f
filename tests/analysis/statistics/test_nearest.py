"""Nearest images against scikit-learn's search on the standardised gates."""

import numpy as np
import pytest
from sklearn.neighbors import NearestNeighbors
from sklearn.preprocessing import StandardScaler

from analysis import statistics
from senet_core.errors import InputError
from tests.analysis.statistics.conftest import with_gate
from tests.synthetic import synthetic_store

GATE = "layer2.0.se"


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_neighbours_are_scikit_learns(store, metric):
    values = StandardScaler().fit_transform(store[f"gate.{GATE}"].values.astype(np.float64))
    search = NearestNeighbors(n_neighbors=6, metric=metric, algorithm="brute").fit(values)
    distances, places = search.kneighbors(values[[17]])
    found = statistics.nearest_images(store, GATE, 17, n=5, metric=metric)
    assert found["sample"].tolist() == places[0, 1:].tolist()
    scale = np.sqrt(32) if metric == "euclidean" else 1
    np.testing.assert_allclose(found["distance"], distances[0, 1:] / scale, rtol=1e-4)
    assert found["label"].tolist() == store["label"].values[found["sample"]].tolist()
    assert found["class"].tolist() == store["class"].values[found["label"]].tolist()


def test_a_twin_comes_first_and_the_image_itself_not_at_all(store):
    values = store[f"gate.{GATE}"].values.copy()
    values[200] = values[3]
    made = with_gate(store, values)
    found = statistics.nearest_images(made, GATE, 3)
    assert found["sample"][0] == 200
    assert found["distance"][0] == pytest.approx(0, abs=1e-9)
    assert 3 not in found["sample"].tolist()
    vector = statistics.nearest_images(made, GATE, values[3])
    assert vector["sample"].tolist()[:2] == [3, 200]


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_a_channel_that_never_varies_counts_for_nothing(store, metric):
    values = store[f"gate.{GATE}"].values.copy()
    values[:, 5] = 0.7
    values[:, 6] = 0.3
    found = statistics.nearest_images(with_gate(store, values), GATE, 40, metric=metric)
    scaled = StandardScaler().fit_transform(np.delete(values, [5, 6], axis=1).astype(np.float64))
    search = NearestNeighbors(n_neighbors=9, metric=metric, algorithm="brute").fit(scaled)
    assert found["sample"].tolist() == search.kneighbors(scaled[[40]])[1][0, 1:].tolist()


def test_unlabelled_images_have_neighbours_without_a_class():
    bare, labelled = synthetic_store(labels="none"), synthetic_store()
    bare[f"gate.{GATE}"] = labelled[f"gate.{GATE}"]
    found = statistics.nearest_images(bare, GATE, 5)
    expected = statistics.nearest_images(labelled, GATE, 5)
    assert found["sample"].tolist() == expected["sample"].tolist()
    assert set(found["class"]) == {""}


def test_no_more_than_there_are(store):
    assert len(statistics.nearest_images(store, GATE, 0, n=10_000)) == 248
    assert len(statistics.nearest_images(store, GATE, 0, n=0)) == 0


def test_what_has_no_neighbours(store):
    for place in (-1, 249):
        with pytest.raises(InputError, match=f"no sample {place}; choose from 0 to 248"):
            statistics.nearest_images(store, GATE, place)
    with pytest.raises(InputError, match="has 32 channels"):
        statistics.nearest_images(store, GATE, np.zeros(31))
    with pytest.raises(InputError, match="has no gates"):
        statistics.nearest_images(synthetic_store(gates=()), GATE, 0)
