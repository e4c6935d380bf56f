"""Quantiles against NumPy's on each class."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from hypothesis.extra import numpy as arrays

from analysis import statistics
from analysis.statistics.by_class import stream_classes
from analysis.store import open_store
from senet_core.errors import InputError
from tests.synthetic import gate_variables, synthetic_store, write_store

GATE = "layer2.0.se"
Q = (0.0, 0.1, 0.25, 0.5, 0.9, 1.0)


def by_numpy(ds, gate=GATE):
    values, label = ds[f"gate.{gate}"].values.astype(np.float64), ds["label"].values
    return np.stack([np.quantile(values[label == k], Q, axis=0) for k in np.unique(label)], axis=1)


def test_exact_quantiles_are_numpys(store):
    found = statistics.class_quantiles(store, GATE, Q, exact=True)
    assert found.classes.tolist() == [0, 1, 3, 4, 5, 6, 7, 8, 9]
    assert found.error == 0
    np.testing.assert_allclose(found.values, by_numpy(store), rtol=1e-6)


def test_histograms_give_them_to_a_bin(store):
    found = statistics.class_quantiles(store, GATE, Q)
    assert found.error == pytest.approx(0.02)
    assert found.values.shape == (6, 9, 32)
    off = np.abs(found.values - by_numpy(store))
    assert off.max() <= found.error
    assert off.mean() < found.error / 3


@given(
    arrays.arrays(np.float32, (9, 3), elements=some.floats(0, 1, width=32)),
    some.floats(0, 1),
)
@settings(max_examples=60, deadline=None)
def test_no_gates_are_further_off_than_a_bin(values, q):
    values = np.rint(values * 65534).astype(np.float32) / np.float32(65534)
    ds = synthetic_store(classes=("a", "b"), per_class=(4, 5), gates=((GATE, 3),))
    ds = ds.assign(gate_variables(GATE, values, ds["label"].values, 2))
    found = statistics.class_quantiles(ds, GATE, [q]).values[0]
    exact = statistics.class_quantiles(ds, GATE, [q], exact=True).values[0]
    assert np.abs(found - exact).max() <= 0.02 + 1e-4  # `gate_variables` bins floats, not codes


def test_more_classes_than_are_read_at_once():
    many = synthetic_store(classes=[str(k) for k in range(150)], per_class=3, gates=((GATE, 4),))
    found = statistics.class_quantiles(many, GATE, Q)
    assert np.abs(found.values - by_numpy(many)).max() <= found.error


def test_classes_are_streamed_whole_over_the_edges_of_blocks(tmp_path):
    ds = synthetic_store(per_class=(300, 1, 0, 500, 255, 1, 0, 0, 0, 40), gates=((GATE, 4),))
    stored = open_store(write_store(ds, tmp_path / "a.zarr"))
    found = dict(stream_classes(stored, GATE))
    assert list(found) == [0, 1, 3, 4, 5, 9]
    for k, values in found.items():
        own = ds["label"].values == k
        np.testing.assert_allclose(values, ds[f"gate.{GATE}"].values[own], atol=1e-6)


def test_unlabelled_images_are_of_no_class(store):
    label = np.sort(np.where(store["label"].values == 9, -1, store["label"].values))
    assert [k for k, _ in stream_classes(store.assign_coords(label=("sample", label)), GATE)] == [
        0, 1, 3, 4, 5, 6, 7, 8,
    ]  # fmt: skip
    with pytest.raises(InputError, match="no labelled samples"):
        statistics.class_quantiles(synthetic_store(labels="none"), GATE)


def test_quantiles_lie_between_nought_and_one(store):
    with pytest.raises(InputError, match=r"from 0 to 1, unlike 0\.5, 1\.5"):
        statistics.class_quantiles(store, GATE, (0.5, 1.5))
    with pytest.raises(InputError, match="has no gates"):
        statistics.class_quantiles(synthetic_store(gates=()), GATE)
