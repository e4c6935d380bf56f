"""Streaming moments against NumPy on the whole array."""

from itertools import pairwise

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.moments import Moments

K, C = 4, 3


def data(seed, n, offset):
    """Gates that crowd a narrow range, as saturated ones do; some without a label."""
    rng = np.random.default_rng(seed)
    values = (offset + rng.normal(0, 1e-3, (n, C))).astype(np.float32)
    return values, rng.integers(-1, K - 1, n)  # class K - 1 has no sample


def expected(values, labels):
    exact = values.astype(np.float64)
    own = [exact[labels == k] for k in range(K)]
    blank = np.full(C, np.nan)
    return (
        np.array([len(v) for v in own]),
        np.array([v.mean(0) if len(v) else blank for v in own]),
        np.array([v.std(0) if len(v) else blank for v in own]),
    )


def assert_equal(moments, values, labels):
    count, mean, std = expected(values, labels)
    assert np.array_equal(moments.count, count)
    np.testing.assert_allclose(moments.means(), mean, rtol=1e-12, atol=0)
    np.testing.assert_allclose(moments.std(), std, rtol=1e-7, atol=1e-12)


@settings(deadline=None, max_examples=150)
@given(
    seed=st.integers(0, 2**32 - 1),
    n=st.integers(0, 60),
    offset=st.sampled_from([0.0, 0.5, 0.9999, -3.0]),
    cuts=st.lists(st.integers(0, 60), max_size=6),
    shuffle=st.randoms(use_true_random=False),
)
def test_any_split_merged_in_any_order_equals_numpy(seed, n, offset, cuts, shuffle):
    values, labels = data(seed, n, offset)
    edges = sorted({0, n, *(cut for cut in cuts if cut < n)})
    parts = [Moments.of(values[a:b], labels[a:b], K) for a, b in pairwise(edges)]
    parts.append(Moments.empty(K, C))
    while len(parts) > 1:  # any two at a time: any tree of merges
        first = parts.pop(shuffle.randrange(len(parts)))
        second = parts.pop(shuffle.randrange(len(parts)))
        parts.append(first.merge(second))
    assert_equal(parts[0], values, labels)


def test_merging_changes_neither_part():
    values, labels = data(0, 40, 0.5)
    a, b = Moments.of(values[:20], labels[:20], K), Moments.of(values[20:], labels[20:], K)
    before = a.mean.copy(), b.mean.copy()
    a.merge(b)
    assert np.array_equal(a.mean, before[0])
    assert np.array_equal(b.mean, before[1])


def test_rows_and_put_merge_a_few_classes_in_place():
    values, labels = data(1, 40, 0.5)
    total = Moments.of(values[:20], labels[:20], K)
    rest = labels[20:]
    classes, place = np.unique(rest[rest >= 0], return_inverse=True)
    part = Moments.of(values[20:][rest >= 0], place, len(classes))
    total.put(classes, total.rows(classes).merge(part))
    assert_equal(total, values, labels)


def test_a_tiny_spread_on_a_large_mean_survives():
    values = np.float32(1000) + np.array([[0.0], [0.0625]] * 5000, np.float32)
    halves = [Moments.of(part, np.zeros(len(part), int), 1) for part in (values[:1], values[1:])]
    assert abs(halves[0].merge(halves[1]).std()[0, 0] - 0.03125) < 1e-9
