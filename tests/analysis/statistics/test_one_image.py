"""The gates of one image beside its class's, against NumPy."""

import numpy as np
import pytest

from analysis.statistics import image_gates
from senet_core import InputError
from tests.synthetic import synthetic_store

GATE = "layer2.0.se"


def test_distances_are_in_standard_deviations_of_the_images_class():
    store = synthetic_store(per_class=30)
    table = image_gates(store, GATE, 70)
    gates = store[f"gate.{GATE}"].values
    own = gates[store["label"].values == store["label"].values[70]].astype(float)
    np.testing.assert_allclose(table["gate"], gates[70])
    np.testing.assert_allclose(table["class_mean"], own.mean(0), rtol=1e-5)
    distance = (gates[70] - own.mean(0)) / own.std(0)
    np.testing.assert_allclose(table["distance"], distance, rtol=1e-3, atol=1e-4)
    assert table.sort_values("rank")["channel"].tolist() == np.argsort(-np.abs(distance)).tolist()


def test_an_image_without_a_class_is_held_against_all_images():
    store = synthetic_store(per_class=30)
    labels = store["label"].values.copy()
    labels[:5] = -1
    store = store.assign_coords(label=("sample", labels))
    table = image_gates(store, GATE, 2)
    gates = store[f"gate.{GATE}"].values.astype(float)
    np.testing.assert_allclose(table["class_mean"], gates.mean(0), rtol=1e-5)
    np.testing.assert_allclose(table["class_std"], gates.std(0), rtol=1e-3)


def test_a_class_that_does_not_vary_has_no_distance():
    store = synthetic_store(per_class=1)
    assert not image_gates(store, GATE, 3)["distance"].any()


def test_a_gate_or_an_image_that_is_not_there_is_a_sentence():
    store = synthetic_store(per_class=2)
    with pytest.raises(InputError, match="the store has no image 20; choose from 0 to 19"):
        image_gates(store, GATE, 20)
    with pytest.raises(InputError, match="no gate 'x'"):
        image_gates(store, "x", 0)
