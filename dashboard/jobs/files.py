"""What a background job leaves on disk: a folder a job, which outlives the server.

| file | says |
|---|---|
| ``task.json`` | what is to be done; written once |
| ``process.json`` | the process that does it; its being there is the claim of who started it |
| ``progress.json`` | how far it is; the command's own ``--progress`` |
| ``output.log`` | what the command said |
| ``cancel`` | a user asked it to stop |
"""

import json
import os
import re
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import psutil

from analysis.progress import Progress, read_progress
from senet_core.json_text import read_json

State = Literal["waiting", "running", "stopping", "done", "failed", "cancelled", "lost"]
"""``lost``: the process is gone without a word, as after a power cut."""

_CLAIM = 15.0  # seconds from a claim to a process, at the most
_LONGEST = 2**20  # bytes of a file of JSON
_LAST = 4096  # bytes at the end of the output, where its last sentence is


@dataclass(frozen=True, slots=True)
class Task:
    """What is to be done.

    Attributes:
        kind: the command of ``python -m analysis``.
        name: what comes out of it, for people; plain text.
        words: the command's words.
        out: where the result will be: no two jobs work on one.
    """

    kind: Literal["collect", "intervene"]
    name: str
    words: tuple[str, ...]
    out: str


@dataclass(frozen=True, slots=True)
class Job:
    """A task and how it stands.

    Attributes:
        key: names it.
        task: what is to be done.
        state: how it stands.
        progress: how far it is; None before the command has said so.
        error: the last sentence of a job that failed.
    """

    key: str
    task: Task
    state: State
    progress: Progress | None = None
    error: str = ""

    @property
    def active(self) -> bool:
        """Whether something will still happen to it by itself."""
        return self.state in ("waiting", "running", "stopping")


class JobFolder:
    """The files of one job."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.key = path.name
        self.progress = path / "progress.json"
        self.output = path / "output.log"
        self._task = path / "task.json"
        self._process = path / "process.json"
        self._cancel = path / "cancel"

    def create(self, task: Task) -> None:
        """Write down a task; it then waits."""
        self.path.mkdir(parents=True)
        _write(self._task, asdict(task))

    def task(self) -> Task | None:
        """The task; None where there is none that can be read, or a link is among the files."""
        if self._has_links():
            return None
        said = _read(self._task)
        try:
            task = Task(**{**said, "words": tuple(said["words"])}) if said else None
        except (TypeError, KeyError):
            return None
        texts = (task.kind, task.name, task.out, *task.words) if task else ()
        return task if all(isinstance(text, str) for text in texts) else None

    def _has_links(self) -> bool:
        """What is written through a link would land elsewhere."""
        try:
            return self.path.is_symlink() or any(file.is_symlink() for file in self.path.iterdir())
        except OSError:
            return True

    def claim(self) -> bool:
        """Whether it is ours to start: of several servers over one folder, one gets it."""
        try:
            self._process.open("x").close()
        except FileExistsError:
            return False
        return True

    def started(self, pid: int) -> None:
        """Write down the process; its time tells it from a later one of the same number."""
        try:
            began = psutil.Process(pid).create_time()
        except psutil.Error:  # gone already: its output says why
            began = 0.0
        with suppress(OSError):  # on a full disk it is found by its words
            _write(self._process, {"pid": pid, "time": began})

    def refuse(self, why: str) -> None:
        """Have it failed, with the sentence ``why``, and never started."""
        if self.claim():
            _write(self.progress, asdict(Progress("failed", error=why)))
            _write(self._process, {"pid": -1, "time": 0.0})

    def disclaim(self) -> None:
        """Let it wait again, whose process could not be started."""
        self._process.unlink(missing_ok=True)

    def process(self) -> psutil.Process | None:
        """The process, where it still runs."""
        said = _read(self._process)
        if said is None and self._process.exists():
            return self._unrecorded()
        try:
            found = psutil.Process(int(str(said["pid"]))) if said else None
            same = found and abs(found.create_time() - float(str(said["time"]))) <= 1
            words = found.cmdline() if found else []  # none while it begins
            same = same and (not words or str(self.progress.resolve()) in words)  # and no stranger
            if found is None or not same:
                return None
            return None if found.status() == psutil.STATUS_ZOMBIE else found
        except (psutil.Error, KeyError, ValueError, OverflowError):
            return None

    def _unrecorded(self) -> psutil.Process | None:
        """The process that nobody could write down, such as a server that was killed just then."""
        own = str(self.progress.resolve())
        for process in psutil.process_iter(["cmdline"]):
            if own in (process.info["cmdline"] or ()):
                self.started(process.pid)
                return process
        return None

    def ask_to_stop(self) -> None:
        """Leave word that a user cancelled it."""
        self._cancel.touch()

    def look(self) -> Job | None:
        """How the job stands; None where this is no job."""
        task = self.task()
        if task is None:
            return None
        cancelled = self._cancel.exists()
        if not self._process.exists():
            return Job(self.key, task, "cancelled" if cancelled else "waiting")
        alive = self.process() is not None or self._being_started()
        progress = read_progress(self.progress)  # after that, or its end might be missed
        if alive:
            return Job(self.key, task, "stopping" if cancelled else "running", progress)
        if progress is not None and progress.state == "done":
            return Job(self.key, task, "done", progress)
        if cancelled:
            return Job(self.key, task, "cancelled", progress)
        return self._ended(task, progress)

    def _ended(self, task: Task, progress: Progress | None) -> Job:
        """A job whose process ended by itself and not well."""
        if progress is None:  # it never came so far as to count
            said = self._last_sentence()
            return Job(self.key, task, "failed" if said else "lost", None, said)
        if progress.state == "failed":
            return Job(self.key, task, "failed", progress, progress.error)
        return Job(self.key, task, "lost", progress)

    def _being_started(self) -> bool:
        """Whether it was claimed a moment ago and its process is not written down yet."""
        try:
            state = self._process.stat()
        except OSError:
            return False
        return state.st_size == 0 and time.time() - state.st_mtime < _CLAIM

    def _last_sentence(self) -> str:
        try:
            with self.output.open("rb") as file:
                file.seek(-min(_LAST, file.seek(0, os.SEEK_END)), os.SEEK_END)
                text = file.read().decode("utf-8", errors="replace")
        except OSError:
            return ""
        lines = [line.strip() for line in re.split(r"[\r\n]", text) if line.strip()]
        return lines[-1] if lines else ""


def _write(file: Path, content: dict[str, object]) -> None:
    temporary = file.with_name(f".{file.name}.{os.getpid()}")
    temporary.write_text(json.dumps(content), "utf-8")
    temporary.replace(file)


def _read(file: Path) -> dict[str, object] | None:
    try:
        if file.stat().st_size > _LONGEST:
            return None
        content = read_json(file.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None
