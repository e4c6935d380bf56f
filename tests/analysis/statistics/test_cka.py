"""CKA against its definition with N x N matrices."""

import numpy as np
import pytest

from analysis import statistics
from senet_core.errors import InputError
from tests.analysis.statistics.conftest import PER_CLASS
from tests.synthetic import gate_variables, synthetic_store

GATE, OTHER = "layer2.0.se", "layer3.1.se"


def raw(ds, gate=GATE):
    return ds[f"gate.{gate}"].values.astype(np.float64)


def hsic(k, m):
    center = np.eye(len(k)) - 1 / len(k)
    return np.trace(k @ center @ m @ center)


def unbiased_hsic(k, m):
    """Song et al.'s equation 5, times n (n - 3)."""
    n = len(k)
    k, m = k - np.diag(np.diag(k)), m - np.diag(np.diag(m))
    return np.trace(k @ m) + k.sum() * m.sum() / ((n - 1) * (n - 2)) - 2 / (n - 2) * (k @ m).sum()


def by_definition(x, y, criterion):
    k, m = x @ x.T, y @ y.T
    return criterion(k, m) / np.sqrt(criterion(k, k) * criterion(m, m))


@pytest.mark.parametrize(("debiased", "criterion"), [(False, hsic), (True, unbiased_hsic)])
def test_cka_is_that_of_the_gram_matrices(store, debiased, criterion):
    expected = by_definition(raw(store), raw(store, OTHER), criterion)
    found = statistics.cka(store, GATE, store, OTHER, debiased=debiased)
    assert found == pytest.approx(expected, rel=1e-5)
    matrix = statistics.cka_matrix(store, debiased=debiased)
    assert list(matrix.index) == list(matrix.columns) == ["SE_1_1", "SE_1_2", "SE_2_1", "SE_3_2"]
    np.testing.assert_allclose(np.diag(matrix), 1, rtol=1e-9)
    np.testing.assert_allclose(matrix, matrix.T)
    assert matrix.iloc[2, 3] == pytest.approx(expected, rel=1e-5)


def test_two_stores_of_the_same_images(store):
    other = synthetic_store(per_class=PER_CLASS, seed=4)
    matrix = statistics.cka_matrix(store, other)
    expected = by_definition(raw(store, GATE), raw(other, OTHER), hsic)
    assert matrix.loc["SE_2_1", "SE_3_2"] == pytest.approx(expected, rel=1e-5)
    assert matrix.loc["SE_2_1", "SE_3_2"] != pytest.approx(matrix.loc["SE_3_2", "SE_2_1"])


def test_a_turn_and_a_scale_change_nothing(store):
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(32, 32)))[0]
    turned = (0.5 + 0.1 * (raw(store) - 0.5) @ turn).astype(np.float32)
    variables = gate_variables(GATE, turned, store["label"].values, store.sizes["class"])
    assert statistics.cka(store, GATE, store.assign(variables), GATE) == pytest.approx(1, abs=1e-4)


def test_noise_alone_has_no_debiased_cka():
    few = synthetic_store(per_class=6, gates=(("layer1.0.se", 64), ("layer1.1.se", 64)))
    rng = np.random.default_rng(0)
    for gate in ("layer1.0.se", "layer1.1.se"):
        few[f"gate.{gate}"].values[:] = rng.uniform(0.3, 0.7, (60, 64))
    plain, debiased = (
        statistics.cka(few, "layer1.0.se", few, "layer1.1.se", debiased=flag)
        for flag in (False, True)
    )
    assert plain == pytest.approx(64 / (60 + 64), abs=0.1)
    assert abs(debiased) < 0.1


def test_a_saturated_gate_keeps_its_digits(store):
    """Its deviations are a thousandth of its mean."""
    tight = (0.999 + 1e-3 * (raw(store) - 0.5)).astype(np.float32)
    variables = gate_variables(GATE, tight, store["label"].values, store.sizes["class"])
    expected = by_definition(tight.astype(np.float64), raw(store, OTHER), hsic)
    found = statistics.cka(store.assign(variables), GATE, store, OTHER)
    assert found == pytest.approx(expected, rel=1e-4)


def test_a_gate_that_never_varies_has_none(store):
    flat = np.full((store.sizes["sample"], 32), 0.5, np.float32)
    variables = gate_variables(GATE, flat, store["label"].values, store.sizes["class"])
    assert np.isnan(statistics.cka(store.assign(variables), GATE, store, OTHER))


def test_fewer_images_are_the_same_for_both_stores(store):
    assert statistics.cka(store, GATE, store.copy(), GATE, most=40) == pytest.approx(1)
    few, all_of_them = (statistics.cka(store, GATE, store, OTHER, most=most) for most in (60, 500))
    assert few != all_of_them
    assert few == pytest.approx(all_of_them, abs=0.2)


def test_cka_needs_the_same_images(store):
    with pytest.raises(InputError, match="different images"):
        statistics.cka(store, GATE, synthetic_store(per_class=7), GATE)
    with pytest.raises(InputError, match="has no gates"):
        statistics.cka_matrix(store, synthetic_store(gates=()))
    with pytest.raises(InputError, match="no gate 'layer9'"):
        statistics.cka(store, "layer9", store, GATE)
    with pytest.raises(InputError, match="too few to be debiased"):
        three = synthetic_store(classes=("a",), per_class=3)
        statistics.cka(three, GATE, three, OTHER, debiased=True)
