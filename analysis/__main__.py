"""The command line: ``python -m analysis COMMAND``; ``--help`` lists them."""

import logging
import sys
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from torch import nn
from tqdm import tqdm

from analysis.collect import collect
from analysis.commands import (
    Collect,
    Command,
    Compare,
    Export,
    Findings,
    Intervene,
    NetworkOnImages,
    Report,
    Summary,
)
from analysis.export import export
from analysis.findings import paper_findings
from analysis.findings_text import findings_text
from analysis.intervene.command import run_experiment
from analysis.networks import Pixels, open_checkpoint, open_model, prepared
from analysis.progress import reported
from analysis.report import report
from analysis.source import Source
from analysis.store import open_store
from analysis.tables import comparison, summary
from senet_core.cli import goes_on, parse, run
from senet_core.data import DATASETS, ImageSet, open_dataset, open_folder
from senet_core.data.catalogue import IMAGENET_MEAN, IMAGENET_STD
from senet_core.distributed import join_world, speaks
from senet_core.errors import InputError

_PROGRAM = "python -m analysis"


def main(arguments: Sequence[str]) -> None:
    """Parse the command line and do what it asks."""
    form: Any = Command
    command: Command = parse(form, arguments, program=_PROGRAM)
    if getattr(command, "seed", 0) < 0:
        raise InputError("--seed must be at least 0")
    match command:
        case Collect():
            with goes_on(), _told(), _reported(command):
                _collect(command)
        case Intervene():
            with _told(), _reported(command):
                _require_one_of_each(command)
                sys.stdout.write(run_experiment(command, *_open(command)) + "\n")
        case Summary(store):
            sys.stdout.write(summary(open_store(store)) + "\n")
        case Compare(stores):
            if len(stores) < 2:
                raise InputError("compare needs at least two stores; give the paths of both")
            sys.stdout.write(comparison([open_store(store) for store in stores]) + "\n")
        case Findings(store, images, seed):
            data = open_store(store)
            found = paper_findings(data, images=images, seed=seed)
            sys.stdout.write(findings_text(data, found) + "\n")
        case Export(store, out):
            export(open_store(store), out)
        case Report(stores, out):
            report([open_store(store) for store in stores], out)


def _collect(command: Collect) -> None:
    with join_world(command.device, backend="gloo") as (world, _), world.united():
        _require_one_of_each(command)
        model, images, source = world.in_turn(lambda: _open(command))
        collect(
            model,
            images,
            command.out,
            source=source,
            batch_size=command.batch_size,
            device=command.device,
            limit=command.limit,
        )


def _require_one_of_each(command: NetworkOnImages) -> None:
    if (command.checkpoint is None) == (command.model is None):
        raise InputError("give one network: --checkpoint FILE or --model NAME")
    if (command.dataset is None) == (command.images is None):
        raise InputError("give one set of images: --dataset NAME or --images DIR")
    if command.weights is not None and command.model is None:
        raise InputError("--weights goes with --model NAME; a checkpoint brings its own")


def _open(command: NetworkOnImages) -> tuple[nn.Module, ImageSet, Source]:
    if command.checkpoint is not None:
        model, source = open_checkpoint(command.checkpoint)
        images, pixels = _images(command)
    else:
        images, pixels = _images(command)
        assert command.model is not None
        model, source = open_model(command.model, command.weights, seed=command.seed, pixels=pixels)
    return model, images, prepared(model, source, pixels, command.image_size)


def _images(command: NetworkOnImages) -> tuple[ImageSet, Pixels]:
    if command.dataset is not None:
        images = open_dataset(command.dataset, data_dir=command.data_dir)
        known = DATASETS[command.dataset]
        return images, Pixels(known.in_chans, known.mean, known.std, images.classes)
    assert command.images is not None
    folder = open_folder(command.images)
    return folder, Pixels(3, IMAGENET_MEAN, IMAGENET_STD, folder.classes)


def _reported(command: NetworkOnImages) -> AbstractContextManager[None]:
    """Of torchrun's processes the first one writes the progress file."""
    return reported(command.progress if speaks() else None)


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
    if speaks():
        log.addHandler(lines)
    try:
        yield
    finally:
        log.removeHandler(lines)


if __name__ == "__main__":
    run(main)
