import numpy as np

from analysis import statistics
from analysis.figures import class_styles, embedding_scatter
from tests.synthetic import synthetic_store

GATE = "layer2.0.se"


def names(store):
    return [str(name) for name in store["class"].values]


def test_each_class_is_its_points_in_its_colour(store):
    found = statistics.embed_images(store, GATE)
    figure = embedding_scatter(found, names(store))
    assert len(figure.data) == 9
    label = store["label"].values
    shown = (0, 1, 3, 4, 5, 6, 7, 8, 9)
    for trace, index, style in zip(figure.data, shown, class_styles(shown), strict=True):
        own = np.flatnonzero(label == index)
        assert trace.type == "scattergl"
        assert trace.marker.color == style.color
        assert trace.customdata[:, 0].tolist() == own.tolist()
        assert set(trace.customdata[:, 1]) == {index}
        np.testing.assert_allclose(trace.x, found.points[own, 0], rtol=1e-5)
    assert "% of the variance" in figure.layout.xaxis.title.text


def test_classes_that_are_not_chosen_are_grey_behind(store):
    figure = embedding_scatter(statistics.embed_images(store, GATE), names(store), classes=[3, 2])
    others, dress = figure.data
    assert (others.name, dress.name) == ("other classes", "Dress")
    assert len(others.x) + len(dress.x) == store.sizes["sample"]
    assert 3 not in others.customdata[:, 1]


def test_so_many_classes_are_grey_unless_chosen(wide):
    figure = embedding_scatter(statistics.embed_images(wide, "layer4.2.se"), names(wide))
    assert [trace.name for trace in figure.data] == ["other classes"]


def test_unlabelled_images_are_images():
    bare = synthetic_store(labels="none")
    (trace,) = embedding_scatter(statistics.embed_images(bare, GATE), names(bare)).data
    assert trace.name == "images"
    assert trace.hovertext[5] == "no class<br>image 5"


def test_class_means_have_their_names_beside_them(hostile):
    found = statistics.embed_classes(hostile, "layer1.0.se")
    figure = embedding_scatter(found, names(hostile), theme="dark")
    assert figure.data[-1].mode == "text"
    assert figure.data[-1].text[0] == "&lt;b&gt;bold&lt;/b&gt;"
    assert figure.data[0].hovertext[0] == "<b>&lt;b&gt;bold&lt;/b&gt;</b>"
    assert not figure.layout.showlegend


def test_axes_of_umap_say_nothing(store):
    found = statistics.embed_images(store, GATE)
    moved = statistics.Embedding(found.points, found.samples, found.labels, "umap", (np.nan,) * 2)
    layout = embedding_scatter(moved, names(store)).layout
    assert layout.xaxis.title.text == "UMAP 1"
    assert layout.xaxis.showticklabels is False
