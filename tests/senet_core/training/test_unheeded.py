"""Options that would change nothing are refused; what a recipe says of itself is not."""

from dataclasses import replace

import pytest

from senet_core import InputError, SEConfig
from senet_core.recipes import RECIPES
from senet_core.training.unheeded import refuse_unheeded

FASHION, IMAGENET = RECIPES["fashion_mnist"], RECIPES["imagenet"]
PLAIN = {"model": "cifar_resnet20"}


@pytest.mark.parametrize(
    ("recipe", "changes", "says"),
    [
        (
            FASHION,
            PLAIN | {"se": SEConfig(reduction=8, min_hidden=4)},
            "--se.reduction changes nothing in cifar_resnet20, which has no SE block; "
            "choose --model se_cifar_resnet20, or leave it out",
        ),
        (FASHION, PLAIN | {"se": replace(FASHION.se, min_hidden=2)}, "--se.min-hidden changes"),
        (FASHION, PLAIN | {"gate_decay": 0.0}, "--gate-decay changes nothing in cifar_resnet20"),
        (FASHION, {"milestones": (3,)}, "--milestones changes nothing .* add --schedule step"),
        (
            IMAGENET,
            {"schedule": "plateau", "milestones": (3,)},
            "--milestones changes nothing unless the rate falls in steps",
        ),
        (FASHION, {"gamma": 0.5}, "--gamma changes nothing under a cosine"),
        (FASHION, {"patience": 3}, "--patience changes nothing .* add --schedule plateau"),
        (IMAGENET, {"drops": 2}, "--drops changes nothing"),
        (IMAGENET, {"warmup_lr": 0.01}, "--warmup-lr changes nothing without a warm-up"),
        (FASHION, {"lr": 0.1, "base_lr": 0.2}, "--base-lr changes nothing where --lr fixes"),
        (FASHION, {"min_area": 0.5}, "--min-area changes nothing unless crops are scaled"),
    ],
)
def test_what_would_change_nothing_is_refused(recipe, changes, says):
    with pytest.raises(InputError, match=f"^{says}"):
        refuse_unheeded(replace(recipe, **changes), recipe)


@pytest.mark.parametrize(
    ("recipe", "changes"),
    [
        *((recipe, {}) for recipe in RECIPES.values()),
        (FASHION, PLAIN),
        (RECIPES["imagenette"], {"model": "resnet50"}),
        (FASHION, {"se": SEConfig(squeeze="max")}),
        (FASHION, {"schedule": "step", "milestones": (3,), "gamma": 0.2}),
        (IMAGENET, {"schedule": "cosine"}),
        (IMAGENET, {"model": "senet154", "se": SEConfig(bias=False)}),
        (FASHION, {"schedule": "plateau", "patience": 3, "gamma": 0.2}),
        (FASHION, {"warmup_lr": 0.01, "lr": 0.2}),
        (FASHION, {"model": "no_such_model", "se": SEConfig()}),
    ],
)
def test_what_acts_passes_and_so_does_what_the_recipe_says(recipe, changes):
    refuse_unheeded(replace(recipe, **changes), recipe)
