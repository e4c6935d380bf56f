"""Intervals beside the normal distribution's and SciPy's own."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from scipy import stats

from analysis.statistics import bootstrap
from senet_core.errors import InputError


def test_a_means_interval_is_the_normal_one():
    values = np.random.default_rng(0).normal(3.0, 2.0, 400)
    found = bootstrap(values, np.mean)
    half = 1.96 * values.std() / 20
    assert found.value == pytest.approx(values.mean())
    assert (found.low, found.high) == pytest.approx(
        (values.mean() - half, values.mean() + half), abs=0.03
    )


@pytest.mark.parametrize("method", ["percentile", "basic"])
def test_without_classes_it_is_scipys(method):
    values = np.random.default_rng(1).gamma(2.0, 1.0, 60)
    found = bootstrap(values, np.std, method=method, resamples=300, seed=5)
    direct = stats.bootstrap(
        (values,), np.std, n_resamples=300, method=method, rng=np.random.default_rng(5)
    ).confidence_interval
    assert (found.low, found.high) == pytest.approx((direct.low, direct.high))


def test_classes_are_drawn_one_by_one():
    """Where classes differ and nothing varies within them, nothing is uncertain."""
    labels = np.repeat([2, 0, 1], [5, 1, 9])
    found = bootstrap(labels.astype(float), np.mean, labels=labels)
    assert (found.low, found.high) == pytest.approx((found.value, found.value))


@given(some.lists(some.integers(-1, 3), min_size=2, max_size=20), some.integers(0, 9))
@settings(max_examples=40, deadline=None)
def test_each_row_of_a_drawn_set_has_the_class_of_that_row(labels, seed):
    names = np.array(labels)
    seen = []

    def statistic(rows):
        seen.append(rows[:, 0])
        return rows.mean()

    bootstrap(names[:, None].astype(float), statistic, labels=names, resamples=5, seed=seed)
    assert len(seen) >= (6 if np.unique(names, return_counts=True)[1].max() > 1 else 1)
    assert all((rows == np.sort(names)).all() for rows in seen)


def test_a_class_of_one_image_stays():
    found = bootstrap(np.array([7.0, 1.0]), np.mean, labels=[0, 1])
    assert (found.low, found.value, found.high) == (4.0, 4.0, 4.0)


def test_the_seed_decides():
    values = np.random.default_rng(0).normal(size=50)
    assert bootstrap(values, np.mean, seed=1) == bootstrap(values, np.mean, seed=1)
    assert bootstrap(values, np.mean, seed=1) != bootstrap(values, np.mean, seed=2)


def test_one_image_has_no_interval():
    with pytest.raises(InputError, match="one image has no interval"):
        bootstrap(np.ones(1), np.mean)
