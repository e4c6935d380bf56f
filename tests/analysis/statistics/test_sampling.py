"""Which images take part where not all can."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from analysis.statistics import sample_images
from analysis.statistics.sampling import fair_share, sample_classes
from senet_core.errors import InputError
from tests.analysis.statistics.conftest import PER_CLASS
from tests.synthetic import synthetic_store

LABELS = np.repeat([-1, 0, 3, 7], [3, 20, 5, 50])


def test_small_classes_take_part_whole():
    places = sample_classes(LABELS, per_class=10, seed=0)
    assert np.unique(LABELS[places], return_counts=True)[1].tolist() == [3, 10, 5, 10]
    assert (np.diff(places) > 0).all()


def test_the_seed_decides_and_classes_do_not_meddle():
    first = sample_classes(LABELS, per_class=10, seed=0)
    assert (sample_classes(LABELS, per_class=10, seed=0) == first).all()
    assert not np.array_equal(sample_classes(LABELS, per_class=10, seed=1), first)
    without = sample_classes(LABELS[:28], per_class=10, seed=0)
    assert set(without) == set(first[first < 28])


@given(some.lists(some.integers(1, 60), min_size=1, max_size=8), some.integers(1, 400))
def test_the_share_is_the_largest_that_fits(counts, most):
    counts = np.array(counts)
    share = fair_share(counts, most)
    assert share >= 1
    if share > 1:
        assert np.minimum(counts, share).sum() <= most
    if share < counts.max():
        assert np.minimum(counts, share + 1).sum() > most


def test_images_of_a_store():
    ds = synthetic_store(per_class=PER_CLASS)
    assert sample_images(ds).tolist() == list(range(249))
    places = sample_images(ds, most=100)
    counts = np.unique(ds["label"].values[places], return_counts=True)[1]
    assert counts.tolist() == [13, 13, 13, 13, 13, 2, 13, 1, 13]
    assert len(sample_images(synthetic_store(labels="none"), most=17)) == 17
    with pytest.raises(InputError, match="0 images say nothing"):
        sample_images(ds, most=0)
