import base64
import io

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from analysis.figures import attribution_maps, gate_attribution, gate_distance
from analysis.figures.canvas import notice

PHOTOGRAPH = np.arange(8 * 12 * 3, dtype=np.uint8).reshape(8, 12, 3)


def pixels(trace) -> np.ndarray:
    content = base64.b64decode(trace.source.removeprefix("data:image/png;base64,"))
    return np.asarray(Image.open(io.BytesIO(content)))


def test_both_maps_lie_over_the_image_on_one_scale():
    fine = np.zeros((8, 12), np.float32)
    fine[2, 3], fine[5, 6] = 0.5, -0.25
    coarse = np.array([[0.5, -0.5], [0.0, 0.25]], np.float32)
    figure = attribution_maps(
        PHOTOGRAPH, [("<SE>", fine), ("plain", coarse)], said="x", notes=["a & b", "c"]
    )
    photograph, grey, first, grey_too, second = figure.data
    np.testing.assert_array_equal(pixels(photograph), PHOTOGRAPH)
    np.testing.assert_array_equal(pixels(grey), pixels(grey_too))
    assert np.ptp(pixels(grey), axis=2).max() == 0
    assert (first.z[2, 3], first.z[5, 6], first.z[0, 0]) == (100, -50, 0)
    np.testing.assert_array_equal(second.z, [[100, -100], [0, 50]])
    # Two cells of 6 x 4 pixels each cover the image, whose pixels are centred at 0 to 11, 0 to 7.
    assert (second.x0, second.dx, second.y0, second.dy) == (2.5, 6, 1.5, 4)
    assert (first.x0, first.dx) == (0, 1)
    assert first.coloraxis == second.coloraxis == "coloraxis"
    axis = figure.layout.coloraxis
    assert (axis.cmin, axis.cmax) == (-100, 100)
    assert list(axis.colorbar.ticktext) == ["−0.5", "0", "+0.5"]
    assert [a.text for a in figure.layout.annotations] == ["image", "&lt;SE&gt;", "plain"]
    assert figure.layout.xaxis2.title.text == "a &amp; b"
    assert figure.layout.yaxis3.scaleanchor == "x3"
    assert figure.layout.yaxis.range == (7.5, -0.5)


def test_colours_vanish_where_nothing_speaks_and_keep_their_opacity():
    figure = attribution_maps(PHOTOGRAPH, [("a", np.eye(3))], opacity=0.4)
    scale = [color for _, color in figure.layout.coloraxis.colorscale]
    assert scale[0].endswith("0.4)")
    assert scale[1].endswith("0.0)")
    assert scale[2].endswith("0.0)")
    assert scale[3].endswith("0.4)")


def test_a_few_strong_pixels_do_not_drown_the_rest():
    values = np.full((100, 100), 0.1)
    values[0, :10] = 50
    (*_, overlay) = attribution_maps(np.zeros((10, 10), np.uint8), [("a", values)]).data
    assert overlay.z[5, 5] == 100
    assert overlay.z[0, 0] == 100


@pytest.mark.parametrize("values", [np.zeros((4, 4)), np.eye(100)[:, :1] * np.eye(100)[:1]])
def test_maps_of_next_to_nothing_are_drawn(values):
    (*_, overlay) = attribution_maps(PHOTOGRAPH, [("a", values)]).data
    assert overlay.z.max() == (100 if values.any() else 0)


def test_the_channels_with_the_largest_attributions_are_bars_beside_their_gates():
    table = pd.DataFrame(
        {
            "channel": np.arange(5),
            "gate": [0.1, 0.2, 0.3, 0.4, 0.5],
            "class_mean": [0.2, 0.2, 0.2, 0.2, 0.2],
            "attribution": [0.01, -0.5, 0.2, 0.0, 0.3],
            "rank": [4, 1, 3, 5, 2],
        }
    )
    figure = gate_attribution(table, limit=3)
    lines, means, own, bars = figure.data
    assert list(figure.layout.yaxis.ticktext) == ["1", "4", "2"]
    assert list(bars.y) == list(own.y) == list(means.y) == [2, 1, 0]  # the first on top
    assert list(bars.x) == [-0.5, 0.3, 0.2]
    assert list(own.x) == [0.2, 0.5, 0.3]
    assert list(means.x) == [0.2, 0.2, 0.2]
    assert list(lines.x[:2]) == [0.2, 0.2]
    assert np.isnan(lines.x[2])
    assert bars.marker.color[0] != bars.marker.color[1] == bars.marker.color[2]
    assert (own.xaxis, bars.xaxis) == ("x", "x2")


def test_each_network_may_see_an_image_of_its_own_and_the_photograph_is_left_out():
    small = PHOTOGRAPH[:4, :4]
    maps = [("SE", np.ones((8, 12))), ("plain", -np.ones((2, 2)))]
    figure = attribution_maps(
        [PHOTOGRAPH, small], maps, notes=["x", "y"], beneath=0.3, photograph=False, height=200
    )
    grey, first, grey_too, second = figure.data
    assert pixels(grey).shape[:2] == (8, 12)
    assert pixels(grey_too).shape[:2] == (4, 4)
    assert grey.opacity == grey_too.opacity == 0.3
    assert (first.dx, second.dx) == (1, 2)
    assert figure.layout.yaxis2.range == (3.5, -0.5)
    assert [a.text for a in figure.layout.annotations] == ["SE", "plain"]
    assert (figure.layout.xaxis.title.text, figure.layout.xaxis2.title.text) == ("x", "y")
    assert figure.layout.height == 200


def test_the_gates_farthest_from_usual_are_bars_in_standard_deviations():
    table = pd.DataFrame(
        {
            "channel": np.arange(3),
            "gate": [0.1, 0.9, 0.5],
            "class_mean": [0.5, 0.5, 0.5],
            "distance": [-4.0, 8.0, 0.0],
            "rank": [2, 1, 3],
        }
    )
    *_, own, bars = gate_distance(table, limit=2).data
    assert list(bars.x) == [8.0, -4.0]
    assert list(own.x) == [0.9, 0.1]
    assert bars.marker.color[0] != bars.marker.color[1]


def test_a_notice_is_a_sentence_without_axes():
    figure = notice("<wait>", theme="dark", height=123)
    assert figure.layout.annotations[0].text == "&lt;wait&gt;"
    assert figure.layout.height == 123
    assert figure.layout.xaxis.visible is False
