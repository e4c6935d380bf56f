import numpy as np
import pandas as pd
import pytest

from analysis import compare
from analysis.figures import accuracy_interval, class_style, per_class_change, top5_bars
from analysis.proportions import Proportion, proportion
from tests.synthetic import CLASSES, synthetic_store


def change_table(change: list[float], half: float = 0.05) -> pd.DataFrame:
    """A table as of `compare.per_class_change`, with intervals of one width."""
    values = np.array(change)
    return pd.DataFrame(
        {
            "label": np.arange(len(values)),
            "class": [f"class {i}" for i in range(len(values))],
            "n": 100,
            "accuracy_a": 0.9,
            "accuracy_b": 0.9 - values,
            "change": values,
            "low": values - half,
            "high": values + half,
            "p": 0.5,
        }
    )


def test_accuracies_are_dots_in_per_cent_with_their_intervals():
    shares = [("SE", proportion(90, 100)), ("plain", proportion(80, 100))]
    figure = accuracy_interval(shares)
    for trace, (_, share) in zip(figure.data, shares, strict=True):
        assert trace.x[0] == 100 * share.value
        assert trace.x[0] + trace.error_x.array[0] == pytest.approx(100 * share.high)
        assert trace.x[0] - trace.error_x.arrayminus[0] == pytest.approx(100 * share.low)
    assert [trace.y[0] for trace in figure.data] == [1, 0]  # the first on top
    assert figure.data[0].marker.color == class_style(0).color


def test_changes_are_sorted_and_grouped_by_what_their_intervals_decide():
    figure = per_class_change(change_table([0.02, -0.2, 0.3, -0.01]), names=("SE", "plain"))
    traces = {trace.name: trace for trace in figure.data}
    assert list(traces) == ["SE better", "plain better", "undecided"]
    assert traces["SE better"].x.tolist() == [30.0]
    assert traces["SE better"].y.tolist() == [3]  # the largest gain on top
    assert traces["plain better"].y.tolist() == [0]
    assert traces["undecided"].y.tolist() == [1, 2]
    assert list(figure.layout.yaxis.ticktext) == ["class 1", "class 3", "class 0", "class 2"]
    assert traces["SE better"].error_x.array[0] == pytest.approx(5)
    assert traces["SE better"].customdata[0, 0] == 2


def test_of_many_classes_both_ends_are_drawn_and_the_rest_counted():
    figure = per_class_change(change_table(list(np.linspace(-0.5, 0.5, 101))), limit=10)
    drawn = np.sort(np.concatenate([trace.x for trace in figure.data]))
    np.testing.assert_allclose(drawn, [-50, -49, -48, -47, -46, 46, 47, 48, 49, 50])
    assert dict(zip(figure.layout.yaxis.tickvals, figure.layout.yaxis.ticktext, strict=True))[
        5
    ] == ("⋯ 91 more")
    assert 5 not in np.concatenate([trace.y for trace in figure.data])


def test_real_changes_are_drawn():
    a, b = synthetic_store(accuracy=0.95), synthetic_store(accuracy=0.6, seed=4, gates=())
    figure = per_class_change(compare.per_class_change(a, b), names=("<SE>", "plain"))
    assert sum(len(trace.x) for trace in figure.data) == len(CLASSES)
    assert figure.data[0].name == "&lt;SE&gt; better"


def top(labels: list[int], probabilities: list[float]) -> pd.DataFrame:
    names = ["cat", "dog", "<i>", "cat"]
    return pd.DataFrame(
        {"label": labels, "class": [names[i] for i in labels], "probability": probabilities}
    )


def test_each_class_in_either_top_five_has_a_pair_of_bars():
    figure = top5_bars(
        top([0, 1], [0.7, 0.3]), top([2, 0], [0.9, 0.1]), names=("SE", "plain"), truth="cat"
    )
    first, second = figure.data
    # Of the most probable class first: <i> 0.9, cat 0.7, dog 0.3.
    assert list(figure.layout.yaxis.ticktext) == ["&lt;i&gt;", "<b>cat ✓</b>", "dog"]
    assert (list(first.y), list(first.x)) == ([1, 2], pytest.approx([70, 30]))
    assert (list(second.y), list(second.x)) == ([0, 1], pytest.approx([90, 10]))
    assert (first.name, second.name) == ("SE", "plain")
    assert figure.layout.yaxis.autorange == "reversed"


def test_every_bar_says_its_number_with_one_digit():
    figure = top5_bars(top([0], [0.9]), top([0], [0.00982]))
    assert [trace.texttemplate for trace in figure.data] == ["%{x:.1f}"] * 2


def test_two_classes_of_one_name_keep_their_own_bars():
    figure = top5_bars(top([0, 3], [0.6, 0.4]), top([3, 0], [0.8, 0.2]))
    assert sorted(figure.data[0].y) == sorted(figure.data[1].y) == [0, 1]


def test_an_unknown_accuracy_is_drawn_as_its_interval_alone():
    figure = accuracy_interval([("SE", Proportion(float("nan"), 0.0, 1.0, 0))])
    assert np.isnan(figure.data[0].x[0])
