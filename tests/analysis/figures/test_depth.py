import numpy as np

from analysis import statistics
from analysis.figures import class_style, separation_by_depth
from analysis.figures.palette import INK
from tests.synthetic import flattened, synthetic_store


def test_the_line_is_the_median_and_the_band_the_quartiles(store):
    table = statistics.separation_by_depth(store)
    band, line = separation_by_depth([("SE", table)]).data
    np.testing.assert_array_equal(line.y, table["eta2"])
    np.testing.assert_array_equal(band.y, [*table["q75"], *table["q25"][::-1]])
    assert list(line.text) == ["SE_1_1", "SE_1_2", "SE_2_1", "SE_3_2"]


def test_gates_that_hardly_vary_are_hollow_points(store):
    table = statistics.separation_by_depth(flattened(store, "layer1.0.se", "layer3.1.se"))
    color, surface = class_style(0, "dark").color, INK["dark"].surface
    _, line = separation_by_depth([("SE", table)], theme="dark").data
    assert list(line.marker.color) == [surface, color, color, surface]
    _, line = separation_by_depth([("SE", statistics.separation_by_depth(store))]).data
    assert line.marker.color is None


def test_stores_with_the_same_gates_share_their_labels(store):
    table = statistics.separation_by_depth(store)
    figure = separation_by_depth([("a", table), ("b", table)])
    assert list(figure.layout.xaxis.ticktext) == list(table["label"])
    assert [trace.line.color for trace in figure.data[1::2]] == [
        class_style(0).color,
        class_style(1).color,
    ]


def test_stores_with_other_gates_are_laid_over_each_other_by_relative_depth(store):
    short = synthetic_store(gates=(("layer1.0.se", 8), ("layer2.0.se", 8), ("layer3.0.se", 8)))
    one = synthetic_store(gates=(("layer1.0.se", 8),))
    tables = [statistics.separation_by_depth(ds) for ds in (store, short, one)]
    figure = separation_by_depth([(f"net {i}", table) for i, table in enumerate(tables)])
    x = [list(trace.x) for trace in figure.data[1::2]]
    assert x == [[0, 100 / 3, 200 / 3, 100], [0, 50, 100], [0]]
    assert "%" in figure.layout.xaxis.title.text


def test_no_store_is_an_empty_figure():
    assert len(separation_by_depth([]).data) == 0
