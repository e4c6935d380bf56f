import numpy as np
import pytest

from analysis.ordering import by_similarity, order_channels

MEAN = np.array([[0.9, 0.1, 0.5, 0.2], [0.1, 0.9, 0.5, 0.8]])


def test_likeness_puts_like_rows_beside_like():
    rows = np.array([[0.0, 0], [5, 5], [0.1, 0], [5.1, 5], [0, 0.1], [5, 5.1]])
    order = by_similarity(rows)
    assert sorted(order) == [0, 1, 2, 3, 4, 5]
    assert len({place % 2 for place in order[:3]}) == 1


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_few_rows_stay_as_they_are(rows):
    assert by_similarity(np.zeros((rows, 4))).tolist() == list(range(rows))


def test_channels_are_ordered_as_asked():
    overall = np.array([0.7, 0.3, 0.5, 0.4])
    assert order_channels(MEAN, overall, "index").tolist() == [0, 1, 2, 3]
    assert order_channels(MEAN, overall, "mean").tolist() == [1, 3, 2, 0]
    clustered = order_channels(MEAN, MEAN.mean(0), "cluster").tolist()
    assert sorted(clustered) == [0, 1, 2, 3]
    assert abs(clustered.index(1) - clustered.index(3)) == 1
