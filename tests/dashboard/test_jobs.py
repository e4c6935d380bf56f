"""Background jobs: started, cancelled, resumed, found again, kept in turn."""

import json
import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from analysis import open_store
from analysis.layout import PARTS
from dashboard.jobs import runner
from dashboard.jobs.files import JobFolder, Task
from dashboard.jobs.runner import MOST_KEPT, MOST_WAITING, NICENESS, Jobs
from senet_core import InputError
from tests.analysis.small import files_of
from tests.senet_core.conftest import paint

PATIENCE = 120  # seconds; torch takes its time to be imported

# What stands for `python -m analysis`: its first word says how it goes.
STAND_IN = """
import json, pathlib, signal, sys, time
how, file = sys.argv[1], pathlib.Path(sys.argv[sys.argv.index("--progress") + 1])
def say(state, done, error=""):
    text = dict(state=state, doing="collecting", unit="image", done=done, total=10, rate=2.0)
    file.with_suffix(".new").write_text(json.dumps(text | {"error": error}))
    file.with_suffix(".new").replace(file)
if how == "crash":
    raise SystemExit("first line\\nModuleNotFoundError: no torch")
def stop(*_):
    say("stopped", 3)
    raise SystemExit(130)
signal.signal(signal.SIGTERM, signal.SIG_IGN if how == "stubborn" else stop)
say("running", 3)
if how == "fail":
    say("failed", 3, "the images are damaged; give others")
    raise SystemExit(2)
if how in ("sleep", "stubborn"):
    time.sleep(60)
say("done", 10)
"""


def task(how="quick", out="a"):
    return Task("collect", out, (how, "--out", out), out)


@pytest.fixture
def stand_in(monkeypatch):
    monkeypatch.setattr(runner, "PROGRAM", (sys.executable, "-c", STAND_IN))


@pytest.fixture
def begin(tmp_path, stand_in):
    """Makes `Jobs` over one folder; whatever still runs in the end is killed."""
    folder = tmp_path / ".jobs"
    yield lambda most=1: Jobs(folder, most=most)
    for path in folder.iterdir() if folder.is_dir() else ():
        if (process := JobFolder(path).process()) is not None:
            process.kill()


def look(jobs, key):
    return next(job for job in jobs.all() if job.key == key)


def wait_for(jobs, key, *states, begun=False):
    """The job when it is in one of ``states``, and has told its progress if ``begun``."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        job = look(jobs, key)
        if job.state in states and (job.progress or not begun):
            return job
        time.sleep(0.02)
    pytest.fail(f"{job} is not {states}")


def test_a_cancelled_collection_resumed_equals_an_undisturbed_one(tmp_path):
    images = paint(tmp_path / "colours", per_class=180)  # three chunks
    words = ("collect", "--model", "se_cifar_resnet20", "--images", str(images))
    words += ("--image-size", "48", "--batch-size", "16")
    whole, store = (tmp_path / f"{name}.zarr" for name in ("whole", "stopped"))
    jobs = Jobs(tmp_path / ".jobs", most=2)
    first = jobs.add(Task("collect", "whole", (*words, "--out", str(whole)), str(whole)))
    key = jobs.add(Task("collect", "stopped", (*words, "--out", str(store)), str(store)))
    while not list(store.glob(f"{PARTS}/*.npz")):  # a chunk is done
        assert look(jobs, key).active
        time.sleep(0.01)
    jobs.cancel(key)
    stopped = wait_for(jobs, key, "cancelled")
    assert stopped.progress.state == "stopped"
    assert 256 <= stopped.progress.done < 540
    with pytest.raises(InputError, match="half-written"):
        open_store(store)
    jobs.resume(key)
    (again,) = [job for job in jobs.all() if job.task.name == "stopped"]
    assert wait_for(jobs, again.key, "done").progress.unit == "gate"
    wait_for(jobs, first, "done")
    assert files_of(store) == files_of(whole)
    assert open_store(store).sizes["sample"] == 540


def test_one_runs_and_the_others_wait_for_it(begin):
    jobs = begin()
    first, second, third = (jobs.add(task("sleep", out)) for out in "abc")
    wait_for(jobs, first, "running", begun=True)
    assert [job.state for job in jobs.all()] == ["waiting", "waiting", "running"]
    jobs.cancel(second)
    assert look(jobs, second).state == "cancelled"
    jobs.cancel(first)
    assert wait_for(jobs, first, "cancelled").progress.state == "stopped"
    assert wait_for(jobs, third, "running", begun=True).progress.left == 3.5


def test_jobs_run_at_low_priority_with_half_of_the_threads(begin, monkeypatch):
    monkeypatch.setattr(runner, "cores", lambda: 8)
    jobs = begin()
    key = jobs.add(task("sleep"))
    wait_for(jobs, key, "running", begun=True)
    process = jobs._at(key).process()
    assert process.nice() == os.nice(0) + NICENESS
    assert process.environ()["OMP_NUM_THREADS"] == "4"


@pytest.mark.parametrize(
    ("how", "state", "error"),
    [
        ("quick", "done", ""),
        ("fail", "failed", "the images are damaged; give others"),
        ("crash", "failed", "ModuleNotFoundError: no torch"),
    ],
)
def test_the_end_of_a_job_and_its_last_sentence(begin, how, state, error):
    jobs = begin()
    job = wait_for(jobs, jobs.add(task(how)), "done", "failed")
    assert (job.state, job.error, job.active) == (state, error, False)


def test_a_killed_job_is_lost_and_goes_on_when_asked(begin):
    jobs = begin()
    key = jobs.add(task("sleep"))
    wait_for(jobs, key, "running", begun=True)
    os.kill(jobs._at(key).process().pid, signal.SIGKILL)
    assert wait_for(jobs, key, "lost").progress.done == 3
    jobs.resume(key)
    (again,) = jobs.all()
    assert wait_for(jobs, again.key, "running").task == task("sleep")


def test_who_does_not_heed_is_killed_in_the_end(begin, monkeypatch):
    monkeypatch.setattr(runner, "PATIENCE", 0.2)
    jobs = begin()
    key = jobs.add(task("stubborn"))
    wait_for(jobs, key, "running", begun=True)
    jobs.cancel(key)
    wait_for(jobs, key, "cancelled")


def test_a_server_that_starts_later_finds_the_jobs_and_goes_on(begin):
    before = begin()
    running, waiting = before.add(task("sleep", "a")), before.add(task("quick", "b"))
    wait_for(before, running, "running", begun=True)
    before._go_on = lambda: None  # the earlier server is gone
    after = begin()
    assert [job.state for job in after.all()] == ["waiting", "running"]
    after.cancel(running)
    wait_for(after, running, "cancelled")
    wait_for(after, waiting, "done")


def test_two_servers_start_a_job_once(begin, tmp_path):
    one = begin()
    first = one.add(task("sleep", "a"))
    waits = one.add(task("sleep", "b"))
    wait_for(one, first, "running", begun=True)
    other = begin(most=2)  # has room, and takes the one that waits
    wait_for(other, waits, "running", begun=True)
    pid = one._at(waits).process().pid
    one.cancel(first)
    wait_for(one, first, "cancelled")
    time.sleep(0.3)
    assert one._at(waits).process().pid == pid
    assert not JobFolder(tmp_path / ".jobs" / waits).claim()


def test_a_job_that_another_server_has_claimed_is_left_to_it(begin, monkeypatch, tmp_path):
    folder = JobFolder(tmp_path / ".jobs" / "1")
    folder.create(task())
    assert [folder.claim(), folder.claim()] == [True, False]
    monkeypatch.setattr(JobFolder, "claim", lambda self: False)
    jobs = begin(most=3)
    assert look(jobs, jobs.add(task("quick", "b"))).state == "waiting"


def test_a_number_given_to_another_process_is_not_the_job(begin):
    jobs = begin()
    key = jobs.add(task("quick"))
    wait_for(jobs, key, "done")
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        said = json.dumps({"pid": other.pid, "time": 1.0})
        (jobs._folder / key / "process.json").write_text(said)
        assert psutil.pid_exists(other.pid)
        assert look(jobs, key).state == "done"
        other.communicate(b"\n")


def test_two_jobs_on_one_result_and_too_many_jobs_are_refused(begin):
    jobs = begin()
    jobs.add(task("sleep", "a"))
    with pytest.raises(InputError, match="a is being made already"):
        jobs.add(task("quick", "a"))
    for number in range(MOST_WAITING):
        jobs.add(task("quick", f"{number}"))
    with pytest.raises(InputError, match="10 jobs wait already"):
        jobs.add(task("quick", "b"))
    assert len(jobs.all()) == 1 + MOST_WAITING


def test_what_has_ended_can_be_taken_off_and_the_oldest_are(begin, tmp_path):
    jobs = begin()
    key = jobs.add(task("sleep", "a"))
    jobs.forget(key)
    assert len(jobs.all()) == 1, "one that runs stays"
    for number in range(MOST_KEPT + 2):
        old = tmp_path / ".jobs" / f"{number}"
        JobFolder(old).create(task("quick", f"{number}"))
        (old / "cancel").touch()
    jobs.add(task("sleep", "b"))
    kept = [job.task.name for job in jobs.all()]
    assert kept == ["b", "a", *(str(n) for n in range(MOST_KEPT + 1, 1, -1))]
    jobs.forget("5")
    assert "5" not in [job.task.name for job in jobs.all()]
    (tmp_path / ".jobs" / "7" / "task.json").write_text("damaged")
    assert "7" not in [job.task.name for job in jobs.all()]
