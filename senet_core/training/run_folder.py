"""A training run's folder: its settings, a row of metrics an epoch, and its checkpoints."""

import csv
import json
import os
from pathlib import Path
from typing import Any

import torch
from filelock import FileLock, Timeout
from torch.utils.tensorboard import SummaryWriter

from senet_core.checkpoint import replacing
from senet_core.convert.pickles import opened
from senet_core.errors import InputError
from senet_core.json_text import read_json
from senet_core.training.config import FREE
from senet_core.training.progress import say


class RunFolder:
    """``config.json``, ``metrics.csv``, ``last.ckpt``, ``*.safetensors``, TensorBoard events.

    The state before the last one stays as ``previous.ckpt``, for disks that fail.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.best = path / "best.safetensors"
        self.last = path / "last.safetensors"
        self._states = (path / "last.ckpt", path / "previous.ckpt")
        self._config = path / "config.json"
        self._metrics = path / "metrics.csv"
        self._board: SummaryWriter | None = None
        self._lock = FileLock(path / "lock")  # the system lets it go where a process dies

    def begin(self, config_json: str, *, resume: bool) -> dict[str, Any] | None:
        """Claim the folder; the state to go on from, or None for a fresh start.

        Raises:
            InputError: where the folder holds a run and ``resume`` is False, holds a run with
                other settings or that another process trains, or its state is damaged.
        """
        if self._holds_run() and not resume:
            raise InputError(
                f"{self.path} already holds a run; add --resume to go on with it, "
                "or give another --out"
            )
        self._claim()
        if self._holds_run():
            self._agree(json.loads(config_json))
        state = self._read_state()
        self._tidy()
        with replacing(self._config) as temporary:
            temporary.write_text(config_json + "\n", encoding="utf-8")
        self._trim(state["epoch"] if state else 0)
        self._board = SummaryWriter(self.path, purge_step=state["epoch"] + 1 if state else None)
        return state

    def _holds_run(self) -> bool:
        return any(path.exists() for path in (self._config, *self._states))

    def _claim(self) -> None:
        """Keep other processes out for as long as this one trains."""
        self.path.mkdir(parents=True, exist_ok=True)
        try:
            self._lock.acquire(blocking=False)
        except Timeout as error:
            raise InputError(
                f"another process trains in {self.path}; wait until it ends, or give another --out"
            ) from error

    def _agree(self, config: dict[str, Any]) -> None:
        try:
            earlier = dict(read_json(self._config.read_text(encoding="utf-8")))
        except (OSError, TypeError, ValueError) as error:
            raise InputError(
                f"{self._config} is not what train.py wrote, so the run cannot go on; "
                "give another --out"
            ) from error
        for key in sorted(set(config) - FREE):
            if (own := earlier.get(key)) != config[key]:
                option = f" (--{key.replace('_', '-')} {own})" if isinstance(own, str) else ""
                raise InputError(
                    f"the run in {self.path} has {key} {own!r}, not {config[key]!r}; "
                    f"resume it with its own settings{option}, or give another --out"
                )

    def _read_state(self) -> dict[str, Any] | None:
        """The newest state that is whole; None where none was saved yet."""
        present = [path for path in self._states if path.exists()]
        for path in present:
            try:
                plain = opened(path)
                state: dict[str, Any] = torch.load(plain, map_location="cpu", weights_only=True)
                range(state["epoch"])  # is there, and a whole number
            except Exception:  # torch's reader of damaged files raises almost anything
                say(f"{path} is damaged; the run goes on from the state before it")
            else:
                return state
        if present:
            raise InputError(
                f"{present[0]} is damaged, so the run cannot go on; give another --out"
            )
        return None

    def _tidy(self) -> None:
        """Remove what killed runs left half-written: a state is large, and a disk is not."""
        for path in (self.best, self.last, *self._states, self._config, self._metrics):
            for litter in self.path.glob(f".{path.name}.*"):
                litter.unlink(missing_ok=True)

    def _trim(self, epochs: int) -> None:
        """Drop the rows of epochs whose state was not kept."""
        if not self._metrics.exists():
            return
        lines = self._metrics.read_bytes().splitlines(keepends=True)
        with replacing(self._metrics) as temporary:
            temporary.write_bytes(b"".join(lines[: epochs + 1] if epochs else []))

    def record(self, row: dict[str, float]) -> None:
        """Append one epoch's metrics to the table and to TensorBoard's events."""
        new = not self._metrics.exists() or self._metrics.stat().st_size == 0
        with self._metrics.open("a", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, fieldnames=list(row))
            if new:
                writer.writeheader()
            writer.writerow({k: f"{v:.6g}" for k, v in row.items()})
            file.flush()
            os.fsync(file.fileno())
        if self._board is not None:
            for name, value in row.items():
                if name != "epoch":
                    self._board.add_scalar(name, value, int(row["epoch"]))
            self._board.flush()

    def keep(self, state: dict[str, Any]) -> None:
        """Replace the state for exact resume; ``state`` holds tensors and plain values alone."""
        last, previous = self._states
        with replacing(last) as temporary:
            torch.save(state, temporary)
            if last.exists():
                last.replace(previous)

    def close(self) -> None:
        """Close what is open, and let other processes in."""
        self._lock.release()
        if self._board is not None:
            self._board.close()
