"""`make retrain`: trains the shipped pair again, collects both, and writes their model cards.

Training goes on where an interrupted run stopped, in ``runs/fashion_mnist-MODEL-seed0``.
"""

import dataclasses
import json
import os
import platform
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis import open_store
from analysis.compare import Comparison, compare_predictions
from analysis.proportions import Proportion
from dashboard.demo.__main__ import RUNS, SHIPPED, collect
from dashboard.demo.environment import PYTHON
from senet_core.checkpoint import read_metadata
from senet_core.cli import run
from senet_core.recipes import RECIPES
from senet_core.training import fit

RECIPE = "fashion_mnist"
PAIR = ("se_cifar_resnet20", "cifar_resnet20")


@dataclass(frozen=True)
class Trained:
    """A network of the pair: its run's folder and its shipped file."""

    model: str
    run: Path
    file: Path


def main(arguments: Sequence[str]) -> None:
    """Train, ship, collect and describe both networks."""
    del arguments
    pair = [_train(model) for model in PAIR]
    for trained in pair:
        collect(PYTHON, trained.file, RECIPE)
    stores = [open_store(RUNS / "demo" / f"{trained.file.stem}.zarr") for trained in pair]
    result = compare_predictions(*stores)
    for trained, accuracy in zip(pair, (result.a, result.b), strict=True):
        card = _card(trained, accuracy, result)
        trained.file.with_suffix(".md").write_text(card, encoding="utf-8")


def _train(model: str) -> Trained:
    out = RUNS / f"{RECIPE}-{model}-seed0"
    fit(dataclasses.replace(RECIPES[RECIPE], model=model, out=out, resume=True))
    file = SHIPPED / f"{model}.{RECIPE}.safetensors"
    shutil.copyfile(out / "best.safetensors", file)
    return Trained(model, out, file)


def _card(trained: Trained, accuracy: Proportion, result: Comparison) -> str:
    config = json.loads((trained.run / "config.json").read_text(encoding="utf-8"))
    epochs = pd.read_csv(trained.run / "metrics.csv")
    metadata = read_metadata(trained.file)
    block = config["se"]
    gates = (
        f"Squeeze-and-Excitation with r = {block['reduction']} and at least "
        f"{block['min_hidden']} hidden units: 4, 8 and 16 in the three stages "
        "(the default r = 16 would leave a single one in the first)"
        if metadata["se"]
        else "none: this is the baseline, the same network without the block"
    )
    minutes = epochs["seconds"].sum() / 60
    return f"""# {trained.model} on Fashion-MNIST

| | |
|---|---|
| Command | `python train.py {RECIPE} --model {trained.model}` (both: `make retrain`) |
| Seed | {config["seed"]} |
| Epochs | {config["epochs"]}, of which epoch {metadata["epoch"]} is shipped: the best on the \
{config["holdout"]:.1%} of the training images that were held out |
| Time | {minutes:.0f} min of training on {_machine()} |
| Held-out accuracy | {metadata["metrics"]["val_accuracy"]:.2%} |
| **Test accuracy** | **{accuracy.value:.2%}** (95 % interval {accuracy.low:.2%} to \
{accuracy.high:.2%}, Wilson; {accuracy.n:,} images that took no part in training or choosing) |
| Gates | {gates} |
| Recipe | SGD, Nesterov momentum {config["momentum"]}, learning rate {config["lr"]} with \
{config["warmup_epochs"]:g} epoch of warm-up and a cosine to 0, batch {config["batch_size"]}, \
weight decay {config["weight_decay"]:g}, label smoothing {config["label_smoothing"]}, \
shifts by up to 4 pixels, flips, erasing {config["erasing"]} |
| Input | {metadata["input_size"]} x {metadata["input_size"]} pixels, grey (28 x 28 padded by 2) |
| Made with | Python {metadata["versions"]["python"]}, torch {metadata["versions"]["torch"]}, \
{config["amp"]} autocast |

**Did SE help?** {_verdict(result)}

Fashion-MNIST (Xiao, Rasul and Vollgraf, 2017) is under the MIT licence, as are these weights. \
They are here to be looked into, not to be used for anything else.
"""


def _verdict(result: Comparison) -> str:
    direction = "more" if result.difference > 0 else "fewer"
    decided = (
        "which chance alone would rarely bring about"
        if result.p < 0.05
        else "which chance alone could well bring about"
    )
    return (
        f"The SE network has {abs(result.only_a - result.only_b)} of {result.n:,} test images "
        f"{direction} right than its baseline: {100 * result.difference:+.2f} percentage points "
        f"(95 % interval {100 * result.low:+.2f} to {100 * result.high:+.2f}; McNemar's exact "
        f"p = {result.p:.2g}), {decided}. Each was trained once, with one seed, so this says "
        "nothing of how another pair would compare."
    )


def _machine() -> str:
    return f"{platform.machine()} {platform.system()}, {os.cpu_count()} CPU cores"


if __name__ == "__main__":
    run(main)
