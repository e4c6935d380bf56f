"""Channels of a class, against SciPy's tests on the raw gates."""

import numpy as np
import pytest
from scipy import stats

from analysis import statistics
from senet_core.errors import InputError
from tests.analysis.statistics.conftest import with_gate

GATE = "layer2.0.se"


@pytest.mark.parametrize("index", [4, 6])
def test_ranking_is_welchs_test_of_one_class_against_the_rest(store, index):
    values, own = store[f"gate.{GATE}"].values.astype(np.float64), store["label"].values == index
    found = statistics.channel_ranking(store, GATE, index).set_index("channel").sort_index()
    expected = stats.ttest_ind(values[own], values[~own], equal_var=False).pvalue
    np.testing.assert_allclose(found["p"], stats.false_discovery_control(expected), rtol=1e-2)
    np.testing.assert_allclose(found["mean"], values[own].mean(0), atol=1e-6)
    np.testing.assert_allclose(found["rest"], values[~own].mean(0), atol=1e-6)
    np.testing.assert_allclose(found["difference"], found["mean"] - found["rest"], atol=1e-12)
    a, b = own.sum() - 1, (~own).sum() - 1
    pooled = (a * values[own].var(0, ddof=1) + b * values[~own].var(0, ddof=1)) / (a + b)
    np.testing.assert_allclose(
        found["effect"], found["difference"] / np.sqrt(pooled), rtol=1e-3, atol=1e-4
    )
    ranked = statistics.channel_ranking(store, GATE, index)["effect"].abs()
    assert ranked.is_monotonic_decreasing


@pytest.mark.filterwarnings("error")
def test_a_channel_that_never_varies_is_neither_open_nor_shut(store):
    values = store[f"gate.{GATE}"].values.copy()
    values[:, 5] = 0.7
    found = statistics.channel_ranking(with_gate(store, values), GATE, 4).set_index("channel")
    assert (found.loc[5, "effect"], found.loc[5, "p"]) == (0, 1)
    assert found.index[-1] == 5


@pytest.mark.filterwarnings("error")
def test_a_channel_that_only_tells_this_class_comes_first(store):
    values = store[f"gate.{GATE}"].values.copy()
    values[:, 5] = np.where(store["label"].values == 4, 0.25, 0.75)
    top = statistics.channel_ranking(with_gate(store, values), GATE, 4).iloc[0]
    assert (top["channel"], top["effect"], top["p"]) == (5, -np.inf, 0)


def test_of_noise_few_channels_are_significant(store):
    noise = np.random.default_rng(0).uniform(0.2, 0.8, (store.sizes["sample"], 32))
    table = statistics.channel_ranking(with_gate(store, noise.astype(np.float32)), GATE, 0)
    assert (table["p"] < 0.05).mean() < 0.1


@pytest.mark.parametrize("index", [2, 8, 99])
def test_classes_without_two_images_are_refused(store, index):
    with pytest.raises(InputError, match="too few images"):
        statistics.channel_ranking(store, GATE, index)
