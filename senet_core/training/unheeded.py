"""Options that would change nothing in a run: they are refused, for somebody means them to act."""

from collections.abc import Callable
from dataclasses import dataclass

from senet_core.errors import InputError
from senet_core.registry import SPECS
from senet_core.training.config import TrainConfig


@dataclass(frozen=True, slots=True)
class _Rule:
    """When fields of the settings are idle, and what to do then; ``{model}`` is the network."""

    fields: tuple[str, ...]
    idle: Callable[[TrainConfig], bool]
    sentence: str


def _is_plain(config: TrainConfig) -> bool:
    """Whether the network is a known one without gates; of unknown ones others say so."""
    return config.model in SPECS and not SPECS[config.model].always_se


_RULES = (
    _Rule(
        ("se", "gate_decay"),
        _is_plain,
        "changes nothing in {model}, which has no SE block; choose --model se_{model}",
    ),
    _Rule(
        ("milestones",),
        lambda config: config.schedule != "step",
        "changes nothing unless the rate falls in steps; add --schedule step",
    ),
    _Rule(
        ("gamma",),
        lambda config: config.schedule == "cosine",
        "changes nothing under a cosine; add --schedule step or plateau",
    ),
    _Rule(
        ("patience", "drops"),
        lambda config: config.schedule != "plateau",
        "changes nothing unless the rate falls on plateaus; add --schedule plateau",
    ),
    _Rule(
        ("warmup_lr",),
        lambda config: not config.warmup_epochs,
        "changes nothing without a warm-up; add --warmup-epochs",
    ),
    _Rule(
        ("base_lr", "base_batch"),
        lambda config: config.lr is not None,
        "changes nothing where --lr fixes the rate; drop --lr",
    ),
    _Rule(
        ("min_area",),
        lambda config: config.crop != "scale",
        "changes nothing unless crops are scaled; add --crop scale",
    ),
)


def refuse_unheeded(config: TrainConfig, recipe: TrainConfig) -> None:
    """Refuse what was asked for and would change nothing.

    What the recipe itself says may be idle: its block for a baseline, its milestones under another
    schedule.

    Args:
        config: the settings as asked for.
        recipe: the settings that they started from.

    Raises:
        InputError: for the first such option.
    """
    for rule in _RULES:
        given = [name for name in rule.fields if getattr(config, name) != getattr(recipe, name)]
        if given and rule.idle(config):
            option = _option(given[0], config, recipe)
            raise InputError(
                f"{option} {rule.sentence.format(model=config.model)}, or leave it out"
            )


def _option(name: str, config: TrainConfig, recipe: TrainConfig) -> str:
    """The option as it was typed: of the block, the first of its choices that differs."""
    if name != "se":
        return f"--{name.replace('_', '-')}"
    return f"--se.{next(iter(config.se.differing(recipe.se))).replace('_', '-')}"
