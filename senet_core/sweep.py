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
from senet_core.training.progress import say

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
    return [*alone, Variant("all stages", se)]


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


def run_sweep(name: Name, config: TrainConfig, *, seeds: int, out: Path) -> Path:
    """Train every variant with every seed, and write one table; goes on where it was stopped.

    Args:
        name: one of `SWEEPS`.
        config: what all runs share; its block is what the variants change.
        seeds: how many, from the config's own upwards.
        out: a folder, with one for each run and ``table.md`` over those that are done.

    Returns:
        The table's path.

    Raises:
        InputError: as `fit` does, for a network without a baseline, and without a seed.
    """
    if seeds < 1:
        raise InputError("--seeds must be above 0")
    rows = variants(name, config)
    runs = [(row, seed) for seed in range(config.seed, config.seed + seeds) for row in rows]
    results: dict[str, list[Result]] = {}
    for number, (variant, seed) in enumerate(runs, 1):
        say(f"run {number} of {len(runs)}: {variant.name}, seed {seed}")
        results.setdefault(variant.name, []).append(_train(variant, config, seed, out))
        with replacing(out / "table.md") as temporary:
            temporary.write_text(render(results), encoding="utf-8")
    return out / "table.md"


@dataclass(frozen=True, slots=True)
class Result:
    """What one run came to: parameters, and shares of images that it has right."""

    parameters: int
    held_out: float
    test: float


def _train(variant: Variant, config: TrainConfig, seed: int, out: Path) -> Result:
    plain = config.model.removeprefix("se_")
    folder = out / f"{variant.name.replace(' ', '')}-seed{seed}"
    run = replace(config, model=plain, seed=seed, out=folder, resume=True)
    if variant.se is not None:
        run = replace(run, model=f"se_{plain}", se=variant.se)
    metrics = fit(run)
    model, _ = load_checkpoint(folder / "best.safetensors")
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
