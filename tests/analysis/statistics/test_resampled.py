"""The interval of selectivity, against a bootstrap by hand and gates of known selectivity."""

import numpy as np
import pytest
import xarray as xr

from analysis import statistics
from analysis.statistics.resampled import _selectivity
from senet_core.errors import InputError
from tests.analysis.statistics.conftest import PER_CLASS
from tests.synthetic import gate_variables, synthetic_store

GATE = "layer2.0.se"
CLASSES, EACH = 10, 30


def drawn_store(between: float, within: float, seed: int) -> xr.Dataset:
    """32 channels alike, of standard deviations ``between`` and ``within`` classes."""
    ds = synthetic_store(per_class=EACH)
    rng = np.random.default_rng(seed)
    label = ds["label"].values
    means = np.linspace(-1, 1, CLASSES)
    means *= between / means.std()
    values = 0.5 + means[label][:, None] + rng.normal(0, within, (len(label), 32))
    return ds.assign(gate_variables(GATE, values.astype(np.float32), label, CLASSES))


def test_the_drawn_sets_are_analyses_of_variance():
    """Of each drawn set, the analysis of its images written out."""
    ds = synthetic_store(per_class=PER_CLASS)
    values, label = ds[f"gate.{GATE}"].values.astype(np.float64), ds["label"].values
    own, drawn, eta2 = _selectivity(ds, GATE, 7, seed=3)
    kept = label != 8  # one image: it has no spread
    without = ds.isel(sample=kept)
    table = statistics.separation(without.assign(count=ds["count"].where(ds["count"] > 1, 0)), GATE)
    np.testing.assert_allclose(eta2, table["eta2"], rtol=1e-5)
    np.testing.assert_allclose(own, table["epsilon2"], rtol=1e-4, atol=1e-6)
    sets = [[] for _ in range(7)]
    for k in np.unique(label[kept]):
        rows = np.flatnonzero(label == k)
        n = len(rows)
        times = np.random.default_rng([3, k]).multinomial(n - 1, np.full(n, 1 / n), size=7)
        for chosen, one in zip(sets, times, strict=True):
            chosen.append(values[np.repeat(rows, one)])
    for groups, found in zip(sets, drawn, strict=True):
        pooled = np.concatenate(groups)
        within = sum(((g - g.mean(0)) ** 2).sum(0) for g in groups) / (len(pooled) - len(groups))
        expected = 1 - within / pooled.var(0, ddof=1)
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("between", "within"), [(0.0, 0.1), (0.03, 0.1), (0.1, 0.05)])
def test_the_interval_holds_what_the_gates_were_drawn_with(between, within):
    """Of noise too, where η² lies clear of the truth."""
    truth = between**2 / (between**2 + within**2)
    found = [
        statistics.separation_interval(drawn_store(between, within, seed), GATE, resamples=200)
        for seed in range(8)
    ]
    held = [one.low <= truth <= one.high for one in found]
    assert sum(held) >= 6
    assert all(one.low <= one.value <= one.high for one in found)
    assert np.mean([one.value for one in found]) == pytest.approx(truth, abs=0.02)


def test_another_summary_and_the_seed():
    ds = drawn_store(0.05, 0.1, 0)
    found = statistics.separation_interval(ds, GATE, summary=np.max, resamples=50)
    largest = statistics.separation(ds, GATE)["epsilon2"].max()
    assert found.value == pytest.approx(largest, rel=1e-4)
    same, other = (
        statistics.separation_interval(ds, GATE, resamples=50, seed=seed) for seed in (0, 1)
    )
    assert same == statistics.separation_interval(ds, GATE, resamples=50)
    assert same != other


@pytest.mark.filterwarnings("error")
def test_a_gate_that_never_varies_has_no_selectivity():
    ds = synthetic_store(per_class=5)
    flat = np.full((50, 32), 0.7, np.float32)
    made = ds.assign(gate_variables(GATE, flat, ds["label"].values, 10))
    found = statistics.separation_interval(made, GATE, resamples=20)
    assert (found.low, found.value, found.high) == (0, 0, 0)


def test_too_few_images_have_no_interval():
    with pytest.raises(InputError, match="too few samples"):
        statistics.separation_interval(synthetic_store(per_class=1), GATE)
    with pytest.raises(InputError, match="has no gates"):
        statistics.separation_interval(synthetic_store(gates=()), GATE)
