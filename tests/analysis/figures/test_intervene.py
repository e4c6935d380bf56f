import numpy as np
import pandas as pd
import pytest

from analysis.figures import accuracy_by_block, class_style, pruning_curves


def with_numbers(names: pd.DataFrame, accuracy: list[float]) -> pd.DataFrame:
    """A table as of the experiments, with intervals of one width."""
    change = np.array(accuracy) - accuracy[0]
    return names.assign(
        n=100,
        accuracy=accuracy,
        change=change,
        change_low=change - 0.1,
        change_high=change + 0.05,
        p=0.5,
        log_p=[-share for share in accuracy],
        log_p_change=-change,
        log_p_change_low=-change - 0.2,
        log_p_change_high=-change + 0.3,
    )


@pytest.fixture
def blocks() -> pd.DataFrame:
    names = pd.DataFrame(
        {
            "kind": ["unmodified", *["one"] * 3, *["class_mean"] * 3],
            "label": ["", *["SE_2_1", "SE_<3>", "all"] * 2],
            "depth": [0, *[1, 2, 0] * 2],
        }
    )
    return with_numbers(names, [0.9, 0.8, 0.7, 0.1, 0.95, 0.9, 0.99])


@pytest.fixture
def pruned() -> pd.DataFrame:
    rows = [("", "unmodified", 0, 0.0), ("zero", "mean", 0, 0.5), ("zero", "mean", 0, 0.25)]
    rows += [("zero", "random", draw, share) for draw in (1, 2) for share in (0.25, 0.5)]
    rows += [("zero", "every", 0, 1.0), ("mean", "mean", 0, 0.5), ("mean", "every", 0, 1.0)]
    names = pd.DataFrame(rows, columns=["fill", "rank", "draw", "share"])
    return with_numbers(names, [0.9, 0.7, 0.8, 0.5, 0.3, 0.7, 0.4, 0.1, 0.85, 0.84])


def line_of(figure) -> float:
    (shape,) = figure.layout.shapes
    assert shape.y0 == shape.y1
    assert (shape.name, shape.showlegend, figure.layout.showlegend) == ("unmodified", True, True)
    return shape.y0


def test_blocks_are_points_in_per_cent_with_the_interval_of_their_change(blocks):
    figure = accuracy_by_block(blocks)
    one, mean = figure.data
    assert list(one.y) == pytest.approx([80, 70, 10])
    assert list(one.error_y.array) == pytest.approx([5] * 3)
    assert list(one.error_y.arrayminus) == pytest.approx([10] * 3)
    assert line_of(figure) == 90
    assert np.rint(one.x).tolist() == [0, 1, 2]
    assert (np.array(one.x) < np.array(mean.x)).all()  # beside each other
    assert list(figure.layout.xaxis.ticktext) == ["SE_2_1", "SE_&lt;3&gt;", "all"]
    assert (one.name, mean.name) == ("all set to 1", "mean of the true class")


def test_a_kind_keeps_its_colour_when_others_are_left_out(blocks):
    alone = accuracy_by_block(blocks[blocks["kind"].isin(["unmodified", "class_mean"])])
    both = accuracy_by_block(blocks)
    assert alone.data[0].marker.color == both.data[1].marker.color == class_style(4).color


def test_log_probabilities_are_drawn_too(blocks):
    figure = accuracy_by_block(blocks, measure="log_p", theme="dark")
    assert list(figure.data[0].y) == pytest.approx([-0.8, -0.7, -0.1])
    assert list(figure.data[0].error_y.array) == pytest.approx([0.3] * 3)
    assert line_of(figure) == -0.9


def test_curves_begin_unmodified_and_end_with_every_channel(pruned):
    rank, band, random = pruning_curves(pruned).data
    assert list(rank.x) == [0, 25, 50, 100]
    assert list(rank.y) == pytest.approx([90, 80, 70, 10])
    assert list(rank.error_y.array) == pytest.approx([0, 5, 5, 5])
    assert not random.error_y.visible
    assert list(random.y) == pytest.approx([90, 60, 35, 10])
    assert list(band.y) == pytest.approx([90, 70, 40, 10, 10, 30, 50, 90])
    assert line_of(pruning_curves(pruned)) == 90


def test_the_fill_chooses_the_rows(pruned):
    figure = pruning_curves(pruned, fill="mean", measure="log_p")
    (rank,) = figure.data
    assert list(rank.y) == pytest.approx([-0.9, -0.85, -0.84])


def test_an_experiment_of_nothing_is_a_line(blocks, pruned):
    assert len(accuracy_by_block(blocks.head(1)).data) == 0
    assert len(pruning_curves(pruned.head(1)).data) == 0
