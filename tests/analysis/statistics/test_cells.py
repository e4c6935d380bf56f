import numpy as np
import pytest

from analysis.statistics import class_channel_cells, moments
from tests.synthetic import synthetic_store

GATE = "layer3.1.se"


@pytest.fixture(scope="module")
def store():
    """Twelve classes of 64 channels."""
    names = [f"class {k}" for k in range(12)]
    return synthetic_store(classes=names, per_class=5, gates=((GATE, 64),))


def test_few_cells_are_each_drawn(store):
    cells = class_channel_cells(store, GATE)
    pooled = moments(store, GATE)
    assert not cells.grouped
    np.testing.assert_allclose(cells.values, pooled.mean - pooled.overall_mean, atol=1e-6)
    np.testing.assert_array_equal(cells.peak_channel[3], np.arange(64))
    np.testing.assert_array_equal(cells.peak_class[:, 5], np.arange(12))


@pytest.mark.parametrize("relative", [True, False])
def test_a_group_shows_its_largest_difference_also_in_the_rest_of_a_division(store, relative):
    cells = class_channel_cells(store, GATE, relative=relative, most=12 * 10)
    pooled = moments(store, GATE)
    difference = pooled.mean - pooled.overall_mean
    assert (cells.height, cells.width, cells.values.shape) == (1, 7, (12, 10))
    last = difference[4, 63:]  # the tenth group has one channel
    shown = difference if relative else pooled.mean
    assert cells.values[4, 9] == pytest.approx(shown[4, 63 + np.abs(last).argmax()])
    second = 7 + np.abs(difference[4, 7:14]).argmax()
    assert cells.peak_channel[4, 1] == second
    assert cells.values[4, 1] == pytest.approx(shown[4, second])
    assert [cells.column_of(channel) for channel in (0, 6, 7, 63, None)] == [0, 0, 1, 9, None]


def test_many_classes_are_grouped_first():
    names = [f"class {k}" for k in range(250)]
    many = synthetic_store(classes=names, per_class=1, gates=((GATE, 300),))
    cells = class_channel_cells(many, GATE, order="cluster")
    assert (cells.height, cells.width) == (3, 1)
    assert cells.values.shape == (84, 300)
    assert sorted(cells.classes) == list(range(250))
    assert sorted(cells.channels) == list(range(300))
    row = cells.classes[3:6].tolist()
    assert set(cells.peak_class[1]) <= set(row)
