"""What collecting costs over inference alone, and whether its memory grows with the images.

    python tests/benchmarks/bench_collect.py

SE-ResNet-50 with random weights, 224 px, 1,000 classes, 50 images a class as in ImageNet's
validation set, the first classes of it. Inference alone is the shortest loop over the same loader;
collecting also makes, fills and finishes a store. Images are drawn beforehand, so that loading
hides nothing. The loops take turns in each round; the ratio is that of the fastest
rounds. Memory is the peak of a process that collects a small network's gates and does nothing else.
"""

import argparse
import resource
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import torch
from interleaved import fastest, machine
from torch import Tensor, nn
from torch.utils.data import Dataset

from analysis import collect
from analysis.loading import read_batches
from senet_core import create_model

RATIO = 1.03
GROWTH = 1.05
BATCH = 64
FEW, MANY = 2_000, 20_000
COLLECT, PLAIN = "analysis.collect", "inference alone"


class Noise(Dataset[tuple[Tensor, int]]):
    """``number`` images of a few kinds, sorted by class."""

    def __init__(self, number: int, side: int, classes: int) -> None:
        self.labels = torch.arange(number) * classes // number
        self.kinds = torch.randn(BATCH, 3, side, side)

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return self.kinds[index % BATCH], int(self.labels[index])


def infer(model: nn.Module, data: Noise) -> None:
    """Run the network over the data and keep nothing."""
    places = list(range(len(data)))
    batches = [places[start : start + BATCH] for start in places[::BATCH]]
    with torch.inference_mode():
        for batch in read_batches(data, batches, workers=0, pinned=False):
            assert batch.images is not None
            model(batch.images.contiguous(memory_format=torch.channels_last))


def store(model: nn.Module, data: Noise) -> None:
    """Run the network over the data into a store."""
    folder = Path(tempfile.mkdtemp())
    try:
        collect(model, data, folder / "s.zarr", batch_size=BATCH, device="cpu")
    finally:
        shutil.rmtree(folder)


def compare(images: int, rounds: int) -> bool:
    """Print the table of both loops; whether the promise is kept."""
    torch.manual_seed(0)
    model = create_model("se_resnet50").eval().to(memory_format=torch.channels_last)
    data = Noise(images, 224, -(-images // 50))
    loops = {PLAIN: lambda: infer(model, data), COLLECT: lambda: store(model, data)}
    best = fastest(loops, rounds)
    print(f"{images:,} images at 224 px, minima of {rounds} rounds\n")
    print("| loop | ms an image | ratio |\n|---|---|---|")
    for name, seconds in best.items():
        print(f"| {name} | {1000 * seconds / images:.1f} | {seconds / best[PLAIN]:.3f} |")
    ratio = best[COLLECT] / best[PLAIN]
    print(f"\ncollecting costs {ratio:.3f} x; promised at most {RATIO} x")
    return ratio <= RATIO


def measure_memory() -> bool:
    """Print the peaks; whether the promise is kept."""
    print("\n| images | peak MB |\n|---|---|")
    peaks = {}
    for images in (FEW, MANY):
        command = [sys.executable, __file__, "--peak-of", str(images)]
        said = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
        peaks[images] = float(said.split()[-1])
        print(f"| {images:,} | {peaks[images]:.0f} |")
    growth = peaks[MANY] / peaks[FEW]
    print(f"\nmemory grows {growth:.3f} x; promised at most {GROWTH} x")
    return growth <= GROWTH


def print_peak(images: int) -> None:
    """Collect in this process and print its peak in MB."""
    store(create_model("se_cifar_resnet20"), Noise(images, 16, 10))
    unit = 2**20 if sys.platform == "darwin" else 2**10
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit)


def main() -> int:
    """Print both tables; 1 where a promise is not kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=1024)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--peak-of", type=int, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.peak_of:
        print_peak(options.peak_of)
        return 0
    print(machine())
    kept = [compare(options.images, options.rounds), measure_memory()]
    return int(not all(kept))


if __name__ == "__main__":
    sys.exit(main())
