import numpy as np
import pytest

from analysis import statistics
from analysis.figures import class_channel_heatmap
from analysis.figures.heatmap import MOST_MARKERS

GATE = "layer2.0.se"


def difference(store, gate=GATE):
    present = np.flatnonzero(store["count"].values)
    overall = statistics.overall_mean_std(store, gate)["mean"].to_numpy()
    return present, store[f"mean.{gate}"].values[present] - overall


def test_cells_are_differences_from_the_mean_of_all_classes_around_zero(store):
    figure = class_channel_heatmap(store, GATE)
    present, expected = difference(store)
    cells = figure.data[0]
    np.testing.assert_allclose(cells.z, expected, atol=1e-6)
    assert cells.zmax == -cells.zmin == pytest.approx(np.abs(expected).max())
    assert len(figure.layout.yaxis.ticktext) == len(present) == 9
    assert "Pullover" not in figure.layout.yaxis.ticktext


def test_cells_may_be_the_means_themselves(store):
    cells = class_channel_heatmap(store, GATE, classes=[4, 1], relative=False).data[0]
    np.testing.assert_allclose(cells.z, store[f"mean.{GATE}"].values[[4, 1]], rtol=1e-6)
    assert cells.zmin is None


@pytest.mark.parametrize("order", ["index", "mean", "cluster"])
def test_a_marker_over_each_cell_knows_class_channel_and_value(store, order):
    figure = class_channel_heatmap(store, GATE, order=order)
    cells, markers = figure.data
    means = store[f"mean.{GATE}"].values
    overall = statistics.overall_mean_std(store, GATE)["mean"].to_numpy()
    assert len(markers.x) == cells.z.size
    for x, y, (index, channel, value) in zip(markers.x, markers.y, markers.customdata, strict=True):
        assert value == cells.z[y, x]
        assert value == pytest.approx(
            means[int(index), int(channel)] - overall[int(channel)], abs=1e-6
        )
    assert markers.marker.opacity == markers.unselected.marker.opacity == 0


def test_clustering_brings_like_classes_together(store):
    twins = store.copy(deep=True)
    twins[f"mean.{GATE}"].values[9] = twins[f"mean.{GATE}"].values[0]
    figure = class_channel_heatmap(twins, GATE, order="cluster")
    names = list(figure.layout.yaxis.ticktext)
    assert abs(names.index("T-shirt/top") - names.index("Ankle boot")) == 1


def test_the_marked_channel_moves_with_the_order(store):
    plain = class_channel_heatmap(store, GATE, highlight=7)
    assert plain.layout.shapes[0].x0 == 7
    figure = class_channel_heatmap(store, GATE, order="mean", highlight=7)
    place = int(figure.layout.shapes[0].x0)
    assert figure.data[1].customdata[place, 1] == 7


def test_many_cells_travel_small_and_name_themselves(wide):
    figure = class_channel_heatmap(wide, "layer4.2.se")
    (cells,) = figure.data
    assert cells.z.size > MOST_MARKERS
    _, expected = difference(wide, "layer4.2.se")
    np.testing.assert_allclose(cells.z / 1000, expected, atol=0.0005 + 1e-6)
    assert "thousandths" in figure.layout.title.text
    assert len(set(cells.y)) == 400  # two classes share a name, yet not a row
    assert cells.y[1].rstrip("\N{ZERO WIDTH SPACE}") == cells.y[0] == "twice"
    assert len(figure.to_json()) < 5 * cells.z.size  # float32 takes more than 8


def test_a_gate_that_never_varies_still_has_a_scale(store):
    flat = store.copy(deep=True)
    flat[f"mean.{GATE}"].values[:] = 0.5
    cells = class_channel_heatmap(flat, GATE).data[0]
    assert (cells.zmin, cells.zmax) == (-1e-3, 1e-3)


def test_class_names_are_drawn_letter_by_letter(hostile):
    figure = class_channel_heatmap(hostile, "layer1.0.se")
    assert figure.layout.yaxis.ticktext[0] == "&lt;b&gt;bold&lt;/b&gt;"
    assert figure.data[1].text[0] == "&lt;b&gt;bold&lt;/b&gt;"
