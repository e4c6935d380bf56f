"""Two networks over each other, and training runs over their epochs."""

import numpy as np
import pandas as pd

from analysis.figures.checkpoints import Overlay, cka_by_depth, overlaid_gates
from analysis.figures.training import spread_by_epoch, training_curves

LABELS = ["SE_1_1", "SE_1_2", "SE_2_1"]


def test_bars_stand_where_the_gates_do():
    table = pd.DataFrame({"label": ["SE_1_1", "SE_2_1"], "depth": [1, 3], "cka": [0.25, -0.01]})
    figure = cka_by_depth(table, LABELS, highlight="SE_2_1")
    (bars,) = figure.data
    assert list(bars.x) == [1, 3]
    assert list(bars.y) == [0.25, 0]
    assert list(bars.text) == ["0.25", "−0.01"]
    assert bars.customdata.tolist() == [[1, 0], [3, 2]]
    assert figure.layout.xaxis.ticktext[2] == "<b>SE_2_1</b>"
    assert list(bars.marker.line.width) == [0, 2]


def test_no_bar_yet_is_a_figure_all_the_same():
    figure = cka_by_depth(pd.DataFrame(), LABELS)
    assert len(figure.data[0].x) == 0
    assert figure.layout.xaxis.range == (0.4, 3.6)


def test_gates_are_sorted_in_each_network_or_stand_by_number():
    a = Overlay("a", np.array([0.9, 0.1, 0.5]), np.full(3, 0.1))
    b = Overlay("b", np.array([0.2, 0.3, 0.4]))
    by_size = overlaid_gates([a, b])
    assert [len(trace.x) for trace in by_size.data] == [3, 3]
    np.testing.assert_allclose(by_size.data[0].y, [0.1, 0.5, 0.9], rtol=1e-6)
    assert by_size.data[0].customdata.tolist() == [1, 2, 0]
    assert by_size.data[1].line.dash == "dash"
    by_number = overlaid_gates([a, b], ordered=False)
    assert len(by_number.data) == 3  # with the band of a
    np.testing.assert_allclose(by_number.data[1].y, a.mean, rtol=1e-6)


def test_blocks_of_different_width_share_a_relative_axis():
    figure = overlaid_gates([Overlay("a", np.arange(3.0)), Overlay("b", np.arange(5.0))])
    assert [trace.x[-1] for trace in figure.data] == [100, 100]


def test_a_network_without_gates_is_a_line_at_one():
    figure = overlaid_gates([Overlay("a", np.arange(3.0))], baselines=["<plain>"])
    assert figure.layout.shapes[0].y0 == 1
    assert "&lt;plain&gt;" in figure.layout.annotations[0].text


def test_curves_of_runs_are_held_out_and_training():
    table = pd.DataFrame(
        {"epoch": [1, 2], "val_accuracy": [0.5, 0.75], "train_accuracy": [0.4, 0.6]}
    )
    figure = training_curves([("a", table), ("b", table[["epoch"]])], planned=10)
    held_out, training = figure.data
    assert list(held_out.y) == [50, 75]
    assert (held_out.line.dash, training.line.dash) == ("solid", "dot")
    assert figure.layout.xaxis.range == (0, 11)
    assert not training_curves([("a", table)], "loss").data


def test_a_run_without_an_epoch_is_an_empty_figure():
    figure = training_curves([("a", pd.DataFrame({"epoch": np.empty(0)}))])
    assert not figure.data


def test_the_chosen_epoch_stands_before_the_others_on_one_scale():
    rows = [(e, f"SE_1_{d}", d, 0.1 * e * d) for e in (1, 2, 4) for d in (1, 2)]
    table = pd.DataFrame(rows, columns=["epoch", "label", "depth", "between"])
    figures = [spread_by_epoch(table, epoch, highlight="SE_1_2") for epoch in (2, 4)]
    assert [trace.name for trace in figures[0].data] == [
        "other epochs",
        "epoch 1",
        "epoch 4",
        "epoch 2",
    ]
    np.testing.assert_allclose(figures[0].data[-1].y, [0.2, 0.4])
    assert [trace.name for trace in figures[1].data] == ["other epochs", "epoch 1", "epoch 4"]
    assert figures[0].layout.yaxis.range == figures[1].layout.yaxis.range
    assert figures[0].layout.xaxis.ticktext == ("SE_1_1", "<b>SE_1_2</b>")
