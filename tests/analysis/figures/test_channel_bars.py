import numpy as np

from analysis.figures import channel_bars, mean_ghosts


def test_bars_stand_in_the_order_with_their_ghosts():
    values, order = np.array([0.1, 0.9, 0.4]), [1, 2, 0]
    ghosts = mean_ghosts(np.array([0.2, 0.3, 0.5]), "tench", np.array([0.6, 0.7, 0.8]), "light")
    figure = channel_bars(values, order, said="s", ghosts=ghosts, highlight=2)
    bars, overall, own = figure.data
    assert np.allclose(bars.y, [0.9, 0.4, 0.1])
    assert [row[1] for row in bars.customdata] == order
    assert [trace.name for trace in figure.data] == ["this image", "all classes", "tench"]
    assert np.allclose(overall.y, [0.7, 0.8, 0.6])
    assert np.allclose(own.y, [0.3, 0.5, 0.2])
    assert overall.marker.symbol != own.marker.symbol
    assert list(bars.marker.line.width) == [0, 2, 0]
    assert list(figure.layout.xaxis.ticktext) == ["1", "2", "0"]


def test_without_a_class_all_classes_alone_are_the_ghost():
    assert [ghost.name for ghost in mean_ghosts(None, "", np.ones(3), "dark")] == ["all classes"]


def test_units_that_are_shut_are_crossed_out():
    figure = channel_bars(np.array([0.0, 2.0, 0.0]), range(3), said="h", mark_zeros=True)
    assert list(figure.data[1].x) == [0, 2]
    assert len(channel_bars(np.array([1.0]), [0], said="h", mark_zeros=True).data) == 1


def test_more_channels_than_pixels_are_an_outline_that_can_be_clicked():
    values = np.random.default_rng(0).random(2048)
    ghosts = mean_ghosts(values, "tench", values, "light")
    figure = channel_bars(values, np.argsort(-values), said="s", ghosts=ghosts, highlight=5)
    outline = figure.data[0]
    assert outline.type == "scatter"
    assert outline.fill == "tozeroy"
    assert len(outline.x) == len(outline.customdata) == 2048
    assert [trace.mode for trace in figure.data[1:]] == ["markers", "markers"]  # lines hide it
    assert len({trace.marker.symbol for trace in figure.data[1:]}) == 2
    assert len(figure.to_json()) < 200_000


def test_names_are_never_markup():
    (_overall, own) = mean_ghosts(np.ones(2), "<b>x</b>", np.ones(2), "light")
    figure = channel_bars(np.ones(2), range(2), said="s", ghosts=[own])
    assert figure.data[1].name == "&lt;b&gt;x&lt;/b&gt;"
