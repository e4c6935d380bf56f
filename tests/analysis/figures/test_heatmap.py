import numpy as np
import pytest

from analysis import statistics
from analysis.figures import class_channel_heatmap

GATE = "layer2.0.se"


def difference(store, gate=GATE):
    present = np.flatnonzero(store["count"].values)
    overall = statistics.moments(store, gate).overall_mean
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
    overall = statistics.moments(store, GATE).overall_mean
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


def test_many_cells_are_grouped_to_what_a_screen_shows(wide):
    gate = "layer4.2.se"
    figure = class_channel_heatmap(wide, gate)
    cells, markers = figure.data
    _, expected = difference(wide, gate)
    groups = expected.reshape(100, 4, 256, 2)  # of 400 classes and 512 channels
    largest = np.abs(groups).max(axis=(1, 3))
    step = 2 * largest.max() / cells.zmax
    drawn = (cells.z.astype(float) - 127) * step
    np.testing.assert_allclose(np.abs(drawn), largest, atol=0.51 * step)
    assert cells.z.dtype == np.uint8
    for place in (0, 777, -1):
        index, channel = markers.customdata[place]
        assert markers.marker.color[place] == pytest.approx(expected[index, channel])
        row, column = np.divmod(np.arange(largest.size)[place], 256)
        assert (index // 4, channel // 2) == (row, column) == (markers.y[place], markers.x[place])
    assert len(figure.to_json()) < 16 * cells.z.size


def test_the_ends_of_a_scale_have_as_many_digits(wide):
    bar = class_channel_heatmap(wide, "layer4.2.se", relative=False).data[0].colorbar
    assert len({len(str(text).partition(".")[2]) for text in bar.ticktext}) == 1


def test_the_axis_names_each_row_of_many(wide):
    chosen = class_channel_heatmap(wide, "layer4.2.se", classes=[1, 0, *range(2, 40)])
    names = chosen.layout.yaxis.labelalias
    assert [names[str(row)] for row in (0, 1, 2, 39)] == ["twice", "twice", "class 2", "class 39"]
    grouped = class_channel_heatmap(wide, "layer4.2.se").layout.yaxis.labelalias
    assert (grouped["0"], grouped["99"]) == ("twice … class 3", "class 396 … class 399")


def test_a_marked_channel_is_marked_in_its_group(wide):
    figure = class_channel_heatmap(wide, "layer4.2.se", highlight=511)
    assert figure.layout.shapes[0].x0 == 255


def test_a_gate_that_never_varies_still_has_a_scale(store):
    flat = store.copy(deep=True)
    flat[f"mean.{GATE}"].values[:] = 0.5
    cells = class_channel_heatmap(flat, GATE).data[0]
    assert (cells.zmin, cells.zmax) == (-1e-3, 1e-3)


def test_class_names_are_drawn_letter_by_letter(hostile):
    figure = class_channel_heatmap(hostile, "layer1.0.se")
    assert figure.layout.yaxis.ticktext[0] == "&lt;b&gt;bold&lt;/b&gt;"
    assert figure.data[1].text[0] == "&lt;b&gt;bold&lt;/b&gt;"
