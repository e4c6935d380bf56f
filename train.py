"""Train a network: ``python train.py RECIPE [options]``; ``--help`` lists both.

With several GPUs, or several machines: ``torchrun --nproc-per-node=N train.py RECIPE [options]``.
The paper's ablations: ``python train.py sweep NAME [--seeds N] [--out DIR] RECIPE [options]``.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import tyro

from analysis.watch import record_epoch
from senet_core.cli import goes_on, parse, run
from senet_core.distributed import speaks
from senet_core.recipes import DESCRIPTIONS, RECIPES
from senet_core.sweep import Name, refuse_swept, run_sweep
from senet_core.training import Stopped, TrainConfig, fit
from senet_core.training.unheeded import refuse_unheeded

_RECIPES: Any = tyro.extras.subcommand_type_from_defaults(
    RECIPES, {name: DESCRIPTIONS[name] for name in RECIPES}, prefix_names=False
)
if TYPE_CHECKING:
    Recipe = TrainConfig
else:
    Recipe = tyro.conf.OmitArgPrefixes[_RECIPES]


@dataclass(frozen=True)
class Sweep:
    """The paper's ablations of the block, each variant over several seeds."""

    name: tyro.conf.Positional[Name]
    """which choice of the block is swept"""
    run: Recipe
    """what all runs share"""
    seeds: int = 3
    """how many seeds, from --seed upwards"""
    out: Path | None = None
    """the folder of all runs and of table.md; runs/sweep-NAME where it is not given"""


def main(arguments: Sequence[str]) -> None:
    """Parse the command line and train."""
    sweep = Annotated[Sweep, tyro.conf.subcommand("sweep")]
    asked: TrainConfig | Sweep = parse(_RECIPES | sweep, arguments, program="train.py")
    try:
        with goes_on("the same command with --resume goes on from the last state that was saved"):
            said = _sweep(asked) if isinstance(asked, Sweep) else _train(asked)
    except Stopped as stop:
        said = ""
        if speaks():
            sys.stderr.write(f"{stop}\n")
    if speaks():
        sys.stdout.write(said)


def _train(config: TrainConfig) -> str:
    refuse_unheeded(config, RECIPES[config.recipe])
    metrics = fit(config, observe=record_epoch)
    held_out = metrics.get("val_accuracy")
    chosen = "" if held_out is None else f"held-out accuracy {held_out:.2%}, "
    return (
        f"best epoch {metrics['epoch']:.0f}: {chosen}"
        f"test accuracy {metrics['test_accuracy']:.2%} of {metrics['test_images']:.0f} images\n"
    )


def _sweep(asked: Sweep) -> str:
    refuse_swept(asked.name, asked.run, RECIPES[asked.run.recipe])
    out = asked.out or Path("runs") / f"sweep-{asked.name}"
    table = run_sweep(asked.name, asked.run, seeds=asked.seeds, out=out, observe=record_epoch)
    return table.read_text(encoding="utf-8")


if __name__ == "__main__":
    run(main)
