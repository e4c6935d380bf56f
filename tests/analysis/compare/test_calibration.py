"""Calibration against torchmetrics, scikit-learn and simulated networks whose error is known."""

from pathlib import Path

import numpy as np
import pytest
import torch
from scipy import special
from sklearn.metrics import brier_score_loss, log_loss
from statsmodels.stats.proportion import proportion_confint
from torchmetrics.classification import MulticlassCalibrationError

from analysis import compare, open_store
from analysis.compare import outcome, resampling, scores
from tests.analysis.compare.hand import LABELS, A, store_with
from tests.synthetic import synthetic_store


def probabilities(ds):
    return special.softmax(ds["logits"].values.astype(np.float64), axis=1)


def softened(ds, temperature):
    return ds.assign(logits=ds["logits"] / temperature)


@pytest.mark.parametrize("temperature", [0.3, 1.0, 4.0])
def test_calibration_equals_its_peers(pair, temperature):
    store = softened(pair[0], temperature)
    p, labels = probabilities(store), store["label"].values
    metric = MulticlassCalibrationError(num_classes=10, n_bins=15, norm="l1")
    metric.update(torch.from_numpy(p), torch.from_numpy(labels))
    found = compare.calibration(store)
    assert found.n == 400
    assert found.ece.value == pytest.approx(float(metric.compute()), abs=1e-6)
    assert found.nll.value == pytest.approx(log_loss(labels, p, labels=range(10)), rel=1e-9)
    expected = brier_score_loss(labels, p, labels=range(10), scale_by_half=False)
    assert found.brier.value == pytest.approx(expected, rel=1e-9)


def test_calibration_by_hand():
    # Confidences 0.5 (right, wrong) and 0.8 (right, right, wrong): their bins have gaps of 0 and
    # 2 - 2.4 = -0.4 of five images.
    half, sure = np.log([[0.5, 0.3, 0.2]]), np.log([[0.1, 0.8, 0.1]])
    store = store_with(np.concatenate([half, sure, sure, sure, half]), [0, 0, 1, 1, 2])
    found = compare.calibration(store)
    assert found.ece.value == pytest.approx(0.4 / 5)
    expected = -np.log([0.5, 0.1, 0.8, 0.8, 0.2]).mean()
    assert found.nll.value == pytest.approx(expected)
    brier = [0.25 + 0.09 + 0.04, 0.81 + 0.64 + 0.01, 0.06, 0.06, 0.25 + 0.09 + 0.64]
    assert found.brier.value == pytest.approx(np.mean(brier))


def test_certain_and_even_networks_have_no_error():
    certain = store_with(1000.0 * np.eye(3)[LABELS], LABELS)
    found = compare.calibration(certain)
    assert (found.ece.value, found.nll.value, found.brier.value) == (0, 0, 0)
    curve = compare.reliability(certain)
    assert curve["count"].tolist() == [0] * 14 + [8]  # a confidence of 1 is in the last bin
    even = compare.calibration(store_with(np.zeros((8, 3)), LABELS))
    assert even.nll.value == pytest.approx(np.log(3))
    assert even.ece.value == pytest.approx(abs(3 / 8 - 1 / 3))


def test_the_curve_has_every_image_in_its_bin(pair):
    store = softened(pair[0], 3.0)
    curve = compare.reliability(store)
    confidence = probabilities(store).max(axis=1)
    right = compare.predictions(store) == store["label"].values
    assert curve["count"].sum() == 400
    for place, row in curve.iterrows():
        inside = (confidence >= place / 15) & (confidence < (place + 1) / 15)
        assert row["count"] == inside.sum()
        assert (row["lower"], row["upper"]) == (place / 15, pytest.approx((place + 1) / 15))
        if not inside.any():
            assert row[["confidence", "accuracy", "low", "high"]].isna().all()
            continue
        assert row["confidence"] == pytest.approx(confidence[inside].mean())
        assert row["accuracy"] == pytest.approx(right[inside].mean())
        expected = proportion_confint(right[inside].sum(), inside.sum(), method="wilson")
        assert (row["low"], row["high"]) == pytest.approx(expected)
    gaps = (curve["count"] / 400 * (curve["accuracy"] - curve["confidence"]).abs()).sum()
    assert compare.calibration(store).ece.value == pytest.approx(gaps)


def test_intervals_are_those_of_the_seed(pair):
    assert compare.calibration(pair[0]) == compare.calibration(pair[0], seed=0)
    assert compare.calibration(pair[0]) != compare.calibration(pair[0], seed=1)


def test_intervals_of_means_are_nearly_normal(pair):
    found = compare.calibration(pair[0]).nll
    nll = scores.scores(pair[0]).nll
    half = 1.96 * nll.std() / np.sqrt(len(nll))
    assert found.value - found.low == pytest.approx(half, rel=0.15)
    assert found.high - found.value == pytest.approx(half, rel=0.15)


def test_a_difference_is_paired(pair):
    same = compare.calibration_difference(pair[0], pair[0])
    for name in ("nll", "brier"):
        estimate = getattr(same, name)
        assert (estimate.value, estimate.low, estimate.high) == (0, 0, 0)
    assert same.ece.value == 0
    assert same.ece.low < 0 < same.ece.high
    a, b = (compare.calibration(ds) for ds in pair)
    found = compare.calibration_difference(*pair)
    for name in ("ece", "nll", "brier"):
        expected = getattr(a, name).value - getattr(b, name).value
        assert getattr(found, name).value == pytest.approx(expected)
    turned = compare.calibration_difference(*pair[::-1])
    for name in ("ece", "nll", "brier"):
        one, other = getattr(found, name), getattr(turned, name)
        assert (one.low, one.high) == pytest.approx((-other.high, -other.low))


def test_a_softer_network_is_told_from_a_sharper_one(pair):
    found = compare.calibration_difference(softened(pair[0], 3.0), softened(pair[0], 1.0))
    assert found.ece.low > 0


def simulated(rng, n, excess):
    """Scores of a network that is more confident than right by ``excess``: its ECE."""
    confidence = 1 - 0.9 * rng.beta(0.6, 4, n)
    right = rng.random(n) < np.clip(confidence - excess, 0, 1)
    found = outcome.Outcome(np.arange(n), np.zeros(n, int), np.where(right, 0, 1))
    return scores.Scores(found, confidence, np.zeros(n), np.zeros(n))


@pytest.mark.parametrize("excess", [0.0, 0.03, 0.08])
def test_intervals_hold_the_error_of_simulated_networks(excess):
    rng = np.random.default_rng(1)
    held, told, times = 0, 0, 60
    for _ in range(times):
        pair = simulated(rng, 500, excess), simulated(rng, 500, 0.0)
        first, second = resampling.resample(pair, seed=0)
        held += first.ece().low <= excess <= first.ece().high
        difference = first.ece_difference(second)
        told += difference.low <= excess <= difference.high
    # 95 % less three standard errors.
    assert held / times > 0.86
    assert told / times > 0.86


def test_a_network_that_is_always_sure_and_right_has_an_interval_of_no_width():
    found = compare.calibration(A.assign(logits=1000 * A["logits"])).ece
    assert found.low <= found.value <= found.high


def test_many_images_are_resampled_in_blocks(monkeypatch, pair):
    whole = compare.calibration(pair[0])
    monkeypatch.setattr(resampling, "_AT_ONCE", 1000)
    monkeypatch.setattr(scores, "BLOCK", 7)
    monkeypatch.setattr(outcome, "BLOCK", 7)
    assert compare.calibration(pair[0]) == whole
    assert compare.calibration(synthetic_store(per_class=3, gates=())).n == 30


def test_a_bin_begins_with_its_lower_end():
    edges = np.linspace(0, 1, 16)
    assert resampling.bin_of(edges).tolist() == [*range(15), 14]
    below = np.nextafter(edges[1:], 0)
    assert resampling.bin_of(below).tolist() == list(range(15))


@pytest.mark.parametrize("name", ["se_resnet50", "resnet50"])
def test_the_shipped_stores_are_as_calibrated_as_torchmetrics_finds(name):
    demo = Path(__file__).resolve().parents[3] / "dashboard" / "demo"
    store = open_store(demo / f"{name}.imagenette.zarr")
    metric = MulticlassCalibrationError(num_classes=10, n_bins=15, norm="l1")
    metric.update(torch.from_numpy(probabilities(store)), torch.from_numpy(store["label"].values))
    found = compare.calibration(store)
    assert found.ece.value == pytest.approx(float(metric.compute()), abs=1e-6)
    assert 0.01 < found.ece.low < found.ece.value < found.ece.high < 0.1
