"""A synthetic store as large as ImageNet's validation images make it, for benchmarks and trials.

    python tests/benchmarks/imagenet_store.py OUT [--baseline]

1,000 classes, 50,000 images, SE-ResNet-50's 16 gates with 15,104 channels, logits, moments and
histograms: about 2 GB, written a chunk at a time by the code that `collect` uses. The gates are
drawn, not computed: class differences grow with depth. ``--baseline`` makes the store of a network
without gates on "the same images". The same command makes the same numbers; interrupted, it goes on
where it stopped.
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
from torchvision.models import ResNet50_Weights
from tqdm import tqdm

from analysis import find_gates
from analysis.chunks import Chunk
from analysis.layout import Layout, create
from analysis.naming import Gate
from analysis.store import is_store, read_attributes
from analysis.writer import StoreWriter
from senet_core import create_model

ACCURACY = 0.76
NAMES: list[str] = ResNet50_Weights.IMAGENET1K_V1.meta["categories"]
ATTRIBUTES = {
    "checkpoint": "",
    "checkpoint_file": "",
    "weights_digest": "synthetic",
    "weights": "trained",
    "options": "{}",
    "dataset": "synthetic",
    "split": "val",
    "dataset_digest": "synthetic",
    "root": "/nowhere",
    "transform": "{}",
    "limit": 0,
    "labels": "model",
    "order": "synthetic",
    "created": "2026-01-01",
    "versions": "{}",
}


def make_store(
    path: Path, *, classes: int = 1000, per_class: int = 50, baseline: bool = False
) -> Path:
    """Write the store, or what of it is not there yet."""
    architecture = "resnet50" if baseline else "se_resnet50"
    gates = tuple(find_gates(create_model(architecture)).values())
    if not path.exists():
        labels = np.repeat(np.arange(classes), per_class)
        layout = Layout(
            gates=gates,
            classes=tuple(NAMES[:classes]),
            labels=labels,
            keys=np.arange(len(labels)),
            outputs=None,
            attributes=ATTRIBUTES
            | {
                "architecture": architecture,
                "se": "" if baseline else "{}",
                "parameters": 25_557_032 if baseline else 28_088_024,
                "classes": json.dumps([classes, per_class]),
            },
        )
        create(path, layout)
    elif not is_store(path) or read_attributes(path).get("classes") != json.dumps(
        [classes, per_class]
    ):
        raise SystemExit(f"{path} is there already and is another thing; give another path")
    if read_attributes(path)["complete"]:
        return path
    writer = StoreWriter(path)
    drawn = Drawn(gates, classes)
    for index in tqdm(writer.pending(), desc="drawing", unit="chunk", mininterval=2):
        span = writer.span(index)
        labels = np.arange(span.start, span.stop) // per_class
        # Another seed for the other network: else both would be wrong on the same images.
        writer.write(index, drawn.chunk(labels, seed=index + baseline * 1_000_000))
    writer.finish()
    return path


class Drawn:
    """What an imagined network makes of images."""

    def __init__(self, gates: tuple[Gate, ...], classes: int) -> None:
        rng = np.random.default_rng(2017)
        self.classes = classes
        self.centres = {}
        for depth, gate in enumerate(gates, start=1):
            deep = depth / len(gates)
            base = rng.standard_normal(gate.channels, np.float32)
            own = rng.standard_normal((classes, gate.channels), np.float32)
            self.centres[gate.path] = np.float32(0.8) * base + np.float32(0.1 + 0.9 * deep) * own

    def chunk(self, labels: np.ndarray, *, seed: int) -> Chunk:
        """Gates and logits of images with these labels; the seed decides all else."""
        rng = np.random.default_rng(seed)
        rows = np.arange(len(labels))
        gates = {path: _gates(rng, centre[labels]) for path, centre in self.centres.items()}
        logits = rng.standard_normal((len(labels), self.classes), np.float32)
        right = rng.random(len(labels)) < ACCURACY
        chosen = np.where(right, labels, rng.integers(0, self.classes, len(labels)))
        logits[rows, chosen] = logits.max(axis=1) + rng.exponential(2.0, len(labels))
        return Chunk(gates, logits, np.ones(len(labels), bool), {})


def _gates(rng: np.random.Generator, centre: np.ndarray) -> np.ndarray:
    """Sigmoids around ``centre`` (n, C), computed in place."""
    z = rng.standard_normal(centre.shape, np.float32)
    z *= -0.5
    z -= centre
    np.exp(z, out=z)
    z += 1
    return np.reciprocal(z, out=z)


def main() -> int:
    """Make the store that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--classes", type=int, default=1000)
    parser.add_argument("--per-class", type=int, default=50)
    parser.add_argument("--baseline", action="store_true")
    options = parser.parse_args()
    path = make_store(
        options.out,
        classes=options.classes,
        per_class=options.per_class,
        baseline=options.baseline,
    )
    size = sum(file.stat().st_size for file in path.rglob("*") if file.is_file())
    print(f"{path}: {size / 1e9:.2f} GB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
