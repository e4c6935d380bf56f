"""Statistics from stored moments, against SciPy and NumPy on the raw gates."""

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import stats
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm

from analysis import statistics
from analysis.statistics.channel import all_but_equal
from analysis.statistics.separation import hardly_varies, most_separating
from analysis.store import class_slice
from senet_core.errors import InputError
from tests.analysis.statistics.conftest import with_gate
from tests.synthetic import flattened, synthetic_store

GATE = "layer2.0.se"


def by_class(store: xr.Dataset) -> list[np.ndarray]:
    values = store[f"gate.{GATE}"].values.astype(np.float64)
    slices = (class_slice(store, index) for index in range(store.sizes["class"]))
    return [values[places] for places in slices if places.stop > places.start]


def test_f_and_p_equal_scipy_on_the_raw_gates(store):
    table = statistics.separation(store, GATE)
    f, p = stats.f_oneway(*by_class(store), axis=0)
    np.testing.assert_allclose(table["F"], f, rtol=1e-5)
    np.testing.assert_allclose(table["p"], stats.false_discovery_control(p), rtol=1e-3)
    assert table["channel"].tolist() == list(range(32))


def test_f_eta2_and_epsilon2_equal_statsmodels_analysis_of_variance(store):
    values, label = store[f"gate.{GATE}"].values.astype(np.float64), store["label"].values
    table = statistics.separation(store, GATE)
    for channel in (0, 17):
        data = pd.DataFrame({"gate": values[:, channel], "label": label})
        anova = anova_lm(ols("gate ~ C(label)", data).fit())
        between, within = anova["sum_sq"]
        row = table.loc[channel]
        assert row["F"] == pytest.approx(anova.loc["C(label)", "F"], rel=1e-5)
        assert row["eta2"] == pytest.approx(between / (between + within), rel=1e-5)
        freedom, mean_square = anova.loc["C(label)", "df"], anova.loc["Residual", "mean_sq"]
        expected = (between - freedom * mean_square) / (between + within)
        assert row["epsilon2"] == pytest.approx(expected, rel=1e-4)


def test_epsilon2_of_noise_is_about_nothing(store):
    noise = np.random.default_rng(3).uniform(0.2, 0.8, (store.sizes["sample"], 32))
    table = statistics.separation(with_gate(store, noise.astype(np.float32)), GATE)
    assert table["eta2"].mean() == pytest.approx(8 / 248, abs=0.01)
    assert table["epsilon2"].mean() == pytest.approx(0, abs=0.01)


def test_p_of_noise_is_scipys_and_corrected(store):
    noise = np.random.default_rng(3).uniform(0.2, 0.8, (store.sizes["sample"], 32))
    store = with_gate(store, noise.astype(np.float32))
    p = stats.f_oneway(*by_class(store), axis=0).pvalue
    table = statistics.separation(store, GATE)
    np.testing.assert_allclose(table["p"], stats.false_discovery_control(p), rtol=1e-4)
    assert table["p"].min() > p.min()


def test_eta2_is_the_share_of_variance_between_classes(store):
    groups = by_class(store)
    values = np.concatenate(groups)
    between = sum(len(g) * (g.mean(0) - values.mean(0)) ** 2 for g in groups)
    eta2 = between / ((values - values.mean(0)) ** 2).sum(0)
    np.testing.assert_allclose(statistics.separation(store, GATE)["eta2"], eta2, rtol=1e-5)


@pytest.mark.parametrize("value", [0.0, 0.3, 1.0])
@pytest.mark.filterwarnings("error")
def test_a_channel_that_never_varies_separates_nothing(store, value):
    values = store[f"gate.{GATE}"].values.copy()
    values[:, 5] = value
    row = statistics.separation(with_gate(store, values), GATE).loc[5]
    assert (row["eta2"], row["F"], row["p"]) == (0.0, 0.0, 1.0)


def test_rounding_of_the_stored_moments_is_no_variation(store):
    jittered = store.copy(deep=True)
    mean, std = jittered[f"mean.{GATE}"].values, jittered[f"std.{GATE}"].values
    mean[:, 5], std[:, 5] = np.float32(0.7), 1e-10
    mean[::2, 5] = np.nextafter(np.float32(0.7), np.float32(1))
    row = statistics.separation(jittered, GATE).loc[5]
    assert (row["eta2"], row["F"], row["p"]) == (0.0, 0.0, 1.0)


def test_a_channel_that_varies_by_one_fixed_point_step_counts_as_varying(store):
    values = np.ones((store.sizes["sample"], 32), np.float32)
    values[class_slice(store, 3), 5] = 65533 / 65534
    assert statistics.separation(with_gate(store, values), GATE)["eta2"][5] == pytest.approx(1.0)


@pytest.mark.filterwarnings("error")
def test_classes_that_differ_without_any_spread_have_infinite_f(store):
    values = store[f"gate.{GATE}"].values.copy()
    values[:, 0] = store["label"].values / 16
    row = statistics.separation(with_gate(store, values), GATE).loc[0]
    assert (row["eta2"], row["F"], row["p"]) == (1.0, np.inf, 0.0)


def test_overall_mean_and_std_are_those_of_the_raw_gates(store):
    values = store[f"gate.{GATE}"].values.astype(np.float64)
    pooled = statistics.moments(store, GATE)
    np.testing.assert_allclose(pooled.overall_mean, values.mean(0), rtol=1e-6)
    np.testing.assert_allclose(pooled.overall_std, values.std(0), rtol=1e-6)


def test_classes_without_samples_are_left_out(store):
    pooled = statistics.moments(store, GATE)
    assert pooled.classes.tolist() == [0, 1, 3, 4, 5, 6, 7, 8, 9]
    assert pooled.row(2) is None
    assert pooled.row(3) == 2
    assert np.isfinite(pooled.mean).all()


def test_separation_by_depth_summarises_each_gate_in_network_order(store):
    table = statistics.separation_by_depth(store)
    assert table["label"].tolist() == ["SE_1_1", "SE_1_2", "SE_2_1", "SE_3_2"]
    assert table["depth"].tolist() == [1, 2, 3, 4]
    eta2 = statistics.separation(store, GATE)["eta2"]
    row = table.loc[2]
    assert (row["q25"], row["eta2"], row["q75"]) == tuple(np.quantile(eta2, [0.25, 0.5, 0.75]))
    assert table["eta2"].iloc[0] < table["eta2"].iloc[-1]


def test_std_is_that_of_the_raw_gates_and_by_depth_their_median(store):
    expected = store[f"gate.{GATE}"].values.astype(np.float64).std(0)
    np.testing.assert_allclose(statistics.separation(store, GATE)["std"], expected, rtol=1e-6)
    by_depth = statistics.separation_by_depth(store)
    assert by_depth["std"][2] == pytest.approx(np.median(expected), rel=1e-6)


def test_gates_that_hardly_vary_are_not_the_most_separating(store):
    flat = flattened(store, GATE)
    table = statistics.separation_by_depth(flat)
    assert table["std"][2] == pytest.approx(9e-4 * np.std(store["label"].values) / 9, rel=1e-3)
    assert table["eta2"][2] > 0.99  # all of the tiny variation
    assert hardly_varies(table).tolist() == [False, False, True, False]
    assert int(table["eta2"].argmax()) == 2
    assert most_separating(table) == 3
    assert most_separating(table.loc[[2]]) == 0  # where none varies


def test_channels_that_hardly_vary_are_not_the_most_separating(store):
    values = store[f"gate.{GATE}"].values.copy()
    values[:, 5] = 0.5 + 1e-4 * store["label"].values
    table = statistics.separation(with_gate(store, values), GATE)
    assert hardly_varies(table).sum() == 1
    assert int(table["eta2"].argmax()) == 5
    assert most_separating(table) == table["eta2"].drop(5).idxmax()


def test_share_separating_counts_corrected_p_under_five_per_cent(store):
    noise = np.random.default_rng(0).uniform(0, 1, (store.sizes["sample"], 32))
    noise[:, :8] = store[f"gate.{GATE}"].values[:, :8]
    table = statistics.separation_by_depth(with_gate(store, noise.astype(np.float32)))
    p = statistics.separation(with_gate(store, noise.astype(np.float32)), GATE)["p"]
    assert table["share_separating"][2] == (p < 0.05).mean()
    assert 0.25 <= table["share_separating"][2] < 0.4


def test_saturation_is_the_share_of_raw_gates_at_either_end(store):
    values = store[f"gate.{GATE}"].values
    table = statistics.saturation(store, GATE)
    np.testing.assert_allclose(table["low"], (values < 0.1).mean(0), atol=1e-12)
    np.testing.assert_allclose(table["high"], (values > 0.9).mean(0), atol=1e-12)
    assert table["high"].max() > 0


def test_unbounded_gates_have_no_saturation(store):
    unbounded = store.attrs["gates"].replace('"bounded": true', '"bounded": false')
    with pytest.raises(InputError, match=r"layer2.0.se has gates outside \[0, 1\]"):
        statistics.saturation(store.assign_attrs(gates=unbounded), GATE)


@pytest.mark.parametrize(("steps", "equal"), [(0, True), (2, True), (3, False)])
def test_gates_two_steps_of_the_fixed_point_apart_are_equal(steps, equal):
    for code in (0, 32767, 65534 - steps):
        codes = np.array([code, code + steps, code])
        assert all_but_equal((codes * (1 / 65534)).astype(np.float32)) == equal


def test_extreme_samples_are_the_ends_of_the_sorted_channel(store):
    column = store[f"gate.{GATE}"].values[:, 7]
    strongest, weakest = statistics.extreme_samples(store, GATE, 7, n=5)
    assert strongest["gate"].tolist() == sorted(column.tolist(), reverse=True)[:5]
    assert weakest["gate"].tolist() == sorted(column.tolist())[:5]
    for row in (*strongest.itertuples(index=False), *weakest.itertuples(index=False)):
        sample, gate, label, name = row
        assert column[sample] == gate
        assert store["label"].values[sample] == label
        assert store["class"].values[label] == name


def test_equal_gates_come_in_the_stores_order(store):
    values = store[f"gate.{GATE}"].values.copy()
    values[:, 0] = 0.5
    for table in statistics.extreme_samples(with_gate(store, values), GATE, 0, n=3):
        assert table["sample"].tolist() == [0, 1, 2]


def test_unlabelled_samples_have_extremes_but_no_class():
    store = synthetic_store(labels="none")
    strongest, _ = statistics.extreme_samples(store, GATE, 0)
    assert set(strongest["class"]) == {""}
    with pytest.raises(InputError, match="no labelled samples"):
        statistics.separation(store, GATE)


@pytest.mark.parametrize(
    "ask",
    [
        lambda store: statistics.separation(store, GATE),
        statistics.separation_by_depth,
        lambda store: statistics.saturation(store, GATE),
        lambda store: statistics.moments(store, GATE),
        lambda store: statistics.extreme_samples(store, GATE, 0),
    ],
)
def test_a_baseline_is_said_to_have_no_gates(ask):
    with pytest.raises(InputError, match=r"has no gates \(it is a baseline\)"):
        ask(synthetic_store(gates=()))


def test_unknown_gates_and_channels_are_refused_with_the_known_ones(store):
    with pytest.raises(InputError, match=r"no gate 'layer9'; choose from layer1.0.se, "):
        statistics.separation(store, "layer9")
    for channel in (-1, 32):
        with pytest.raises(InputError, match=f"no channel {channel}; choose from 0 to 31"):
            statistics.channel_values(store, GATE, channel)


@pytest.mark.parametrize("per_class", [(5, 0, 0), (1, 1, 1)])
def test_too_few_samples_to_compare_classes_are_refused(per_class):
    store = synthetic_store(classes="abc", per_class=per_class)
    with pytest.raises(InputError, match="too few samples"):
        statistics.separation(store, GATE)


def test_statistics_of_moments_read_no_gate(store):
    without = store.drop_vars(f"gate.{GATE}")
    statistics.separation(without, GATE)
    statistics.saturation(without, GATE)
    statistics.moments(without, GATE)
