"""Train a network: ``python train.py RECIPE [options]``; ``--help`` lists both.

With several GPUs, or several machines: ``torchrun --nproc-per-node=N train.py RECIPE [options]``.
"""

import sys
from collections.abc import Sequence
from typing import Any

import tyro

from analysis.watch import record_epoch
from senet_core.cli import parse, run
from senet_core.recipes import DESCRIPTIONS, RECIPES
from senet_core.training import Stopped, TrainConfig, fit


def main(arguments: Sequence[str]) -> None:
    """Parse the command line and train."""
    form: Any = tyro.extras.subcommand_type_from_defaults(
        RECIPES, {name: DESCRIPTIONS[name] for name in RECIPES}, prefix_names=False
    )
    config: TrainConfig = parse(form, arguments, program="train.py")
    try:
        metrics = fit(config, recipe=arguments[0], observe=record_epoch)
    except Stopped as stop:
        sys.stderr.write(f"{stop}\n")
        return
    held_out = metrics.get("val_accuracy")
    chosen = "" if held_out is None else f"held-out accuracy {held_out:.2%}, "
    sys.stdout.write(
        f"best epoch {metrics['epoch']:.0f}: {chosen}"
        f"test accuracy {metrics['test_accuracy']:.2%} of {metrics['test_images']:.0f} images\n"
    )


if __name__ == "__main__":
    run(main)
