"""Background jobs: collections and experiments as processes of their own, one or two at a time.

A job goes on when its page, its browser or the server is closed, and a server that starts later
finds it again: all that is known of it lies in files (`dashboard.jobs.files`). Cancelling sends
SIGTERM, after which the same command goes on where it stopped. Jobs run at low priority, with some
of the threads, so that pages stay quick beside them.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import threading
import time
from contextlib import AbstractContextManager
from pathlib import Path

import psutil
import streamlit as st

from analysis.folders import require_inside
from dashboard.jobs.files import Job, JobFolder, Task
from dashboard.jobs.words import require_own_words
from dashboard.shell.settings import Settings
from senet_core.errors import InputError, told, writing

PROGRAM = (sys.executable, "-m", "analysis")
FOLDER = ".jobs"
"""Under the runs' folder; stores are not looked for in hidden folders."""
MOST_WAITING = 10
MOST_KEPT = 20
"""Jobs that have ended; older ones are forgotten."""
NICENESS = 10
PATIENCE = 20.0
"""Seconds that a cancelled process has to end by itself: it may be in the middle of a batch."""


def cores() -> int:
    """The processors that this process may use."""
    own = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return own or 1


def jobs(settings: Settings) -> "Jobs":
    """The jobs of the runs' folder, one object for all sessions.

    Raises:
        InputError: where the dashboard is read-only, or the jobs' folder leads out of the runs'.
    """
    if settings.read_only:
        raise InputError("this dashboard is read-only and starts no job; use a command line")
    require_inside(settings.runs / FOLDER, settings.runs)
    return _jobs(str(settings.runs.resolve()))


@st.cache_resource(show_spinner=False)
def _jobs(runs: str) -> "Jobs":
    return Jobs(Path(runs) / FOLDER, runs=Path(runs))


class Jobs:
    """The jobs whose files lie in ``folder``; at most ``most`` of them run at a time.

    Where ``runs`` is given, only jobs that our forms make, and that stay in that folder, are done.
    """

    def __init__(self, folder: Path, *, most: int | None = None, runs: Path | None = None) -> None:
        self._folder, self._runs = folder, runs
        self._most = most or (1 if cores() < 4 else 2)
        self._lock = threading.RLock()
        self._watched: set[str] = set()
        self._go_on()

    def all(self) -> list[Job]:
        """Every job, the newest first."""
        return [job for folder in reversed(self._folders()) if (job := folder.look()) is not None]

    def add(self, task: Task) -> str:
        """Have a task done, as soon as its turn comes; its job's key.

        Raises:
            InputError: where a job is at work on the same result, too many wait, the disk is full,
                or the task is none that a form makes.
        """
        self._require_own(task)
        with self._lock:
            active = [job for job in self.all() if job.active]
            if any(job.task.out == task.out for job in active):
                raise InputError(
                    f"{task.name} is being made already; wait until it is done, or cancel it"
                )
            if sum(job.state == "waiting" for job in active) >= MOST_WAITING:
                raise InputError(
                    f"{MOST_WAITING} jobs wait already; wait until one is done, or cancel one"
                )
            folder = JobFolder(self._folder / f"{time.time_ns()}")
            with _written(self._folder):
                try:
                    folder.create(task)
                    self._forget_the_oldest()
                    self._go_on()
                except OSError:
                    shutil.rmtree(folder.path, ignore_errors=True)
                    raise
            return folder.key

    def cancel(self, key: str) -> None:
        """Stop a job; what it made so far stays, and `resume` goes on with it."""
        folder = self._at(key)
        with self._lock:
            with _written(self._folder):
                folder.ask_to_stop()
            process = folder.process()
        if process is not None:
            threading.Thread(target=_stop, args=(process,), daemon=True).start()

    def resume(self, key: str) -> None:
        """Give the same command again, after all that wait.

        Raises:
            InputError: as `add` does; the job then stays as it is.
        """
        with self._lock:
            job = self._at(key).look()
            if job is not None and not job.active and job.state != "done":
                self.add(job.task)
                self.forget(key)

    def forget(self, key: str) -> None:
        """Take a job that has ended off the list; its result stays."""
        folder = self._at(key)
        job = folder.look()
        if job is None or not job.active:
            shutil.rmtree(folder.path, ignore_errors=True)

    def _at(self, key: str) -> JobFolder:
        assert key.isdecimal()
        return JobFolder(self._folder / key)

    def _folders(self) -> list[JobFolder]:
        """In the order in which they were added."""
        names = [path.name for path in self._folder.iterdir()] if self._folder.is_dir() else []
        return [self._at(name) for name in sorted(filter(str.isdecimal, names), key=int)]

    def _forget_the_oldest(self) -> None:
        ended = [job.key for job in self.all() if not job.active]
        for key in ended[MOST_KEPT:]:
            self.forget(key)

    def _go_on(self) -> None:
        """Watch what runs, and start what waits while there is room."""
        with self._lock:
            found = [(folder, job) for folder in self._folders() if (job := folder.look())]
            running = 0
            for folder, job in found:
                if job.state in ("running", "stopping"):
                    running += 1
                    self._watch(folder)
            for folder, job in found:
                if running < self._most and job.state == "waiting":
                    running += self._start(folder, job.task)

    def _start(self, folder: JobFolder, task: Task) -> bool:
        """Whether it runs; else another server has it, or it waits on since the disk is full."""
        try:
            self._require_own(task)
        except InputError as fault:  # its file was altered
            folder.refuse(str(fault))
            return False
        try:
            if not folder.claim():
                return False
            process = _run(task, folder)
        except OSError:
            folder.disclaim()
            return False
        folder.started(process.pid)
        with contextlib.suppress(psutil.Error):
            # On from the server's own: to raise a priority is not everybody's right.
            nice = min(os.nice(0) + NICENESS, 19) if os.name != "nt" else 0
            low = nice or psutil.BELOW_NORMAL_PRIORITY_CLASS
            psutil.Process(process.pid).nice(low)
        self._watch(folder, process)
        return True

    def _require_own(self, task: Task) -> None:
        if self._runs is not None:
            require_own_words(task, self._runs)

    def _watch(self, folder: JobFolder, process: "subprocess.Popen[bytes] | None" = None) -> None:
        """Wait for the process in a thread, and then go on; it may be of an earlier server."""
        if folder.key in self._watched:
            return
        self._watched.add(folder.key)

        def wait() -> None:
            if process is not None:
                process.wait()
            elif (found := folder.process()) is not None:
                with contextlib.suppress(psutil.Error):
                    found.wait()
            else:
                time.sleep(1)  # another server is about to start it
            with self._lock:
                self._watched.discard(folder.key)
                self._go_on()

        threading.Thread(target=wait, daemon=True).start()


def _run(task: Task, folder: JobFolder) -> "subprocess.Popen[bytes]":
    with folder.output.open("wb") as output:
        return subprocess.Popen(
            (*PROGRAM, *task.words, "--progress", str(folder.progress.resolve())),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=os.environ | _threads(),
            start_new_session=True,  # Ctrl-C in the server's terminal is not for it
        )


def _written(folder: Path) -> AbstractContextManager[None]:
    instead, again = told("let the dashboard write there"), told("try again")
    return writing(folder, otherwise=instead, again=again)


def _threads() -> dict[str, str]:
    """Half of the processors for a job, whatever library counts."""
    half = str(max(1, cores() // 2))
    names = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    return {**dict.fromkeys(names, half), "OMP_WAIT_POLICY": "passive"}


def _stop(process: psutil.Process) -> None:
    """End a process and those that read images for it, by force in the end."""
    with contextlib.suppress(psutil.Error):
        family = [process, *process.children(recursive=True)]
        process.terminate()
        _, alive = psutil.wait_procs([process], PATIENCE)
        for one in alive:
            one.kill()
        for one in family[1:]:
            with contextlib.suppress(psutil.Error):
                one.kill()
