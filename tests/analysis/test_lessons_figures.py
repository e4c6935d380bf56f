"""Figures that only the lessons have."""

import pandas as pd
import pytest

from analysis.figures.gate_weights import gate_weights
from analysis.figures.stage_saturation import stage_saturation
from analysis.lessons import saturation_by_depth, weights_by_depth
from tests.synthetic import synthetic_store


def test_a_stage_is_one_bar_and_its_blocks_are_dots():
    table = pd.DataFrame(
        {
            "label": ["SE_2_1", "SE_2_2", "SE_3_1"],
            "stage": ["2", "2", "3"],
            "low": [0.1, 0.0, 0.02],
            "high": [0.02, 0.0, 0.03],
        }
    )
    shut, opened, blocks = stage_saturation(table).data
    assert list(shut.y) == pytest.approx([5, 2])
    assert list(opened.y) == pytest.approx([1, 3])
    assert list(blocks.y) == pytest.approx([12, 0, 5])
    assert list(blocks.x.round()) == [0, 0, 1]
    assert blocks.x[0] < blocks.x[1]
    assert list(stage_saturation(table).layout.xaxis.ticktext) == ["stage 2", "stage 3"]


def test_a_stage_that_nobody_knows_has_its_gates_name():
    table = saturation_by_depth(synthetic_store(per_class=5)).assign(stage=["<b>", "x", "y", "z"])
    assert list(stage_saturation(table).layout.xaxis.ticktext) == ["&lt;b&gt;", "x", "y", "z"]


def test_weights_have_ticks_at_one_two_and_five():
    axis = gate_weights(weights_by_depth(synthetic_store(per_class=5))).layout.yaxis
    assert (axis.type, axis.dtick) == ("log", "D2")
