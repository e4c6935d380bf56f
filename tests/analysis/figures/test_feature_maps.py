import numpy as np
import pytest

from analysis.figures import feature_maps
from analysis.figures.feature_maps import squeezed_maps

MAPS = np.arange(5 * 2 * 3, dtype=np.float32).reshape(5, 2, 3) - 10
CHANNELS = [40, 7, 3, 12, 9]


def tile(figure, row, column, shape=(2, 3)):
    """The cells of one map in the mosaic."""
    height, width = shape
    y, x = row * (height + 1), column * (width + 1)
    return np.asarray(figure.data[0].z)[y : y + height, x : x + width]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_each_map_stands_whole_in_its_place(theme):
    figure = feature_maps(MAPS, CHANNELS, reach=10, columns=2, theme=theme)
    for place in range(5):
        assert np.array_equal(tile(figure, *divmod(place, 2)), MAPS[place])
    assert np.isnan(tile(figure, 2, 1)).all()
    cells = figure.data[0]
    assert (cells.zmin, cells.zmax) == (-10, 10)
    assert (len(cells.x), len(cells.y)) == (cells.z.shape[1] + 1, cells.z.shape[0] + 1)
    assert np.all(np.diff(cells.x) > 0)
    assert np.all(np.diff(cells.y) > 0)


def test_a_map_is_named_framed_and_clicked_by_its_channel():
    figure = feature_maps(MAPS, CHANNELS, reach=10, columns=2, highlight=3)
    assert list(figure.data[2].text) == ["40", "7", "<b>3</b>", "12", "9"]
    (frame,) = figure.layout.shapes
    points = figure.data[1]
    assert frame.x0 < points.x[2] < frame.x1
    assert frame.y0 < points.y[2] < frame.y1
    assert [row[:2] for row in points.customdata] == [[-1, channel] for channel in CHANNELS]
    assert list(points.customdata[1][2:]) == [-1.5, -4, 1]


def test_below_each_map_stands_what_the_squeeze_leaves_of_it():
    figure = squeezed_maps(MAPS, MAPS.mean((1, 2)), CHANNELS, reach=10)
    for place in range(5):
        assert np.array_equal(tile(figure, 0, place), MAPS[place])
        assert np.array_equal(tile(figure, 1, place), np.full((2, 3), MAPS[place].mean()))
    assert figure.data[2].text[0] == "channel 40"
    assert figure.data[2].text[5] == "z = −7.50"


def test_a_large_map_is_averaged_over_whole_squares():
    large = np.random.default_rng(0).normal(size=(1, 112, 65)).astype(np.float32)
    figure = feature_maps(large, [0], reach=1, columns=1)
    small = np.asarray(figure.data[0].z)
    assert small.shape == (28, 17)
    assert small[3, 5] == pytest.approx(large[0, 12:16, 20:24].mean(), abs=1e-6)
    assert small[0, 16] == pytest.approx(large[0, :4, 64].mean(), abs=1e-6)


def test_the_ends_of_the_scale_are_said_however_long():
    bar = feature_maps(MAPS, CHANNELS, reach=0.0123).data[0].colorbar
    assert list(bar.ticktext) == ["−0.012", "0", "+0.012"]
    assert bar.ticklabeloverflow == "allow"
    assert bar.len < 0.85


def test_maps_that_are_all_zero_are_drawn():
    figure = feature_maps(np.zeros((1, 4, 4)), [0], reach=0)
    assert figure.data[0].zmax > 0
