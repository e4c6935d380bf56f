import numpy as np
import pytest

from analysis import statistics
from analysis.figures import class_style, excitation_by_class, uniform_channels
from analysis.figures.excitation import ALL_CLASSES
from senet_core.errors import InputError
from tests.synthetic import synthetic_store

GATE = "layer2.0.se"


def lines(figure):
    return [trace for trace in figure.data if trace.fill != "toself"]


def test_each_class_is_its_mean_gate_by_channel(store):
    figure = excitation_by_class(store, GATE, [3, 0])
    everything, dress, shirt = lines(figure)
    assert [t.name for t in (everything, dress, shirt)] == ["all classes", "Dress", "T-shirt/top"]
    np.testing.assert_allclose(dress.y, store[f"mean.{GATE}"].values[3], rtol=1e-6)
    np.testing.assert_allclose(everything.y, store[f"gate.{GATE}"].values.mean(0), rtol=1e-5)
    assert dress.line.color == class_style(3).color
    assert dress.line.dash == class_style(3).dash


def test_a_point_knows_its_class_channel_and_spread(store):
    figure = excitation_by_class(store, GATE, [3], order="mean")
    everything, dress = lines(figure)
    order = np.argsort(statistics.moments(store, GATE).overall_mean)
    assert dress.customdata[:, 0].tolist() == [3] * 32
    assert dress.customdata[:, 1].tolist() == order.tolist()
    np.testing.assert_allclose(
        dress.customdata[:, 2], store[f"std.{GATE}"].values[3][order], rtol=1e-6
    )
    assert set(everything.customdata[:, 0]) == {ALL_CLASSES}
    assert np.all(np.diff(everything.y) >= 0)


@pytest.mark.parametrize(("band", "names"), [("all", 1), ("classes", 2), ("none", 0)])
def test_the_band_reaches_one_standard_deviation_to_each_side(store, band, names):
    figure = excitation_by_class(store, GATE, [0, 3], band=band)
    bands = [trace for trace in figure.data if trace.fill == "toself"]
    assert len(bands) == names
    if band == "all":
        pooled = statistics.moments(store, GATE)
        mean, std = pooled.overall_mean, pooled.overall_std
        upper, lower = bands[0].y[:32], bands[0].y[32:][::-1]
        np.testing.assert_allclose(upper, mean + std, rtol=1e-6)
        np.testing.assert_allclose(lower, mean - std, rtol=1e-5)
    if band == "classes":
        assert bands[1].y[0] == pytest.approx(
            store[f"mean.{GATE}"].values[3, 0] + store[f"std.{GATE}"].values[3, 0]
        )


def test_the_papers_fifty_channels_are_spread_evenly():
    chosen = uniform_channels(512)
    assert (len(chosen), chosen[0], chosen[-1]) == (50, 0, 511)
    assert set(np.diff(chosen)) <= {10, 11}
    assert uniform_channels(16) == list(range(16))


def test_chosen_channels_alone_are_drawn(store):
    dress = lines(excitation_by_class(store, GATE, [3], channels=[9, 2, 30]))[1]
    assert dress.customdata[:, 1].tolist() == [2, 9, 30]
    assert dress.x.tolist() == [0, 1, 2]


def test_a_number_of_channels_is_spread_evenly(store):
    dress = lines(excitation_by_class(store, GATE, [3], channels=5))[1]
    assert dress.customdata[:, 1].tolist() == uniform_channels(32, 5) == [0, 8, 16, 23, 31]


def test_classes_without_samples_are_left_out(store):
    assert [trace.name for trace in lines(excitation_by_class(store, GATE, [2, 1]))] == [
        "all classes",
        "Trouser",
    ]


def test_many_channels_are_drawn_as_lines_with_one_row_of_points_to_click(wide):
    everything, first = lines(excitation_by_class(wide, "layer4.2.se", [0]))
    assert first.mode == "lines"
    assert everything.mode == "lines+markers"
    assert everything.marker.opacity == 0


def test_zoom_is_kept_when_classes_change_and_lost_with_the_gate(store):
    one, two = (excitation_by_class(store, GATE, chosen) for chosen in ([0], [0, 1]))
    other = excitation_by_class(store, "layer1.0.se", [0])
    assert one.layout.uirevision == two.layout.uirevision != other.layout.uirevision


def test_class_names_are_drawn_letter_by_letter(hostile):
    figure = excitation_by_class(hostile, "layer1.0.se", range(4))
    drawn = lines(figure)[1:]
    assert drawn[0].name == "&lt;b&gt;bold&lt;/b&gt;"
    assert drawn[1].name == "a &amp; b"
    # A name never stands in a template, where `%{x}` would be filled in.
    assert len({trace.hovertemplate for trace in drawn}) == 1
    assert drawn[3].name.endswith("…")
    assert drawn[3].meta[0].replace("<br>", " ") == str(hostile["class"].values[3])


def test_a_baseline_has_nothing_to_draw():
    with pytest.raises(InputError, match="has no gates"):
        excitation_by_class(synthetic_store(gates=()), GATE, [0])
