import dataclasses
import json

import pytest
import torch

from senet_core import InputError, create_model
from senet_core.distributed import World
from senet_core.recipes import DESCRIPTIONS, RECIPES
from senet_core.training import TrainConfig
from senet_core.training.learner import Learner
from senet_core.training.schedule import Schedule
from senet_core.training.scores import Scores

# Epoch from 0 and the learning rate from there on: the paper's, and the CIFAR networks' own.
DROPS = {
    "imagenet": [(0, 0.6), (30, 0.06), (60, 0.006), (90, 0.0006)],
    "imagenet_ablation_fixed": [(0, 0.1), (125, 0.01), (200, 0.001), (250, 0.0001)],
    "imagenet_senet154": [(0, 1.0), (30, 0.1), (60, 0.01), (90, 0.001)],
    "places365": [(0, 0.6), (30, 0.06), (60, 0.006), (90, 0.0006)],
    "cifar_preact_resnet": [(0, 0.01), (1, 0.1), (82, 0.01), (123, 0.001)],
    "cifar_wrn": [(0, 0.1), (60, 0.02), (120, 0.004), (160, 0.0008)],
}


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_takes_a_step_on_random_images(name):
    recipe = RECIPES[name]
    size = 32 if "cifar" in recipe.model else 64
    options = {"width": 0.25} if recipe.model in ("senet154", "se_resnet152") else {}
    torch.manual_seed(0)
    model = create_model(recipe.model, 10, se=recipe.se, **{**recipe.model_options, **options})
    before = [parameter.detach().clone() for parameter in model.parameters()]
    learner = Learner(model, recipe, World(), torch.device("cpu"))
    learner.begin_epoch(frozen=False)
    batch = torch.randn(2, 3, size, size), torch.tensor([3, 7])
    rate = Schedule(recipe).rate(2.5)
    scores = Scores(torch.device("cpu"))
    loss = learner.step([batch], seeds=[0], images=2, rate=rate, to=scores)
    assert torch.isfinite(loss)
    for now, then in zip(model.parameters(), before, strict=True):
        # Where both images leave a hidden unit dark, its bias has no gradient and no decay.
        assert now.ndim == 1 or not torch.equal(now, then)
    assert DESCRIPTIONS[name]


@pytest.mark.parametrize("name", DROPS)
def test_rates_drop_at_the_papers_epochs(name):
    schedule = Schedule(RECIPES[name])
    steps = zip(DROPS[name], [*DROPS[name][1:], (RECIPES[name].epochs, None)], strict=True)
    for (start, rate), (end, _) in steps:
        assert schedule.rate(start) == pytest.approx(rate)
        assert schedule.rate(end - 0.001) == pytest.approx(rate)


def test_what_the_paper_states_of_its_recipes():
    main, ablation = RECIPES["imagenet"], RECIPES["imagenet_ablation"]
    assert (main.batch_size, main.epochs, main.momentum, main.nesterov) == (1024, 100, 0.9, False)
    assert (ablation.peak_lr, ablation.schedule, ablation.drops) == (0.1, "plateau", 3)
    assert ablation.label_smoothing > 0
    assert not ablation.se.bias
    senet = RECIPES["imagenet_senet154"]
    assert (senet.batch_size, senet.peak_lr) == (2048, 1.0)
    assert senet.label_smoothing > 0
    assert senet.freeze_bn_epochs > 0
    assert RECIPES["imagenet_mobile"].epochs == 400
    assert RECIPES["imagenet_mobile"].batch_size == 256
    assert RECIPES["cifar10_shake_shake"].cutout == 16
    assert RECIPES["cifar100_shake_even"].cutout == 8


def test_the_rate_follows_the_batch_unless_it_is_fixed():
    recipe = RECIPES["imagenet"]
    assert dataclasses.replace(recipe, batch_size=256).peak_lr == pytest.approx(0.15)
    assert dataclasses.replace(recipe, batch_size=256, lr=0.6).peak_lr == 0.6


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
        ("accumulate", 0, "--accumulate must be above 0"),
        ("ema", 1.0, "--ema must be at least 0 and below 1"),
        ("seed", -1, "--seed must be at least 0"),
        ("momentum", -1.0, "--momentum must be at least 0 and below 1"),
        ("gamma", float("nan"), "--gamma must be above 0 and below 1"),
        ("patience", 0, "--patience must be at least 1 epoch"),
        ("drops", -1, "--drops must be at least 0"),
        ("warmup_lr", -1.0, "--warmup-lr must be at least 0"),
        ("warmup_epochs", float("nan"), "--warmup-epochs must be at least 0"),
        ("freeze_bn_epochs", -3, "--freeze-bn-epochs must be at least 0"),
        ("lr", float("inf"), "--lr must be above 0"),
        ("milestones", (60, 30), "--milestones must be epochs above 0 that rise"),
        ("image_size", 1, "--image-size must be above 1 pixel"),
    ],
)
def test_settings_out_of_range_are_refused(field, value, words):
    with pytest.raises(InputError, match=words):
        dataclasses.replace(RECIPES["fashion_mnist"], **{field: value})


def test_json_holds_every_setting():
    saved = json.loads(RECIPES["imagefolder"].to_json())
    assert set(saved) == {field.name for field in dataclasses.fields(TrainConfig)}
    assert saved["se"]["reduction"] == 16
