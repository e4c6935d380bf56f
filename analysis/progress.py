"""How far a long command is: a bar on standard error, and a file for who watches from elsewhere."""

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import asdict, dataclass, field
from math import inf
from pathlib import Path
from typing import Any, Literal

from tqdm import tqdm

from senet_core.errors import InputError
from senet_core.json_text import read_json

State = Literal["running", "done", "failed", "stopped"]
_EVERY = 0.5  # seconds between two writings of the file


@dataclass(frozen=True, slots=True)
class Progress:
    """What the file says.

    Attributes:
        state: ``stopped`` means by Ctrl-C or SIGTERM: the same command goes on.
        doing: what the bar is called; empty before there is one.
        unit: what is counted.
        done, total: how many; both 0 before it is known.
        rate: units a second since this bar began; 0 before it is known.
        error: the sentence of a command that failed.
    """

    state: State
    doing: str = ""
    unit: str = ""
    done: int = 0
    total: int = 0
    rate: float = 0.0
    error: str = ""

    @property
    def left(self) -> float | None:
        """Seconds until the bar is full, at this rate; None before it is known."""
        return (self.total - self.done) / self.rate if self.rate > 0 else None


def read_progress(file: Path) -> Progress | None:
    """What a command wrote to ``file``; None where it wrote nothing yet."""
    try:
        said = Progress(**read_json(file.read_text("utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    texts = (said.state, said.doing, said.unit, said.error)
    counts = (said.done, said.total)
    sound = (
        all(isinstance(text, str) for text in texts)
        and all(type(count) is int and count >= 0 for count in counts)
        and isinstance(said.rate, int | float)
        and 0 <= said.rate < inf
    )
    return said if sound else None


@dataclass
class _Report:
    """The file of a running command, and what it says now."""

    file: Path
    last: Progress = Progress("running")
    written: float = field(default=-_EVERY)

    def tell(self, now: Progress, *, at_once: bool = False) -> None:
        """Replace the file, unless that was done a moment ago; its reader never sees a half."""
        self.last = now
        if not at_once and time.monotonic() - self.written < _EVERY:
            return
        self.written = time.monotonic()
        temporary = self.file.with_name(f".{self.file.name}.{os.getpid()}")
        try:
            temporary.write_text(json.dumps(asdict(now)), "utf-8")
            temporary.replace(self.file)
        finally:
            temporary.unlink(missing_ok=True)

    def end(self, now: Progress) -> None:
        """The last word; on a full disk it takes the place of the one before."""
        try:
            self.tell(now, at_once=True)
        except OSError:
            self.file.write_text(json.dumps(asdict(now)), "utf-8")


_REPORT: ContextVar[_Report | None] = ContextVar("report", default=None)


@contextmanager
def reported(file: Path | None) -> Iterator[None]:
    """Inside the ``with`` the bars of `progress_bar` are told to ``file``, and its end at last.

    Nothing happens where ``file`` is None.

    Raises:
        InputError: where the file cannot be written.
    """
    if file is None:
        yield
        return
    report = _Report(file)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        report.tell(report.last, at_once=True)
    except OSError as error:
        raise InputError(
            f"the progress file {file} cannot be written ({error.strerror or error}); "
            "give another --progress"
        ) from error
    token = _REPORT.set(report)
    state: State = "done"
    said = ""
    try:
        yield
    except KeyboardInterrupt:
        state = "stopped"
        raise
    except Exception as error:
        state = "failed"
        said = str(error) if isinstance(error, InputError) else f"{type(error).__name__}: {error}"
        raise
    finally:
        _REPORT.reset(token)
        last = asdict(report.last) | {"state": state, "error": said}
        with suppress(OSError):  # what the command itself has to say comes first
            report.end(Progress(**last))


def progress_bar(
    doing: str, unit: str, total: int, done: int = 0, *, hidden: bool = False
) -> "tqdm[Any]":
    """A bar on standard error, with the rate and the time that is left; see `reported`.

    Args:
        doing: what it is called.
        unit: what is counted.
        total: how many there are.
        done: how many of them were done earlier.
        hidden: it shows nothing and tells nothing, as in all but one of several processes.
    """
    return _Bar(
        total=total,
        initial=done,
        desc=doing,
        unit=unit,
        dynamic_ncols=True,
        mininterval=0.2 if sys.stderr.isatty() else 30,
        disable=hidden,
    )


class _Bar(tqdm):  # type: ignore[type-arg]
    """tqdm's, which also tells the report what it counts."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._report = None if self.disable else _REPORT.get()
        self._began = time.monotonic()
        self._tell(at_once=True)

    def update(self, n: float | None = 1) -> bool | None:
        shown = super().update(n)
        self._tell()
        return shown

    def _tell(self, *, at_once: bool = False) -> None:
        if self._report is None:
            return
        own, seconds = self.n - self.initial, time.monotonic() - self._began
        rate = own / seconds if own and seconds else 0.0
        counted = int(self.n), int(self.total or 0)
        now = Progress("running", self.desc.removesuffix(": "), self.unit, *counted, rate)
        with suppress(OSError):  # a full disk is for the command itself to say
            self._report.tell(now, at_once=at_once)
