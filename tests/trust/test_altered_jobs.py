"""No command that lies in a file is run, and no job writes or stops what is not its own."""

import json
import os
import sys
import time
from pathlib import Path

import pytest

from dashboard.jobs import runner
from dashboard.jobs.files import JobFolder, Task
from dashboard.jobs.runner import Jobs, jobs
from dashboard.shell.settings import Settings
from senet_core import InputError
from tests.synthetic import synthetic_store

TINY = synthetic_store(per_class=1, gates=())
STAND_IN = "import pathlib, sys; pathlib.Path('ran').write_text(repr(sys.argv)); print('done')"


def task(root: Path, *more: str, out: str = "collected/x.zarr", kind: str = "collect") -> Task:
    place = str(root / out)
    own = ("--checkpoint", str(root / "a.safetensors"), "--dataset", "fashion_mnist")
    return Task(kind, "x", (kind, *own, *more, "--out", place), place)


ALTERED = {
    "another command": lambda root: Task(
        "collect", "x", ("export", "s", "--out", str(root / "x.zarr")), str(root / "x.zarr")
    ),
    "another kind": lambda root: task(root, kind="export"),
    "a shell": lambda root: Task("collect", "x", ("; touch ran",), str(root / "x.zarr")),
    "an option": lambda root: task(root, "--progress", "/tmp/x"),
    "an option for a value": lambda root: task(root, "--limit", "--help"),
    "an option twice": lambda root: task(root, "--out", str(root.parent / "x.zarr")),
    "a place outside": lambda root: task(root, out="../x.zarr"),
    "another place than it says": lambda root: Task(
        "collect", "x", task(root).words, str(root.parent / "x.zarr")
    ),
    "another ending": lambda root: task(root, out="a.safetensors"),
    "weights from outside": lambda root: task(root, "--weights", "/etc/passwd"),
    "images from outside": lambda root: task(root, "--images", str(root.parent)),
    "NUL": lambda root: task(root, "--model", "a\0b"),
}


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.setattr(runner, "PROGRAM", (sys.executable, "-c", STAND_IN))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs").mkdir()
    return tmp_path / "runs"


def managed(root: Path) -> Jobs:
    return Jobs(root / runner.FOLDER, most=1, runs=root)


def test_a_job_of_the_form_is_run(root, tmp_path):
    manager = managed(root)
    manager.add(task(root, "--limit", "50"))
    end = time.monotonic() + 30
    while not (tmp_path / "ran").exists() and time.monotonic() < end:
        time.sleep(0.02)
    assert "--limit" in (tmp_path / "ran").read_text()


@pytest.mark.parametrize("name", ALTERED)
def test_a_job_whose_file_was_altered_is_not(root, tmp_path, name):
    folder = JobFolder(root / runner.FOLDER / "7")
    folder.create(ALTERED[name](root))
    manager = managed(root)
    (job,) = manager.all()
    assert job.state == "failed"
    assert job.error.startswith("this job asks for what the dashboard's forms do not offer")
    with pytest.raises(InputError, match="take it off the list"):
        manager.resume("7")
    with pytest.raises(InputError, match="take it off the list"):
        manager.add(job.task)
    manager.forget("7")
    assert manager.all() == []
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("said", ["[]", "{", '{"kind": 1}', '{"words": [1]}', "x" * 2**21])
def test_a_file_that_is_no_task_is_no_job(root, said):
    folder = root / runner.FOLDER / "7"
    folder.mkdir(parents=True)
    (folder / "task.json").write_text(said)
    assert managed(root).all() == []


def test_no_job_writes_through_a_link(root, tmp_path):
    (tmp_path / "precious").write_text("mine")
    folder = JobFolder(root / runner.FOLDER / "7")
    folder.create(task(root))
    (folder.path / "output.log").symlink_to(tmp_path / "precious")
    assert managed(root).all() == []
    assert (tmp_path / "precious").read_text() == "mine"
    assert not (tmp_path / "ran").exists()


def test_jobs_are_not_kept_elsewhere(root, tmp_path):
    (tmp_path / "outside").mkdir()
    (root / runner.FOLDER).symlink_to(tmp_path / "outside")
    with pytest.raises(InputError, match=r"\.jobs leads out of"):
        jobs(Settings(root))


def test_a_process_that_is_none_of_ours_is_not_stopped(root):
    folder = JobFolder(root / runner.FOLDER / "7")
    folder.create(task(root))
    folder.claim()
    folder.started(os.getpid())
    assert json.loads((folder.path / "process.json").read_text())["pid"] == os.getpid()
    assert folder.process() is None
    managed(root).cancel("7")  # and the tests go on
