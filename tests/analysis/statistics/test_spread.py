"""Entropy and effective dimension, against SciPy and the eigenvalues."""

import numpy as np
import pytest
import xarray as xr
from scipy import stats

from analysis import statistics
from senet_core.errors import InputError
from tests.analysis.statistics.conftest import with_gate
from tests.synthetic import synthetic_store

GATE = "layer2.0.se"


def raw(ds):
    return ds[f"gate.{GATE}"].values.astype(np.float64)


def ratio(matrix):
    values = np.linalg.eigvalsh(matrix)
    return values.sum() ** 2 / (values**2).sum()


def test_entropy_is_that_of_the_binned_gates(store):
    found = statistics.entropy(store, GATE)["entropy"]
    for channel in range(32):
        counts = np.histogram(raw(store)[:, channel], np.linspace(0, 1, 51))[0]
        assert found[channel] == pytest.approx(stats.entropy(counts, base=2))


def test_entropy_runs_from_none_to_that_of_all_bins(store):
    values = raw(store).astype(np.float32)
    values[:, 0] = 0.31
    values[:, 1] = np.where(np.arange(len(values)) < 249 / 2, 0.11, 0.93)
    made = with_gate(store, values)
    spread = synthetic_store(per_class=100)
    even = np.tile((np.arange(1000)[:, None] % 50 + 0.5) / 50, (1, 32)).astype(np.float32)
    found = statistics.entropy(made, GATE)["entropy"]
    assert found[0] == 0
    assert found[1] == pytest.approx(1, abs=1e-4)
    assert statistics.entropy(with_gate(spread, even), GATE)["entropy"][3] == np.log2(50)


def test_effective_dimension_is_the_participation_ratio(store):
    found = statistics.effective_dimension(store, GATE)
    assert found == pytest.approx(ratio(np.cov(raw(store).T)), rel=1e-5)


@pytest.mark.parametrize("gate", ["layer2.0.se", "layer1.0.se"])
def test_dimension_over_classes_counts_each_class_alike(store, gate):
    means = statistics.moments(store, gate).mean
    found = statistics.effective_dimension(store, gate, of="classes")
    assert found == pytest.approx(ratio(np.cov(means.T)), rel=1e-6)
    assert found < len(means)


def test_dimension_of_known_structure(store):
    rng = np.random.default_rng(0)
    line = 0.5 + 0.1 * rng.normal(size=(249, 1)) * np.ones(32)
    four = 0.5 + 0.1 * np.repeat(rng.permutation(np.tile(np.eye(4), (63, 1))[:249]), 8, axis=1)
    assert statistics.effective_dimension(with_gate(store, line.astype(np.float32)), GATE) == (
        pytest.approx(1)
    )
    # Four corners of a tetrahedron lie in three dimensions.
    assert statistics.effective_dimension(with_gate(store, four.astype(np.float32)), GATE) == (
        pytest.approx(3, abs=0.01)
    )
    flat = np.full((249, 32), 0.5, np.float32)
    assert np.isnan(statistics.effective_dimension(with_gate(store, flat), GATE))


def test_a_saturated_gate_keeps_its_digits(store):
    tight = (0.9999 + 1e-4 * (raw(store) - 0.5)).astype(np.float32)
    expected = ratio(np.cov(tight.astype(np.float64).T))
    found = statistics.effective_dimension(with_gate(store, tight), GATE)
    assert found == pytest.approx(expected, rel=1e-4)


def test_unlabelled_images_have_entropy_and_dimension_but_no_classes(store):
    bare = synthetic_store(labels="none")
    own = raw(bare)
    counts = np.histogram(own[:, 4], np.linspace(0, 1, 51))[0]
    bare[f"hist.{GATE}"] = xr.zeros_like(bare[f"hist.{GATE}"])
    assert statistics.entropy(bare, GATE)["entropy"][4] == pytest.approx(
        stats.entropy(counts, base=2)
    )
    assert statistics.effective_dimension(bare, GATE) == pytest.approx(
        ratio(np.cov(own.T)), rel=1e-5
    )
    with pytest.raises(InputError, match="no labelled samples"):
        statistics.effective_dimension(bare, GATE, of="classes")


def test_gates_outside_the_unit_interval_fill_the_bins_of_their_range(store):
    wide = 4 * raw(store) - 2
    low, high = wide.min(), wide.max()
    edges = np.linspace(low, high, 51)
    label = store["label"].values
    made = store.assign({f"gate.{GATE}": (store[f"gate.{GATE}"].dims, wide.astype(np.float32))})
    hist = [[np.histogram(c, edges)[0] for c in wide[label == k].T] for k in range(10)]
    made[f"hist.{GATE}"] = (store[f"hist.{GATE}"].dims, np.asarray(hist, np.uint32))
    made[f"hist.{GATE}"].attrs["range"] = [low, high]
    labelled = statistics.entropy(made, GATE)["entropy"]
    bare = made.assign(count=xr.zeros_like(made["count"]))
    np.testing.assert_allclose(statistics.entropy(bare, GATE)["entropy"], labelled, atol=0.05)
