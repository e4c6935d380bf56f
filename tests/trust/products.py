"""Everything that chance or order could change, made in a process of its own, as digests.

    python -m tests.trust.products IMAGES CHECKPOINT FOLDER

prints a JSON object: name of a product to its digest, or to its numbers where a machine's threads
may move the last bits.
"""

import hashlib
import json
import sys
from pathlib import Path

import numpy as np
import pandas as pd

from analysis import figures, open_store, statistics
from analysis.__main__ import main as analysis
from dashboard.lessons.__main__ import main as lessons
from tests.analysis.small import files_of
from tests.trust.killing import state_of_run, training_words
from train import main as train

ARRAYS = ("logits", "gate.layer3.2.se", "mean.layer3.2.se")


def digest(content: object) -> str:
    """Of bytes, of a frame, or of what ``repr`` tells apart."""
    if isinstance(content, pd.DataFrame):
        content = content.to_csv().encode()
    if not isinstance(content, bytes):
        content = repr(content).encode()
    return hashlib.sha256(content).hexdigest()[:16]


def from_files(images: Path, checkpoint: Path, folder: Path) -> dict[str, object]:
    """What the commands write."""
    train(training_words(images, folder / "run"))
    found: dict[str, object] = {"training": digest(state_of_run(folder / "run"))}
    words = ["--checkpoint", str(checkpoint), "--images", str(images / "train")]
    store = folder / "s.zarr"
    analysis(["collect", *words, "--out", str(store)])
    found["collection"] = digest(files_of(store))
    for name in ("report.html", "means.csv", "means.parquet", "all.npz"):
        command = "report" if name.endswith("html") else "export"
        analysis([command, str(store), "--out", str(folder / name)])
        found[name] = digest((folder / name).read_bytes())
    for experiment in ("blocks", "pruning"):
        out = folder / f"{experiment}.csv"
        own = ["--store", str(store), "--experiment", experiment, "--out", str(out), "--limit", "5"]
        analysis(["intervene", *words, *own])
        found[experiment] = digest(out.read_bytes())
    lessons([str(store), "--out", str(folder / "sheet.html")])
    found["lessons"] = digest((folder / "sheet.html").read_bytes())
    return found


def from_a_store(store: Path) -> dict[str, object]:
    """What is computed of a store with a seed."""
    ds = open_store(store)
    gate = "layer3.2.se"
    values = ds[f"gate.{gate}"].values
    drawn = {
        "bootstrap": statistics.bootstrap(values[:, 0], np.mean, labels=ds["label"].values),
        "ε²": statistics.separation_interval(ds, gate),
        "saturation": statistics.saturation_intervals(ds, gate),
        "probe": statistics.linear_probe(ds, gate),
        "CKA": statistics.cka(ds, gate, ds, "layer1.0.se"),
        "dimension": statistics.effective_dimension(ds, gate),
        "plane": statistics.embed_images(ds, gate).points.tobytes(),
        "figure": figures.excitation_by_class(ds, gate, [0, 1, 2], channels=8).to_json(),
    }
    return {name: digest(own) for name, own in drawn.items()}


def main(images: Path, checkpoint: Path, folder: Path) -> None:
    """Make all, and keep some arrays for who wants to see how far they differ."""
    found = from_files(images, checkpoint, folder)
    found |= from_a_store(folder / "s.zarr")
    ds = open_store(folder / "s.zarr")
    np.savez(folder / "arrays.npz", **{name: ds[name].values for name in ARRAYS})
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
