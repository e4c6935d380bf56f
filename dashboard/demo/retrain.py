"""`make retrain`: trains a shipped pair again, collects both, and writes their model cards.

    python -m dashboard.demo.retrain [fashion_mnist | imagenette]

Training goes on where an interrupted run stopped, in ``runs/RECIPE-MODEL-seed0``. Where stores are
shipped, the results of interventions on the SE network are made anew too, which takes minutes;
``python -m dashboard.demo.interventions`` does that alone.
"""

import dataclasses
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

import zarr

from analysis import collect, open_store
from analysis.compare import compare_predictions
from analysis.networks import open_checkpoint
from analysis.watch import record_epoch
from dashboard.demo.__main__ import RUNS, SHIPPED
from dashboard.demo.cards import PAIRS, Pair, card
from dashboard.demo.interventions import intervene
from dashboard.demo.processes import ROOT
from senet_core.cli import run
from senet_core.data import open_dataset
from senet_core.errors import InputError
from senet_core.recipes import RECIPES
from senet_core.training import fit


def main(arguments: Sequence[str]) -> None:
    """Train, ship, collect and describe both networks."""
    name = arguments[0] if arguments else "fashion_mnist"
    if name not in PAIRS:
        raise InputError(f"no pair {name!r} is shipped; choose from {', '.join(PAIRS)}")
    pair = PAIRS[name]
    runs = {model: _train(pair, model) for model in pair.models}
    ship(pair, runs)


def _train(pair: Pair, model: str) -> Path:
    out = RUNS / f"{pair.recipe}-{model}-seed0"
    config = dataclasses.replace(RECIPES[pair.recipe], model=model, out=out, resume=True)
    fit(config, observe=record_epoch)
    return out


def ship(pair: Pair, runs: dict[str, Path], data_dir: Path = ROOT / "data") -> None:
    """Put checkpoints, cards and stores of finished runs into the demo's folder.

    Args:
        pair: what is shipped.
        runs: each model's run.
        data_dir: where the data set lies.
    """
    images = open_dataset(pair.recipe, split="test", data_dir=data_dir)
    files = {model: SHIPPED / f"{model}.{pair.recipe}.safetensors" for model in pair.models}
    stores = []
    for model, file in files.items():
        shutil.copyfile(runs[model] / "best.safetensors", file)
        network, source = open_checkpoint(file)
        whole = collect(network, images, runs[model] / "test.zarr", source=source)
        stores.append(open_store(whole))
        if pair.shipped_limit is not None:
            out = SHIPPED / f"{file.stem}.zarr"
            shutil.rmtree(out, ignore_errors=True)
            collect(network, images, out, source=source, limit=pair.shipped_limit)
            # Where both lie on a user's machine, seen from the project's folder.
            said = zarr.open_group(out, mode="r+").attrs
            said["root"] = (Path("data") / images.root.relative_to(data_dir.resolve())).as_posix()
            said["checkpoint_file"] = file.relative_to(ROOT).as_posix()
    result = compare_predictions(*stores)
    for (model, file), accuracy in zip(files.items(), (result.a, result.b), strict=True):
        text = card(pair, model, run=runs[model], file=file, accuracy=accuracy, result=result)
        file.with_suffix(".md").write_text(text, encoding="utf-8")
        if pair.shipped_limit is not None:
            intervene(file, pair.recipe, data_dir)


if __name__ == "__main__":
    os.chdir(ROOT)
    run(main)
