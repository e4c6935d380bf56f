import numpy as np
import pytest

from analysis.figures.zoo import cost_of_se, cost_scatter
from analysis.zoo import zoo_against_paper


@pytest.fixture
def table():
    everything = zoo_against_paper()
    return everything[everything["family"] == "imagenet"]


def test_each_network_is_a_point_and_each_pair_a_line(table):
    joints, plain, gated, names = cost_scatter(table).data
    assert (len(plain.x), len(gated.x)) == (12, 13)
    assert 10 <= len(names.text) <= 13  # some may find no room
    places = dict(zip(gated.text, zip(gated.x, gated.y, strict=True), strict=True))
    assert places["se_resnet50"] == (3_860_488_192, 28_088_024)
    ends = np.reshape(joints.y, (-1, 3))
    assert [25_557_032, 28_088_024] in ends[:, :2].tolist()
    assert np.isnan(ends[:, 2]).all()
    assert plain.marker.symbol != gated.marker.symbol


def test_a_point_knows_its_row_and_the_cost_of_se(table):
    gated = cost_scatter(table).data[2]
    place = list(gated.text).index("se_resnet50")
    _, row, _, parameters, macs = gated.customdata[place]
    assert table.loc[int(row), "name"] == "se_resnet50"
    assert parameters == pytest.approx(9.903, abs=5e-4)
    assert macs == pytest.approx(0.0652, abs=5e-5)
    assert "SE adds %{customdata[3]" in gated.hovertemplate[place]
    assert "top-1 error by −1.51 points" in gated.hovertemplate[place]
    alone = gated.hovertemplate[list(gated.text).index("senet154")]
    assert "SE adds" not in alone


def test_names_of_neighbours_are_on_different_sides():
    everything = zoo_against_paper()
    names = cost_scatter(everything[everything["family"] == "cifar"]).data[3]
    side = {
        text.replace("&nbsp;", ""): at
        for text, at in zip(names.text, names.textposition, strict=True)
    }
    assert "preact_resnet110, resnet110" in side  # one point
    assert side["shake_even29_2x4x64d"] == "middle left"  # at the right end
    assert side["resnet20"] == "middle right"


def test_no_name_is_cut_on_a_telephone(table):
    names = cost_scatter(table).data[3]
    low, high = cost_scatter(table).layout.xaxis.range
    for x, text, side in zip(names.x, names.text, names.textposition, strict=True):
        place = 270 * (np.log10(x) - low) / (high - low)
        width = 6.2 * len(text.replace("&nbsp;", ""))
        assert place + width < 270 if side.endswith("right") else place - width > 0, text


@pytest.mark.parametrize("chosen", ["se_resnext50_32x4d", "se_resnet152", "se_inception_resnet_v2"])
def test_the_chosen_network_has_its_name(table, chosen):
    names = cost_scatter(table, chosen=chosen).data[3]
    assert chosen.removeprefix("se_") in names.text[0]


def test_the_chosen_network_is_ringed(table):
    ring = cost_scatter(table, chosen="vgg16_bn").data[-1]
    assert (list(ring.x), list(ring.y)) == ([15_470_264_320], [138_365_992])
    assert len(cost_scatter(table, chosen="cifar_resnet20").data) == 4


def test_what_se_adds_is_sorted_and_marked(table):
    figure = cost_of_se(table, chosen="resnet50")
    macs, parameters = figure.data
    assert list(parameters.x) == sorted(parameters.x)
    assert macs.y[-1] == parameters.y[-1] == "shufflenet_v1_g3"
    assert parameters.x[-1] == pytest.approx(33.167, abs=5e-4)
    (mark,) = figure.layout.shapes
    assert (mark.y0 + mark.y1) / 2 == list(macs.y).index("resnet50")
    assert not cost_of_se(table, chosen="senet154").layout.shapes
