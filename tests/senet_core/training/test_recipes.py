import dataclasses
import json
import math

import pytest

from senet_core import InputError, create_model
from senet_core.recipes import DESCRIPTIONS, RECIPES, TrainConfig


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_names_a_network_that_can_be_built(name):
    recipe = RECIPES[name]
    create_model(recipe.model, se=recipe.se, **recipe.model_options)
    assert DESCRIPTIONS[name]


def test_cosine_schedule_warms_up_peaks_and_ends_at_zero():
    config = TrainConfig(model="x", epochs=11, lr=0.4, warmup_epochs=1)
    rates = [config.learning_rate(epoch) for epoch in (0, 0.5, 1, 6, 11)]
    assert rates == pytest.approx([0, 0.2, 0.4, 0.2, 0])
    assert config.learning_rate(3.5) == pytest.approx(0.2 * (1 + math.cos(math.pi / 4)))


def test_step_schedule_drops_at_the_papers_epochs():
    config = TrainConfig(
        model="x", epochs=100, lr=0.6, schedule="step", milestones=(30, 60, 90), gamma=0.1
    )
    rates = [config.learning_rate(e) for e in (0, 29.99, 30, 59.99, 60, 90, 99)]
    assert rates == pytest.approx([0.6, 0.6, 0.06, 0.06, 0.006, 0.0006, 0.0006])


def test_no_stage_of_the_shipped_pair_has_fewer_than_four_hidden_units():
    se = RECIPES["fashion_mnist"].se
    assert [se.hidden(channels) for channels in (16, 32, 64)] == [4, 8, 16]


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("epochs", 0, "--epochs must be above 0"),
        ("holdout", 1.0, "--holdout must be at least 0"),
        ("min_area", 0.0, "--min-area must be above 0"),
        ("cutout", -1, "--cutout must be at least 0 pixels"),
    ],
)
def test_settings_out_of_range_are_refused(field, value, words):
    with pytest.raises(InputError, match=words):
        dataclasses.replace(RECIPES["fashion_mnist"], **{field: value})


def test_json_holds_every_setting():
    saved = json.loads(RECIPES["imagefolder"].to_json())
    assert set(saved) == {field.name for field in dataclasses.fields(TrainConfig)}
    assert saved["se"]["reduction"] == 16
