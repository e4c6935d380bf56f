"""`python3 -m dashboard.demo`: environment, stores of the shipped pair, then the dashboard."""

import argparse
import hashlib
import json
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dashboard.demo import environment, server
from dashboard.demo.processes import ROOT, Fault, call, heed_termination, say

SHIPPED = ROOT / "dashboard" / "demo"
RUNS = ROOT / "runs"
DATASETS = ("fashion_mnist", "imagenette")


@dataclass(frozen=True)
class Options:
    """What a user may choose."""

    port: str = "8501"
    dataset: str = DATASETS[0]


def main(words: Sequence[str]) -> int:
    """Check what can be checked at once, prepare what is missing, serve; the exit code."""
    options = _parse(words)
    port = server.free_port(options.port)
    checkpoints = shipped(options.dataset)
    python = environment.ensure()
    if all(store_of(checkpoint).is_dir() for checkpoint in checkpoints):
        fetch(python, options.dataset)
    else:
        for checkpoint in checkpoints:
            collect(python, checkpoint, options.dataset)
    return server.serve(python, RUNS, port)


def _parse(words: Sequence[str]) -> Options:
    parser = argparse.ArgumentParser(prog="python3 -m dashboard.demo", description=__doc__)
    parser.add_argument("--port", default=Options.port, help="where to serve (%(default)s)")
    parser.add_argument("--dataset", default=Options.dataset, help=", ".join(DATASETS))
    return Options(**vars(parser.parse_args(words)))


def shipped(dataset: str, folder: Path = SHIPPED) -> list[Path]:
    """The checkpoints trained on ``dataset`` that come with the project, the SE network first."""
    if dataset not in DATASETS:
        raise Fault(f"there is no demo on {dataset!r}; choose from {', '.join(DATASETS)}")
    files = sorted(folder.glob(f"*.{dataset}.safetensors"), reverse=True)
    if not files:
        others = sorted({file.name.split(".")[-2] for file in folder.glob("*.*.safetensors")})
        raise Fault(
            f"no network trained on {dataset} comes with this version; choose another data set: "
            + " or ".join(f"make demo DATASET={name}" for name in others or DATASETS[:1])
        )
    return files


def store_of(checkpoint: Path) -> Path:
    """The store that comes with a checkpoint, where the project ships one."""
    return checkpoint.with_suffix(".zarr")


def fetch(python: Path, dataset: str) -> None:
    """Get the images of a data set whose stores are shipped; the pages do without them too."""
    say(f"Looking for the images of {dataset}")
    if call((python, "-m", "senet_core", "fetch", dataset)):
        say("The dashboard starts without them: pages that show images say what they need")


def collect(python: Path, checkpoint: Path, dataset: str) -> None:
    """Collect the gates of ``checkpoint`` on the test images, unless that was done before."""
    store = RUNS / "demo" / f"{checkpoint.stem}.zarr"
    state = _attributes(store)
    if state and state.get("checkpoint") != _sha256(checkpoint):  # of an earlier version
        shutil.rmtree(store)
    elif state.get("complete") == 1:
        return
    say(f"Collecting {checkpoint.stem}")
    words = ("--checkpoint", checkpoint, "--dataset", dataset, "--out", store)
    if code := call((python, "-m", "analysis", "collect", *words)):
        sys.exit(code)  # the command has said why


def _attributes(store: Path) -> dict[str, object]:
    """What the store says of itself; read from its file, since opening it costs seconds."""
    try:
        text = (store / "zarr.json").read_text(encoding="utf-8")
        return dict(json.loads(text)["attributes"])
    except (OSError, ValueError, KeyError):
        return {}


def _sha256(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


if __name__ == "__main__":
    heed_termination()
    try:
        sys.exit(main(sys.argv[1:]))
    except Fault as fault:
        say(str(fault))
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
