import numpy as np
import pytest

from analysis import statistics
from analysis.figures import probe_by_depth


@pytest.fixture(scope="module")
def table(store):
    return statistics.probe_by_depth(store)


def test_the_line_is_the_accuracy_and_the_band_its_interval(table):
    band, line = probe_by_depth([("SE", table)]).data
    np.testing.assert_allclose(line.y, 100 * table["accuracy"])
    np.testing.assert_allclose(band.y, 100 * np.r_[table["high"], table["low"][::-1]])
    np.testing.assert_allclose(line.customdata[:, 2], 100 * table["worst"])


def test_chance_and_the_networks_own_accuracy_are_lines(table):
    figure = probe_by_depth([("a", table), ("b", table)], own=[0.9, None])
    heights = [shape.y0 for shape in figure.layout.shapes]
    assert heights == [pytest.approx(100 * table["chance"].iloc[0]), 90]
    said = [note.text for note in figure.layout.annotations]
    assert said[0].startswith("chance")
    assert said[1] == "the network itself"


def test_names_are_drawn_letter_by_letter(table):
    line = probe_by_depth([("<b>a</b>", table)]).data[1]
    assert line.name == "&lt;b&gt;a&lt;/b&gt;"


def test_no_store_is_an_empty_figure():
    assert len(probe_by_depth([]).data) == 0
