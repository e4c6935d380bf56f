import numpy as np
import pytest

from analysis import statistics
from analysis.figures import class_style, profile_by_depth


@pytest.fixture(scope="module")
def table(store):
    return statistics.profile_by_depth(store)


COLUMNS = {
    "saturation": ["high", "low"],
    "dead": ["never_varies", "never_shuts", "never_opens"],
    "entropy": ["entropy"],
    "dimension": ["dimension", "dimension_classes"],
    "spread": ["within", "between"],
}


@pytest.mark.parametrize("kind", COLUMNS)
def test_each_line_is_a_measure_along_the_gates(table, kind):
    figure = profile_by_depth([("SE", table)], kind)
    factor = 100 if kind in ("saturation", "dead") else 1
    assert len(figure.data) == len(COLUMNS[kind])
    for place, (line, column) in enumerate(zip(figure.data, COLUMNS[kind], strict=True)):
        np.testing.assert_allclose(line.y, factor * table[column])
        assert list(line.x) == [1, 2, 3, 4]
        assert line.line.color == class_style(place).color
    assert list(figure.layout.xaxis.ticktext) == ["SE_1_1", "SE_1_2", "SE_2_1", "SE_3_2"]
    assert ("%" in figure.layout.yaxis.title.text) == (factor == 100)


def test_a_share_of_almost_nothing_looks_like_nothing(table):
    assert profile_by_depth([("SE", table)]).layout.yaxis.autorangeoptions.include == (0, 5)
    assert not profile_by_depth([("SE", table)], "entropy").layout.yaxis.autorangeoptions.include


def test_of_two_networks_each_has_a_colour_and_each_measure_a_dash(table):
    figure = profile_by_depth([("a", table), ("b", table)], "spread", theme="dark")
    colours = [line.line.color for line in figure.data]
    dashes = [line.line.dash for line in figure.data]
    assert colours[0] == colours[1] != colours[2] == colours[3]
    assert dashes[0] == dashes[2] != dashes[1] == dashes[3]
    assert [line.name for line in figure.data][:2] == [
        "a, within a class",
        "a, between class means",
    ]
    assert [line.name for line in profile_by_depth([("a", table)] * 2, "entropy").data] == ["a"] * 2


def test_networks_with_other_gates_lie_on_relative_depth(table):
    figure = profile_by_depth([("a", table), ("b", table.head(3))], "entropy")
    assert [list(line.x) for line in figure.data] == [[0, 100 / 3, 200 / 3, 100], [0, 50, 100]]


def test_no_store_is_an_empty_figure():
    assert len(profile_by_depth([]).data) == 0
