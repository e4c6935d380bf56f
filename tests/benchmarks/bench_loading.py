"""Whether loading starves the model, and what recording gates adds to an epoch.

    python tests/benchmarks/bench_loading.py [--images DIR]

DIR has a folder of JPEGs a class. `se_resnet50` at a quarter of its width, 128 px, batch 64, bf16:
an epoch over the files with two workers, against the same steps on tensors that are in memory.
On a machine whose cores all compute, workers take their time from the model; the time of loading
alone says how much.
"""

import argparse
import dataclasses
import itertools
import os
import sys
import tempfile
import time
from pathlib import Path

import torch
from interleaved import machine

from analysis.watch import record_epoch
from senet_core import create_model
from senet_core.data import Augmentation, Preprocessing, open_folder
from senet_core.data.catalogue import IMAGENET_MEAN, IMAGENET_STD
from senet_core.distributed import World
from senet_core.recipes import RECIPES
from senet_core.training import Finished
from senet_core.training.learner import Learner
from senet_core.training.loading import Augmented, Order, training_loader
from senet_core.training.scores import Scores

CPU = torch.device("cpu")


def main() -> int:
    """Print the table; 1 where recording costs more than 2 % of an epoch."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=Path, default=Path("data/imagenette2-160/train"))
    parser.add_argument("--steps", type=int, default=25)
    options = parser.parse_args()
    if not options.images.is_dir():
        print(f"not measured: {options.images} is not there; give --images DIR")
        return 0
    recipe = RECIPES["imagenette"]
    images = open_folder(options.images)
    pixels = Preprocessing(image_size=128, in_chans=3, mean=IMAGENET_MEAN, std=IMAGENET_STD)
    random = pixels.training(Augmentation(crop="scale", min_area=recipe.min_area))
    model = create_model(recipe.model, len(images.classes), width=recipe.width)
    learner = Learner(model, dataclasses.replace(recipe, lr=0.01), World(), CPU)
    learner.begin_epoch(frozen=False)
    order = Order(len(images), recipe.batch_size, seed=0, accumulate=1, world=World())

    def batches(workers: int):
        loader = training_loader(
            Augmented(images.prepared(random), 0), order, workers=workers, pin=False
        )
        order.begin(0, 0)
        return itertools.islice(loader, options.steps + 2)

    def steps(source) -> float:
        """Seconds a step, but for the first two, which start workers and fill caches."""
        started = 0.0
        for number, batch in enumerate(source):
            if number == 2:
                started = time.perf_counter()
            size, scores = len(batch[1]), Scores(CPU)
            learner.step([batch], seeds=[0], images=size, rate=0.01, to=scores).item()
        return (time.perf_counter() - started) / options.steps

    started = time.perf_counter()
    cached = list(batches(0))
    alone = (time.perf_counter() - started) / len(cached)
    memory, files, in_process = steps(cached), steps(batches(2)), steps(batches(0))
    print(f"{machine()}; {len(images):,} JPEGs, {options.steps} steps of {recipe.batch_size}\n")
    print("| a step | ms | over tensors in memory |\n|---|---|---|")
    for name, seconds in (
        ("tensors in memory", memory),
        ("files, two workers", files),
        ("files, no workers", in_process),
        ("loading alone, one process", alone),
    ):
        print(f"| {name} | {1000 * seconds:.0f} | {seconds / memory:.3f} |")
    print(
        f"\nA batch takes {1000 * alone:.0f} ms of a core to read and decode, and training leaves "
        f"none of {os.cpu_count()} idle: that bounds a step over files, whatever reads them."
    )
    share = recording(model, images.prepared(pixels.evaluation())) / (files * order.steps)
    print(f"\nrecording gates after an epoch costs {share:.2%} of it; promised at most 2 %")
    return int(share > 0.02)


def recording(model, images) -> float:
    """Seconds that the gates of one epoch take, the first of which makes the file."""
    with tempfile.TemporaryDirectory() as folder:
        finished = Finished(
            epoch=1,
            epochs=60,
            model=model,
            images=images,
            trained=len(images),
            batch_size=64,
            device=CPU,
            folder=Path(folder),
        )
        record_epoch(finished)
        started = time.perf_counter()
        record_epoch(dataclasses.replace(finished, epoch=2))
        return time.perf_counter() - started


if __name__ == "__main__":
    sys.exit(main())
