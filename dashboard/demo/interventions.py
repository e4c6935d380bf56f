"""The results of interventions that are shipped: of every shipped SE network with its own store.

    python -m dashboard.demo.interventions

Minutes on a CPU; `dashboard.demo.retrain` does it at its end. What a page shows of them was made by
the commands that docs/interventions.md gives.
"""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from analysis import open_store
from analysis.__main__ import main as analysis
from analysis.intervene.results import EXPERIMENTS, FOLDER, result_files, results_name
from analysis.store import gates_of
from dashboard.demo.__main__ import SHIPPED, store_of
from dashboard.demo.cards import PAIRS
from dashboard.demo.processes import ROOT
from senet_core.cli import run
from senet_core.errors import InputError


def main(words: Sequence[str] = ()) -> None:
    """Run both experiments on each shipped SE network, over the images of its store."""
    if words:
        raise InputError(f"{words[0]!r} is one word too many; it takes none")
    for pair in PAIRS.values():
        for model in pair.models:
            checkpoint = SHIPPED / f"{model}.{pair.recipe}.safetensors"
            if store_of(checkpoint).is_dir():
                intervene(checkpoint, pair.recipe)


def intervene(checkpoint: Path, dataset: str, data_dir: Path = ROOT / "data") -> None:
    """Replace the shipped results of one network; a baseline has none.

    Args:
        checkpoint: a shipped file, beside which its store lies.
        dataset: what the store was collected from.
        data_dir: where the data set lies.
    """
    store = store_of(checkpoint)
    ds = open_store(store)
    if not gates_of(ds):
        return
    name = results_name(ds)
    for earlier in (SHIPPED / FOLDER).glob(f"{name.rpartition('-')[0]}-*"):
        shutil.rmtree(earlier)
    limit = ("--limit", str(ds.attrs["limit"])) if ds.attrs["limit"] else ()
    for experiment in EXPERIMENTS:
        table, by_class = result_files(SHIPPED / FOLDER / name, experiment)
        network = ("--checkpoint", checkpoint, "--store", store, *limit)
        images = ("--dataset", dataset, "--data-dir", data_dir)
        out = ("--experiment", experiment, "--out", table, "--by-class", by_class)
        analysis(["intervene", *map(str, (*network, *images, *out))])


if __name__ == "__main__":
    os.chdir(ROOT)
    run(main)
