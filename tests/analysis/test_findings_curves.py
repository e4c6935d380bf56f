"""Agreement and correlation of curves against hand-computed and published values."""

from functools import reduce
from operator import add

import numpy as np
import pytest

from analysis.findings_curves import FLAT, Curves, CurveSums, draw_weights
from analysis.findings_rules import SHARED, Verdict, _judged

SAMPLE = np.ones((1, 2))
RATINGS = (
    np.array([[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]])
    / 10
)
"""Shrout and Fleiss (1979), table 2: six targets by four judges."""


def curves_of(means, weights=SAMPLE):
    """Of curves (K, C) without noise: two images alike in each class."""
    return Curves.of(reduce(add, [CurveSums.of(np.tile(m, (2, 1)), weights) for m in means]))


def drawn(means, noise, images, rng, *, draws=300, tied=0.0, common=0.0):
    """Curves of a sample; ``tied`` noise tilts all channels, ``common`` noise lifts them."""
    direction = np.linspace(-1, 1, means.shape[1])
    sums = []
    for mean in means:
        values = mean + rng.normal(0, noise, (images, len(mean)))
        values += rng.normal(0, tied, (images, 1)) * direction
        values += rng.normal(0, common, (images, 1))
        sums.append(CurveSums.of(values, draw_weights(images, draws, rng)))
    return Curves.of(reduce(add, sums))


def test_agreement_is_the_published_intraclass_correlation():
    """ICC(2,1) of Shrout and Fleiss is McGraw and Wong's ICC(A,1): 0.29."""
    found = curves_of(RATINGS.T)
    assert found.agreement[0] == pytest.approx(0.2898, abs=5e-5)
    assert found.reliability == pytest.approx(1.0)


def test_correlation_of_two_curves_is_pearsons():
    # At level zero (-1, 0, 1) and (-4, -1, 5) / 3: 3 / (√2 √(42/9)) = 0.98198.
    found = curves_of(np.array([[0.1, 0.2, 0.3], [0.1, 0.2, 0.4]]))
    assert found.correlation[0] == pytest.approx(0.98198, abs=1e-5)
    # s = 0.015, v = (0.01 + 7/300) / 2 = 1/60, b = (1/30)² / 2 - (1/60 - 0.015) / 3 = 0.
    assert found.agreement[0] == pytest.approx(0.015 / (1 / 60))


def test_correlations_are_weighted_by_amplitude():
    curves = np.array([[0.1, 0.2, 0.3], [0.1, 0.3, 0.2], [0.5, 0.1, 0.3]])
    pairs, centred = [(0, 1), (0, 2), (1, 2)], curves - curves.mean(1, keepdims=True)
    size = np.linalg.norm(centred, axis=1)
    weight = [size[k] * size[m] for k, m in pairs]
    expected = np.average([np.corrcoef(curves)[pair] for pair in pairs], weights=weight)
    found = curves_of(curves)
    assert found.correlation[0] == pytest.approx(expected)
    assert found.scale == pytest.approx(np.std(size, ddof=1) / np.mean(size))


def test_level_and_scale_lower_agreement_alone():
    pattern = np.random.default_rng(0).uniform(0.2, 0.6, 20)
    levels = curves_of(np.array([pattern + k / 10 for k in range(3)]))
    scales = curves_of(np.array([pattern * (1 + k / 10) for k in range(3)]))
    assert levels.correlation[0] == pytest.approx(1.0)
    assert scales.correlation[0] == pytest.approx(1.0)
    # Levels 0, 0.1 and 0.2 have variance 0.01.
    spread = pattern.var(ddof=1)
    assert levels.agreement[0] == pytest.approx(spread / (spread + 0.01))
    assert scales.agreement[0] < 0.95


def test_scale_is_the_spread_of_amplitudes():
    pattern = np.linspace(0.2, 0.6, 9)
    found = curves_of(np.array([0.5 * pattern, 1.0 * pattern, 1.5 * pattern]))
    assert found.scale == pytest.approx(0.5)
    assert found.pattern**2 == pytest.approx(pattern.var(ddof=1) * (0.25 + 1 + 2.25) / 3)


def test_flat_curves_are_measured_beside_the_size_of_the_gates():
    """Two curves that disagree wholly, by a thousandth of the gates."""
    found = curves_of(0.5 + 0.0005 * np.array([[1, -1, 1, -1], [1, 1, -1, -1.0]]))
    assert found.flat == pytest.approx(FLAT * 0.5, rel=1e-5)
    # s = 0 and v = 0.0005² · 4 / 3, beside 0.01².
    assert found.correlation[0] == pytest.approx(1 - 0.0005**2 * 4 / 3 / 0.01**2, rel=1e-6)


def test_shares_count_gates_over_and_under():
    sums = CurveSums.of(np.array([[0.95, 0.05, 0.5, 0.91], [0.95, 0.5, 0.5, 0.5]]), SAMPLE)
    found = Curves.of(sums + CurveSums.of(np.full((2, 4), 0.99), SAMPLE))
    assert found.open[0] == pytest.approx((3 / 8 + 1) / 2)
    assert found.shut[0] == pytest.approx((1 / 8 + 0) / 2)


def test_the_square_of_a_mean_comes_from_pairs_of_different_images():
    # At level zero ±(0.1, -0.1): their product is -0.02, over one degree of freedom.
    sums = CurveSums.of(np.array([[0.6, 0.4], [0.4, 0.6]]), SAMPLE)
    assert sums.variance[0] == pytest.approx(-0.02)
    assert sums.square[0] == pytest.approx(0.0)
    assert sums.level_variance[0] == pytest.approx(0.25)


def test_a_draw_has_one_image_fewer_and_the_right_variance():
    rng = np.random.default_rng(0)
    values = rng.normal(size=12)
    weights = draw_weights(12, 20_000, rng)
    assert weights[0].tolist() == [1.0] * 12
    assert set(weights[1:].sum(axis=1)) == {11.0}
    means = weights[1:] @ values / 11
    assert means.var() == pytest.approx(values.var(ddof=1) / 12, rel=0.03)


def test_noise_is_taken_out_on_average_however_channels_are_tied():
    rng = np.random.default_rng(1)
    means = np.linspace(0.3, 0.7, 24) + rng.normal(0, 0.05, (5, 24))
    truth = curves_of(means)
    found = [drawn(means, 0.1, 20, rng, draws=2, tied=0.1, common=0.2) for _ in range(200)]
    for name in ("agreement", "correlation"):
        mean = np.mean([getattr(each, name)[0] for each in found])
        assert mean == pytest.approx(getattr(truth, name)[0], abs=0.02), name


@pytest.mark.parametrize(("spread", "images"), [(0.15, 30), (0.15, 10), (0.05, 30)])
def test_intervals_hold_the_truth(spread, images):
    """Of 100 intervals of 95 %, fewer than 90 with the truth would come once in fifty runs."""
    rng = np.random.default_rng(2)
    means = rng.uniform(0.2, 0.8, 32) + rng.normal(0, spread, (5, 32))
    truth = curves_of(means)
    hits = {"agreement": 0, "correlation": 0}
    for _ in range(100):
        found = drawn(means, 0.05, images, rng, tied=0.05)
        for name in hits:
            told = _judged(SHARED, getattr(found, name), (-1.0, 1.0))
            hits[name] += told.low <= getattr(truth, name)[0] <= told.high
    assert min(hits.values()) >= 90


def test_verdicts_follow_the_interval():
    draws = np.concatenate([[0.95], np.linspace(0.94, 0.96, 101)])
    assert _judged(SHARED, draws, (-1.0, 1.0)).verdict == Verdict.HOLDS
    assert _judged(SHARED, draws - 0.05, (-1.0, 1.0)).verdict == Verdict.UNDECIDED
    assert _judged(SHARED, draws - 0.1, (-1.0, 1.0)).verdict == Verdict.FAILS


def test_the_interval_is_turned_round_the_sample():
    """Draws that lie 0.1 too high say that the sample does too."""
    draws = np.concatenate([[0.5], 0.6 + np.linspace(-0.04, 0.08, 1001)])
    told = _judged(SHARED, draws, (-1.0, 1.0))
    assert told.value == pytest.approx(0.5 - 0.12)
    assert told.low == pytest.approx(2 * 0.5 - (0.56 + 0.975 * 0.12))
    assert told.high == pytest.approx(2 * 0.5 - (0.56 + 0.025 * 0.12))
