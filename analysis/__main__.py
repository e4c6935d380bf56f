"""The command line: ``python -m analysis collect | summary | compare``; ``--help`` lists them."""

import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import tyro
from tqdm import tqdm

from analysis.collect import collect
from analysis.networks import Pixels, open_checkpoint, open_model, prepared
from analysis.store import open_store
from analysis.tables import comparison, summary
from senet_core.cli import parse, run
from senet_core.data import DATASETS, ImageSet, open_dataset, open_folder
from senet_core.data.catalogue import IMAGENET_MEAN, IMAGENET_STD
from senet_core.errors import InputError

_PROGRAM = "python -m analysis"


@dataclass(frozen=True, slots=True, kw_only=True)
class Collect:
    """Run a network over images once; gates and predictions go into a store.

    The same command again goes on where it was interrupted.
    """

    out: Path
    """the store, a folder"""
    checkpoint: Path | None = None
    """the network: a .safetensors file of train.py"""
    model: str | None = None
    """or its name: one of senet_core.list_models(), or torchvision:NAME"""
    weights: Path | None = None
    """with --model: a file of weights, or timm:NAME; without it they are random"""
    dataset: str | None = None
    """the images: the test images of a known data set"""
    images: Path | None = None
    """or a folder of images, with a folder a class"""
    image_size: int | None = None
    """side of the input in pixels; the network's own where it is not given"""
    batch_size: int = 64
    """images a forward pass"""
    device: str = "auto"
    """cpu, cuda, or auto: cuda where there is one"""
    limit: int | None = None
    """images of each class, the first of them"""
    seed: int = 0
    """of random weights"""
    data_dir: Path = Path("data")
    """where known data sets lie or are put"""


@dataclass(frozen=True, slots=True)
class Summary:
    """Say what a store holds: a row a gate."""

    store: tyro.conf.Positional[Path]
    """the store"""


@dataclass(frozen=True, slots=True)
class Compare:
    """Compare the predictions of the first store with those of each other, on the same images."""

    stores: tyro.conf.Positional[tuple[Path, ...]]
    """two stores or more"""


_Command = (
    Annotated[Collect, tyro.conf.subcommand("collect")]
    | Annotated[Summary, tyro.conf.subcommand("summary")]
    | Annotated[Compare, tyro.conf.subcommand("compare")]
)


def main(arguments: Sequence[str]) -> None:
    """Parse the command line and do what it asks."""
    form: Any = _Command
    command: Collect | Summary | Compare = parse(form, arguments, program=_PROGRAM)
    match command:
        case Collect():
            with _told():
                _collect(command)
        case Summary(store):
            sys.stdout.write(summary(open_store(store)) + "\n")
        case Compare(stores):
            if len(stores) < 2:
                raise InputError("compare needs at least two stores; give the paths of both")
            sys.stdout.write(comparison([open_store(store) for store in stores]) + "\n")


def _collect(command: Collect) -> None:
    if (command.checkpoint is None) == (command.model is None):
        raise InputError("give one network: --checkpoint FILE or --model NAME")
    if (command.dataset is None) == (command.images is None):
        raise InputError("give one set of images: --dataset NAME or --images DIR")
    if command.weights is not None and command.model is None:
        raise InputError("--weights goes with --model NAME; a checkpoint brings its own")
    if command.checkpoint is not None:
        model, source = open_checkpoint(command.checkpoint)
        images, pixels = _images(command)
    else:
        images, pixels = _images(command)
        assert command.model is not None
        model, source = open_model(command.model, command.weights, seed=command.seed, pixels=pixels)
    collect(
        model,
        images,
        command.out,
        source=prepared(model, source, pixels, command.image_size),
        batch_size=command.batch_size,
        device=command.device,
        limit=command.limit,
    )


def _images(command: Collect) -> tuple[ImageSet, Pixels]:
    if command.dataset is not None:
        images = open_dataset(command.dataset, data_dir=command.data_dir)
        known = DATASETS[command.dataset]
        return images, Pixels(known.in_chans, known.mean, known.std, images.classes)
    assert command.images is not None
    folder = open_folder(command.images)
    return folder, Pixels(3, IMAGENET_MEAN, IMAGENET_STD, folder.classes)


class _Lines(logging.Handler):
    """A line on standard error for each record, without tearing the progress bar."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one line."""
        tqdm.write(self.format(record), file=sys.stderr)


@contextmanager
def _told() -> Iterator[None]:
    """What the library logs is shown for the time of the ``with``."""
    log, lines = logging.getLogger("analysis"), _Lines()
    log.setLevel(logging.INFO)
    log.addHandler(lines)
    try:
        yield
    finally:
        log.removeHandler(lines)


if __name__ == "__main__":
    run(main)
