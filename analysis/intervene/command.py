"""What `python -m analysis intervene` does: an experiment into a CSV file, and a short summary."""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pandas as pd
from torch import nn

from analysis.commands import Intervene
from analysis.intervene.experiment import by_block, pruning
from analysis.intervene.images import Settings
from analysis.intervene.text import block_text, pruning_text
from analysis.source import Source
from analysis.spreadsheet import csv
from analysis.store import open_store, store_name
from senet_core.checkpoint import replacing
from senet_core.errors import InputError, writing


def run_experiment(command: Intervene, model: nn.Module, dataset: Any, source: Source) -> str:
    """Run what the command asks for, write its tables, and give the summary.

    Raises:
        InputError: for input at fault, and for files that cannot be written, before anything runs.
    """
    ds = open_store(command.store)
    settings = Settings(
        batch_size=command.batch_size,
        device=command.device,
        limit=command.limit,
        seed=command.seed,
    )
    with ExitStack() as files:
        write = _writer(files, command.out)
        write_classes = _writer(files, command.by_class) if command.by_class else None
        if command.experiment == "blocks":
            kinds = command.kinds
            found = by_block(model, dataset, ds, source=source, kinds=kinds, settings=settings)
            text = block_text(found.table())
        else:
            draws = command.draws
            found = pruning(model, dataset, ds, source=source, draws=draws, settings=settings)
            text = pruning_text(found.table())
        write(found.table())
        if write_classes:
            write_classes(found.by_class())
    return f"{store_name(ds)}\n{text}"


def _writer(files: ExitStack, out: Path) -> Callable[[pd.DataFrame], None]:
    """Writes a table to ``out``, which appears when ``files`` closes, if nothing failed."""
    if out.suffix.lower() != ".csv":
        raise InputError(f"{out} must end in .csv")
    with writing(out, otherwise="give another path"):
        temporary = files.enter_context(replacing(out))

    def write(table: pd.DataFrame) -> None:
        with writing(out, otherwise="give another path"):
            temporary.write_bytes(csv(table))

    return write
