"""Train a network: ``python train.py RECIPE [options]``; ``--help`` lists both."""

import sys
from collections.abc import Sequence
from typing import Any

import tyro

from analysis.watch import record_epoch
from senet_core.cli import parse, run
from senet_core.recipes import DESCRIPTIONS, RECIPES, TrainConfig
from senet_core.training import fit


def main(arguments: Sequence[str]) -> None:
    """Parse the command line and train."""
    form: Any = tyro.extras.subcommand_type_from_defaults(
        RECIPES, {name: DESCRIPTIONS[name] for name in RECIPES}, prefix_names=False
    )
    config: TrainConfig = parse(form, arguments, program="train.py")
    metrics = fit(config, recipe=arguments[0], observe=record_epoch)
    sys.stdout.write(
        f"best epoch {metrics['epoch']:.0f}: held-out accuracy {metrics['val_accuracy']:.2%}, "
        f"test accuracy {metrics['test_accuracy']:.2%} of {metrics['test_images']:.0f} images\n"
    )


if __name__ == "__main__":
    run(main)
