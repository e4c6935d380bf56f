"""A collection that was started from the dashboard outlives its server and goes on after a kill."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import psutil
import pytest
import torch

from analysis.__main__ import main
from dashboard.jobs.files import JobFolder, Task
from dashboard.jobs.runner import Jobs, cores
from tests.analysis.small import files_of
from tests.senet_core.conftest import paint

ROOT = Path(__file__).resolve().parents[2]
LIMIT = 240  # seconds until a job hangs

# A server without its pages: it finds the jobs of a folder, or adds the first one.
SERVER = """
import sys, time
from pathlib import Path
from dashboard.jobs.files import Task
from dashboard.jobs.runner import Jobs
folder, out, *words = sys.argv[1:]
print("begins", flush=True)
jobs = Jobs(Path(folder), most=1)
if not jobs.all():
    jobs.add(Task("collect", "noise", tuple(words), out))
for job in jobs.all():
    if job.state in ("lost", "failed"):
        jobs.resume(job.key)
time.sleep(600)
"""


def attempts(most, few):
    """Numbers of a test's attempts: a few in CI, and the rest in the slow set."""
    return [
        *range(few),
        *(pytest.param(number, marks=pytest.mark.slow) for number in range(few, most)),
    ]


@pytest.fixture(scope="module")
def collection(tmp_path_factory):
    """The command's words, and the store of an undisturbed collection."""
    folder = tmp_path_factory.mktemp("whole")
    images = paint(folder / "colours", per_class=180)  # three chunks
    words = ("collect", "--model", "se_cifar_resnet20", "--images", str(images))
    words += ("--image-size", "40", "--batch-size", "16")
    before = torch.get_num_threads()
    torch.set_num_threads(max(1, cores() // 2))  # as a job has them
    main([*words, "--out", str(folder / "s.zarr")])
    torch.set_num_threads(before)
    return words, files_of(folder / "s.zarr")


@pytest.fixture
def folder(tmp_path):
    """Where the jobs lie; whatever still runs in the end is killed."""
    yield tmp_path / ".jobs"
    for path in (tmp_path / ".jobs").iterdir():
        if (process := JobFolder(path).process()) is not None:
            os.killpg(process.pid, signal.SIGKILL)


def the_end(jobs):
    """The one job, when nothing will happen to it by itself."""
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        (job,) = jobs.all()
        if not job.active:
            return job
        time.sleep(0.02)
    pytest.fail(f"{job} does not end")


@pytest.mark.parametrize("attempt", attempts(20, 1))
def test_a_job_that_is_killed_with_all_its_processes_goes_on(collection, folder, tmp_path, attempt):
    words, expected = collection
    store = tmp_path / "s.zarr"
    moment = np.random.default_rng(attempt).uniform(0, 8)  # its imports are a part of it
    print(f"killed after {moment:.3f} s")
    jobs = Jobs(folder)
    key = jobs.add(Task("collect", "noise", (*words, "--out", str(store)), str(store)))
    process = jobs._at(key).process()
    time.sleep(moment)
    if process is not None and process.is_running():
        os.killpg(process.pid, signal.SIGKILL)
    job = the_end(jobs)
    assert job.state in ("lost", "done"), job
    jobs.resume(job.key)
    assert the_end(jobs).state == "done"
    assert files_of(store) == expected


@pytest.mark.parametrize("attempt", attempts(20, 1))
def test_a_job_outlives_the_server_that_is_killed(collection, folder, tmp_path, attempt):
    words, expected = collection
    store = tmp_path / "s.zarr"
    moment = np.random.default_rng(attempt).exponential(0.5)  # around the start of the job
    print(f"killed after {moment:.3f} s")
    command = [sys.executable, "-c", SERVER, str(folder), str(store), *words, "--out", str(store)]
    server = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, start_new_session=True)
    assert server.stdout.readline() == b"begins\n"
    time.sleep(moment)
    os.killpg(server.pid, signal.SIGKILL)
    server.communicate()
    jobs = Jobs(folder)
    if not jobs.all():  # it was killed before it had written the task down
        jobs.add(Task("collect", "noise", (*words, "--out", str(store)), str(store)))
    assert len(at_work(store)) <= 1
    if (job := the_end(jobs)).state != "done":  # nobody had started it yet
        assert job.state == "lost"
        assert at_work(store) == []
        jobs.resume(job.key)
    assert the_end(jobs).state == "done"
    assert files_of(store) == expected


def at_work(store):
    """The processes that were told to write a store, without those that read images for them."""
    found = []
    for process in psutil.process_iter(["cmdline", "ppid"]):
        words = process.info["cmdline"] or []
        if "analysis" in words and str(store) in words:
            found.append(process)
    pids = {process.pid for process in found}
    return [process for process in found if process.info["ppid"] not in pids]


def test_a_job_whose_server_died_before_it_noted_the_process_is_found(folder, tmp_path):
    """Between the start of a process and the note of it there is a moment, too."""
    sleeping = JobFolder(folder / "1")
    sleeping.create(Task("collect", "a", (), "a"))
    assert sleeping.claim()
    code = "import time; time.sleep(60)"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "--progress", str(sleeping.progress.resolve())],
        start_new_session=True,
    )
    begun = psutil.Process(process.pid)
    while not begun.cmdline():  # a process has no words while it begins
        time.sleep(0.001)
    os.utime(folder / "1" / "process.json", (0, 0))  # long ago
    jobs = Jobs(folder)
    (job,) = jobs.all()
    assert job.state == "running"
    assert jobs._at("1").process().pid == process.pid
    process.kill()
    process.wait()
    (job,) = jobs.all()
    assert job.state == "lost"


def test_a_job_is_not_lost_that_cannot_go_on_now(folder, monkeypatch):
    """`resume` adds the new job before it takes the old one off the list."""
    monkeypatch.setattr("dashboard.jobs.runner.MOST_WAITING", 0)
    old = JobFolder(folder / "1")
    old.create(Task("collect", "a", (), "a"))
    (folder / "1" / "cancel").touch()
    jobs = Jobs(folder)
    with pytest.raises(ValueError, match="0 jobs wait already"):
        jobs.resume("1")
    assert [job.key for job in jobs.all()] == ["1"]
