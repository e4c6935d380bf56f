"""Sweeps: the paper's ablations of the block (section 6), each variant over several seeds."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import mean, stdev
from typing import Literal, get_args

from senet_core.attention import Excitation, Placement, SEConfig, Squeeze
from senet_core.checkpoint import load_checkpoint, replacing
from senet_core.errors import InputError
from senet_core.registry import SPECS
from senet_core.training import TrainConfig, fit
from senet_core.training.loop import Observer
from senet_core.training.progress import say
from senet_core.training.unheeded import refuse_unheeded
from senet_core.unfilled import create_unfilled

PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Variant:
    """A row of a sweep's table: its name, and its block or None for the baseline."""

    name: str
    se: SEConfig | None


def _reduction(se: SEConfig, stages: Sequence[int]) -> list[Variant]:
    """Table 10."""
    del stages
    ratios = (2, 4, 8, 16, 32)
    return [Variant(f"r = {r}", replace(se, reduction=r, min_hidden=1)) for r in ratios]


def _squeeze(se: SEConfig, stages: Sequence[int]) -> list[Variant]:
    """Tables 11 and 16."""
    del stages
    names = {"avg": "average", "max": "maximum", "none": "NoSqueeze"}
    return [Variant(names[kind], replace(se, squeeze=kind)) for kind in get_args(Squeeze)]


def _excitation(se: SEConfig, stages: Sequence[int]) -> list[Variant]:
    """Table 12."""
    del stages
    return [Variant(kind, replace(se, excitation=kind)) for kind in get_args(Excitation)]


def _placement(se: SEConfig, stages: Sequence[int]) -> list[Variant]:
    """Tables 14 and 15."""
    del stages
    return [Variant(kind, replace(se, placement=kind)) for kind in get_args(Placement)]


def _stages(se: SEConfig, stages: Sequence[int]) -> list[Variant]:
    """Table 13, with each stage alone."""
    alone = [Variant(f"stage {number}", replace(se, stages=(number,))) for number in stages]
    return [*alone, Variant("all stages", replace(se, stages=None))]


def _block(se: SEConfig, stages: Sequence[int]) -> list[Variant]:
    """What the block is made of, one choice changed at a time."""
    others = [*_squeeze(se, stages)[2:], *_excitation(se, stages)[1:], *_placement(se, stages)[1:4]]
    return [Variant("SE", se), *others]


Name = Literal[
    "ablation-reduction",
    "ablation-squeeze",
    "ablation-excitation",
    "ablation-placement",
    "ablation-stages",
    "ablation-block",
]
SWEEPS: dict[Name, Callable[[SEConfig, Sequence[int]], list[Variant]]] = {
    "ablation-reduction": _reduction,
    "ablation-squeeze": _squeeze,
    "ablation-excitation": _excitation,
    "ablation-placement": _placement,
    "ablation-stages": _stages,
    "ablation-block": _block,
}


def variants(name: Name, config: TrainConfig) -> list[Variant]:
    """The rows of a sweep over the network of ``config``, its baseline first."""
    plain = config.model.removeprefix("se_")
    if plain not in SPECS or SPECS[plain].always_se:
        raise InputError(
            f"{config.model!r} has no baseline to sweep against; choose an se_ network"
        )
    return [Variant(PLAIN, None), *SWEEPS[name](config.se, SPECS[plain].stages)]


def refuse_swept(name: Name, config: TrainConfig, recipe: TrainConfig) -> None:
    """Refuse what was asked of a sweep's runs and would change nothing in them.

    Args:
        name: one of `SWEEPS`.
        config: what all runs share, as asked for.
        recipe: the settings that it started from.

    Raises:
        InputError: for the first such option, and as `variants` does.
    """
    if config.out is not None:
        raise InputError(
            f"the runs of a sweep lie in the sweep's own folder; give --out {config.out} before "
            f"{config.recipe}, not after it"
        )
    rows = variants(name, config)
    for field, value in recipe.se.differing(config.se).items():
        without = replace(config, se=replace(config.se, **{field: value}))
        if variants(name, without) == rows:
            option = field.replace("_", "-")
            raise InputError(f"--{option} is what {name} itself changes; leave it out")
    refuse_unheeded(_settings(rows[-1], config), recipe)  # the last has a block, as all but one


def run_sweep(
    name: Name,
    config: TrainConfig,
    *,
    seeds: int,
    out: Path,
    observe: Observer = lambda finished: None,
) -> Path:
    """Train every variant with every seed, and write one table; goes on where it was stopped.

    Args:
        name: one of `SWEEPS`.
        config: what all runs share; its block is what the variants change.
        seeds: how many, from the config's own upwards.
        out: a folder, with one for each run and ``table.md`` over those that are done.
        observe: called after every epoch of every run, as by `fit`.

    Returns:
        The table's path.

    Raises:
        InputError: as `fit` does; before the first run for a network without a baseline, a
            variant that cannot be made, weights to start from, and without a seed.
    """
    if seeds < 1:
        raise InputError("--seeds must be above 0")
    if config.weights is not None:
        raise InputError(
            "no weights fit a network and its baseline alike, so a sweep starts from fresh ones; "
            "leave out --weights"
        )
    rows = variants(name, config)
    for row in rows:
        _require_made(row, name, config)
    runs = [(row, seed) for seed in range(config.seed, config.seed + seeds) for row in rows]
    results: dict[str, list[Result]] = {}
    for number, (variant, seed) in enumerate(runs, 1):
        say(f"run {number} of {len(runs)}: {variant.name}, seed {seed}")
        folder = out / f"{variant.name.replace(' ', '')}-seed{seed}"
        run = replace(_settings(variant, config), seed=seed, out=folder, resume=True)
        results.setdefault(variant.name, []).append(_train(run, observe))
        with replacing(out / "table.md") as temporary:
            temporary.write_text(render(results), encoding="utf-8")
    return out / "table.md"


@dataclass(frozen=True, slots=True)
class Result:
    """What one run came to: parameters, and shares of images that it has right."""

    parameters: int
    held_out: float
    test: float


def _settings(variant: Variant, config: TrainConfig) -> TrainConfig:
    """``config`` with the variant's network and block."""
    plain = config.model.removeprefix("se_")
    if variant.se is None:
        return replace(config, model=plain)
    return replace(config, model=f"se_{plain}", se=variant.se)


def _require_made(variant: Variant, name: Name, config: TrainConfig) -> None:
    """Refuse a variant that no run could make: hours of runs may come before its own."""
    run = _settings(variant, config)
    try:
        create_unfilled(run.model, se=variant.se, **run.model_options)
    except InputError as error:
        raise InputError(
            f"the variant {variant.name!r} of {name} cannot be made ({error}); "
            "mend that, or choose another sweep"
        ) from error


def _train(run: TrainConfig, observe: Observer) -> Result:
    metrics = fit(run, observe=observe)
    assert run.out is not None
    model, _ = load_checkpoint(run.out / "best.safetensors")
    parameters = sum(parameter.numel() for parameter in model.parameters())
    return Result(parameters, metrics.get("val_accuracy", math.nan), metrics["test_accuracy"])


def render(results: dict[str, list[Result]]) -> str:
    """The table in Markdown: percent, mean and standard deviation over the seeds.

    The last column pairs each run with the baseline's of the same seed.
    """
    heads = ("variant", "parameters", "held-out, %", "test, %", "test, against plain", "seeds")
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for name, own in results.items():
        pairs = zip(own, results[PLAIN], strict=False)
        gains = [ours.test - theirs.test for ours, theirs in pairs]
        cells = (
            name,
            f"{own[0].parameters:,}",
            _spread([result.held_out for result in own]),
            _spread([result.test for result in own]),
            "" if name == PLAIN else _spread(gains, sign="+"),
            str(len(own)),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _spread(shares: Sequence[float], sign: str = "") -> str:
    """Mean and standard deviation (of a sample) in percent."""
    deviation = f" ± {100 * stdev(shares):.2f}" if len(shares) > 1 else ""
    return f"{100 * mean(shares):{sign}.2f}{deviation}"
