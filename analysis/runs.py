"""Training runs on disk: found under a folder, read as they are, also while they still grow.

A run's folder has ``config.json`` (its settings) and ``metrics.csv`` (a row an epoch).
"""

import csv
import io
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis import evolution
from analysis.folders import walk
from senet_core.checkpoint import read_metadata
from senet_core.errors import InputError
from senet_core.json_text import read_json

CONFIG, METRICS, BEST = "config.json", "metrics.csv", "best.safetensors"

_MOST_BYTES = 2**26  # of `METRICS`
_MOST_EPOCHS = 10**6  # in the file of a run that is honest
_EXACT = 2**53  # the largest whole number that float64 has with all below it
_QUIET = 600.0
"""Seconds without a new epoch after which a run counts as stopped, or three epochs if longer."""


@dataclass(frozen=True)
class Run:
    """A training run as it stands.

    Attributes:
        path: its folder.
        config: its settings, as `train.py` wrote them.
        metrics: a row an epoch, ascending; ``epoch`` and whatever else was measured, in float64.
        epochs: how many are planned; 0 where the settings do not say.
        changed: when the last epoch was written, in seconds since 1970.
    """

    path: Path
    config: Mapping[str, Any]
    metrics: pd.DataFrame
    epochs: int
    changed: float

    @property
    def done(self) -> int:
        """The last epoch that is over; 0 where none is."""
        return int(self.metrics["epoch"].max()) if len(self.metrics) else 0

    def is_growing(self, now: float) -> bool:
        """Whether another epoch is to be expected at the time ``now``."""
        quiet = _QUIET
        if "seconds" in self.metrics and len(self.metrics):
            quiet = max(quiet, 3 * float(self.metrics["seconds"].tail(3).max()))
        return self.done < self.epochs and now - self.changed < quiet

    @property
    def has_evolution(self) -> bool:
        """Whether the mean gates after its epochs were recorded."""
        return (self.path / evolution.NAME / "zarr.json").is_file()


def find_runs(directory: str | os.PathLike[str]) -> list[Path]:
    """Every run under a folder, sorted; also those that `read_run` refuses.

    Links are followed where they stay inside. What lies in a run or a store is its own.
    """
    folders = walk(Path(directory), lambda path: (path / "zarr.json").exists() or is_run(path))
    return sorted(filter(is_run, folders))


def is_run(path: Path) -> bool:
    """Whether a folder holds a training run."""
    return (path / CONFIG).is_file() and (path / METRICS).is_file()


def read_run(path: str | os.PathLike[str]) -> Run:
    """Read a run's settings and metrics; a row that is being written is left for the next time.

    Raises:
        InputError: where the folder holds no run, or its files cannot be understood.
    """
    folder = Path(path)
    config = _settings(folder / CONFIG)
    table = folder / METRICS
    try:
        state = table.stat()
        text = table.read_text("utf-8", errors="replace") if state.st_size <= _MOST_BYTES else ""
    except OSError as error:
        raise InputError(
            f"{folder} has no readable {METRICS} ({error.strerror}); train.py writes it"
        ) from error
    if state.st_size > _MOST_BYTES:
        raise InputError(f"{table} is too long to be a row an epoch; train.py writes that")
    epochs = config.get("epochs")
    planned = epochs if type(epochs) is int and 0 <= epochs <= _MOST_EPOCHS else 0
    return Run(folder, config, _rows(table, text), planned, state.st_mtime)


def run_version(path: Path) -> int:
    """Changes with every epoch of a run and with its settings."""
    return max((path / name).stat().st_mtime_ns for name in (CONFIG, METRICS))


def best_metrics(run: Run) -> dict[str, float]:
    """What the run's best checkpoint says of itself, the test's numbers among them; {} without."""
    try:
        found = read_metadata(run.path / BEST).get("metrics") or {}
    except InputError:
        return {}
    if not isinstance(found, dict):
        return {}
    numbers = {k: n for k, n in found.items() if isinstance(n, int | float)}
    return {str(key): float(n) for key, n in numbers.items() if abs(n) <= _EXACT}


def _settings(file: Path) -> dict[str, Any]:
    try:
        config = read_json(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(
            f"{file} cannot be read ({_reason(error)}); it is what train.py wrote of the settings"
        ) from error
    if not isinstance(config, dict):
        raise InputError(f"{file} holds no settings; it is what train.py wrote of them")
    return config


def _rows(file: Path, text: str) -> pd.DataFrame:
    """The rows that are whole; of an epoch that was trained twice, the later one."""
    text = text[: text.rfind("\n") + 1]  # what has no end of line yet may lack digits too
    try:
        lines = list(csv.reader(io.StringIO(text.replace("\0", ""))))
    except csv.Error as error:
        raise InputError(f"{file} is no table ({error}); train.py writes one") from error
    if not lines:
        return pd.DataFrame({"epoch": np.empty(0)})
    header, *rows = lines
    if "epoch" not in header:
        raise InputError(f"{file} has no column 'epoch'; train.py writes a row an epoch")
    whole = [row for row in rows if len(row) == len(header)]
    table: pd.DataFrame = pd.DataFrame(whole, columns=header)
    table = table.apply(pd.to_numeric, errors="coerce")
    table = table.loc[:, ~table.columns.duplicated()].astype(np.float64)
    table = table[table["epoch"].between(0, _MOST_EPOCHS)]
    return table.drop_duplicates("epoch", keep="last").sort_values("epoch", ignore_index=True)


def _reason(error: Exception) -> str:
    said = error.strerror if isinstance(error, OSError) else str(error)
    return (said or type(error).__name__).splitlines()[0]
