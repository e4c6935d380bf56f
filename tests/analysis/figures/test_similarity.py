import numpy as np
import pytest

from analysis import statistics
from analysis.figures import class_similarity

GATE = "layer2.0.se"


@pytest.fixture(scope="module")
def similarity(store):
    return statistics.class_similarity(store, GATE)


def test_cells_are_similarities_in_the_stores_order(similarity):
    (cells,) = class_similarity(similarity).data
    np.testing.assert_allclose(cells.z, similarity, atol=1e-6)
    assert (cells.zmin, cells.zmax) == (-1, 1)


def test_with_a_tree_like_classes_are_beside_each_other(similarity):
    tree = statistics.class_tree(similarity)
    order = statistics.class_order(tree)
    figure = class_similarity(similarity, tree=tree)
    cells, branches = figure.data
    np.testing.assert_allclose(cells.z, similarity.to_numpy()[np.ix_(order, order)], atol=1e-6)
    assert list(figure.layout.yaxis.ticktext) == [similarity.index[k] for k in order]
    assert branches.xaxis == "x2"
    heights = [x for x in branches.x if x is not None]
    assert max(heights) == pytest.approx(tree[:, 2].max())
    # Every leaf is on the row of its class.
    leaves = {y for x, y in zip(branches.x, branches.y, strict=True) if x == 0}
    assert leaves == set(range(9))


def test_hover_says_which_two_classes(hostile):
    similarity = statistics.class_similarity(hostile, "layer1.0.se")
    cells = class_similarity(similarity).data[0]
    assert cells.hovertext[0][1] == "&lt;b&gt;bold&lt;/b&gt;<br>a &amp; b"


def test_many_classes_travel_without_words_and_without_a_tree(wide):
    similarity = statistics.class_similarity(wide, "layer4.2.se")
    figure = class_similarity(similarity, tree=statistics.class_tree(similarity), theme="dark")
    (cells,) = figure.data
    assert cells.hovertext is None
    assert len(figure.to_json()) < 8 * cells.z.size
