"""Model cards of the shipped networks, from what their runs and stores say."""

import json
import os
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.compare import Comparison
from analysis.proportions import Proportion
from senet_core import load_checkpoint
from senet_core.attention import SqueezeExcitation


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """An SE network and its baseline, trained by one recipe.

    Attributes:
        recipe: its name.
        models: the SE network first.
        title: of the data set.
        images: what the networks take in, in words.
        licence: of the data set and the weights, in words.
        shipped_limit: images of each class in the shipped stores; None where none are shipped.
        missed: what was aimed at and not reached, a sentence.
    """

    recipe: str
    models: tuple[str, str]
    title: str
    images: str
    licence: str
    shipped_limit: int | None = None
    missed: str = ""


PAIRS = {
    "fashion_mnist": Pair(
        recipe="fashion_mnist",
        models=("se_cifar_resnet20", "cifar_resnet20"),
        title="Fashion-MNIST",
        images="grey (28 x 28 padded by 2)",
        licence="Fashion-MNIST (Xiao, Rasul and Vollgraf, 2017) is under the MIT licence, as are "
        "these weights.",
    ),
    "imagenette": Pair(
        recipe="imagenette",
        models=("se_resnet50", "resnet50"),
        title="Imagenette",
        images="colour (photographs of 160 x 160, the centre of them at a short side of 146)",
        licence="Imagenette (Howard, 2019) is a part of ImageNet, whose photographs are for "
        "research that is not commercial; none of them is shipped. The weights are under the "
        "MIT licence as far as that allows.",
        shipped_limit=50,
        missed="88 % was aimed at and is not reached: longer training was not tried.",
    ),
}


def card(
    pair: Pair, model: str, *, run: Path, file: Path, accuracy: Proportion, result: Comparison
) -> str:
    """A network's card in Markdown.

    Args:
        pair: what the network belongs to.
        model: its name.
        run: the folder of its training run.
        file: its shipped checkpoint.
        accuracy: on the images that took no part in training or choosing.
        result: of the SE network against its baseline on those images.
    """
    config = json.loads((run / "config.json").read_text(encoding="utf-8"))
    epochs = pd.read_csv(run / "metrics.csv")
    network, metadata = load_checkpoint(file)
    minutes = epochs["seconds"].sum() / 60
    return f"""# {model} on {pair.title}

| | |
|---|---|
| Command | `python train.py {pair.recipe} --model {model}` \
(both: `make retrain DATASET={pair.recipe}`) |
| Seed | {config["seed"]} |
| Epochs | {config["epochs"]}, of which epoch {metadata["epoch"]} is shipped: the best on the \
{config["holdout"]:.1%} of the training images that were held out |
| Time | {minutes:.0f} min by the clock on {_machine()}, beside other work |
| Held-out accuracy | {metadata["metrics"]["val_accuracy"]:.2%} |
| **Test accuracy** | **{accuracy.value:.2%}** (95 % interval {accuracy.low:.2%} to \
{accuracy.high:.2%}, Wilson; {accuracy.n:,} images that took no part in training or choosing) |
| Gates | {_gates(network, config["se"])} |
| Parameters | {sum(p.numel() for p in network.parameters()):,} |
| Recipe | {_recipe(config)} |
| Input | {metadata["input_size"]} x {metadata["input_size"]} pixels, {pair.images} |
| Made with | Python {metadata["versions"]["python"]}, torch {metadata["versions"]["torch"]}, \
{"float32" if config["amp"] == "none" else config["amp"] + " autocast"} |

**Did SE help?** {" ".join([_verdict(result), pair.missed]).strip()}

{pair.licence} They are here to be looked into, not to be used for anything else.
"""


def _gates(network: Any, block: dict[str, Any]) -> str:
    gates = [m for m in network.modules() if isinstance(m, SqueezeExcitation)]
    if not gates:
        return "none: this is the baseline, the same network without the block"
    hidden = list(dict.fromkeys(gate.fc1.out_features for gate in gates))
    least = f" and at least {block['min_hidden']} hidden units" if block["min_hidden"] > 1 else ""
    return (
        f"Squeeze-and-Excitation with r = {block['reduction']}{least}: "
        f"{', '.join(map(str, hidden[:-1]))} and {hidden[-1]} in the {len(hidden)} stages"
    )


def _recipe(config: dict[str, Any]) -> str:
    crop = {
        "pad": "shifts by up to 4 pixels",
        "scale": f"crops of {config.get('min_area', 0.08):.0%} to 100 % of the area",
    }[config["crop"]]
    erasing = f", erasing {config['erasing']}" if config["erasing"] else ""
    warmup = config["warmup_epochs"]
    spared = "" if config.get("gate_decay") is None else f" ({config['gate_decay']:g} in SE blocks)"
    return (
        f"SGD, Nesterov momentum {config['momentum']}, learning rate {config['lr']} with "
        f"{warmup:g} epoch{'s' if warmup > 1 else ''} of warm-up and a cosine to 0, batch "
        f"{config['batch_size']}, weight decay {config['weight_decay']:g}{spared}, label "
        f"smoothing {config['label_smoothing']}, {crop}, flips{erasing}"
    )


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
