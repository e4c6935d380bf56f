"""Intervals and tests of shares, against SciPy and published values."""

import numpy as np
import pytest
from scipy import stats

from analysis.proportions import PairedCounts, mcnemar, newcombe, proportion, wilson


def counts(both: int, only_a: int, only_b: int, neither: int) -> PairedCounts:
    return PairedCounts(*(np.array([n], np.int64) for n in (both, only_a, only_b, neither)))


@pytest.mark.parametrize(
    ("table", "low", "high"),
    [
        # Fagerland, Lydersen and Laake, "Statistical Analysis of Contingency Tables" (2017),
        # chapter 8: complete response before and after consolidation therapy (Cavo et al.).
        ((59, 6, 16, 80), -0.1186, -0.0046),
        # The same: airway hyper-responsiveness before and after transplantation (Bentur et al.).
        ((1, 1, 7, 12), -0.507, -0.026),
    ],
)
def test_newcombe_gives_the_published_intervals(table, low, high):
    digits = len(str(low).split(".")[1])
    found = newcombe(counts(*table))
    assert [round(float(end[0]), digits) for end in found] == [low, high]


def test_newcombe_turns_round_with_the_networks():
    low, high = newcombe(counts(50, 9, 3, 8))
    mirrored = newcombe(counts(50, 3, 9, 8))
    assert mirrored[0] == pytest.approx(-high)
    assert mirrored[1] == pytest.approx(-low)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("table", [(10, 0, 0, 0), (0, 10, 0, 0), (0, 0, 0, 10), (9, 0, 1, 0)])
def test_newcombe_keeps_a_width_and_its_bounds_at_the_edges(table):
    low, high = (float(end[0]) for end in newcombe(counts(*table)))
    assert -1 <= low < high <= 1
    assert low <= (table[1] - table[2]) / 10 <= high


def test_newcombe_covers_the_truth_about_as_often_as_it_says():
    rng = np.random.default_rng(0)
    drawn = rng.multinomial(200, (0.88, 0.05, 0.03, 0.04), 4000).T
    low, high = newcombe(PairedCounts(*drawn))
    assert 0.94 < np.mean((low <= 0.02) & (high >= 0.02)) < 0.97


@pytest.mark.parametrize(("b", "c"), [(0, 0), (1, 0), (5, 5), (3, 12), (40, 21), (638, 735)])
def test_mcnemar_equals_the_binomial_test(b, c):
    expected = stats.binomtest(b, b + c, 0.5).pvalue if b + c else 1.0
    assert mcnemar(counts(7, b, c, 9))[0] == pytest.approx(expected, rel=1e-9)


def test_wilson_of_many_equals_scipys_of_each():
    successes, n = np.array([0, 1, 50, 99, 100]), np.full(5, 100)
    low, high = wilson(successes, n)
    for place, k in enumerate(successes):
        interval = stats.binomtest(int(k), 100).proportion_ci(0.95, "wilson")
        assert low[place] == pytest.approx(interval.low, abs=1e-12)
        assert high[place] == pytest.approx(interval.high, abs=1e-12)


def test_proportion_of_nothing_is_unknown():
    share = proportion(0, 0)
    assert np.isnan(share.value)
    assert (share.low, share.high, share.n) == (0.0, 1.0, 0)


@pytest.mark.parametrize(
    ("successes", "n", "low", "high"), [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605)]
)
def test_proportion_has_the_published_wilson_interval(successes, n, low, high):
    share = proportion(successes, n)  # Newcombe, Statistics in Medicine 17 (1998) 857-872, table I
    assert share.value == successes / n
    assert (round(share.low, 4), round(share.high, 4)) == (low, high)
