"""A full disk is one sentence; when there is room, the same command ends as if nothing had been."""

import dataclasses
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from analysis import collect, open_store
from analysis.__main__ import main
from analysis.export import export
from analysis.progress import read_progress, reported
from analysis.report import report
from analysis.watch import record_epoch
from dashboard.jobs import runner
from dashboard.jobs.files import Task
from dashboard.jobs.runner import Jobs
from dashboard.shell.settings import Settings
from dashboard.sources import uploads
from senet_core import InputError, create_model, save_checkpoint
from senet_core.cli import run
from senet_core.training import fit
from tests.analysis.small import files_of, network, tensors
from tests.dashboard.sent import Sent
from tests.senet_core.conftest import paint, short_training
from tests.synthetic import synthetic_store, write_store
from tests.trust.killing import assert_same, state_of_run, whole_run

FULL = "cannot be written, because the disk is full; make room there, and "
MOUNT = 24  # MB


class Disk:
    """A small disk, some of which can be taken."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._ballast = path / "ballast"

    def leave(self, kib: int) -> None:
        """Fill it but for so many KiB."""
        self.make_room()
        with self._ballast.open("wb", buffering=0) as file:
            left = shutil.disk_usage(self.path).free - 1024 * kib
            while left > 0:
                left -= file.write(bytes(min(left, 2**20)))
        assert shutil.disk_usage(self.path).free <= 1024 * kib

    def make_room(self) -> None:
        """Free what was filled."""
        self._ballast.unlink(missing_ok=True)


@pytest.fixture
def disk(tmp_path_factory):
    """A tmpfs of its own, which root alone may mount."""
    path = tmp_path_factory.mktemp("disk")
    mount = ["mount", "-t", "tmpfs", "-o", f"size={MOUNT}m", "tmpfs", str(path)]
    try:
        done = subprocess.run(mount, check=False, capture_output=True, text=True)
    except FileNotFoundError:
        pytest.skip("there is no command mount here")
    if done.returncode:
        pytest.skip(f"a small disk cannot be mounted here: {done.stderr.strip()}")
    yield Disk(path)
    subprocess.run(["umount", "-l", str(path)], check=True)


@pytest.fixture(scope="module")
def config(images, tmp_path_factory):
    return short_training(images, out=tmp_path_factory.mktemp("runs") / "whole")


@pytest.fixture(scope="module")
def whole_training(config):
    fit(config, observe=record_epoch)
    return state_of_run(config.out)


# What is free when the run begins: from nothing to what its three epochs almost fit in.
@pytest.mark.parametrize("kib", [0, 20, 400, 1400, 2500, 3600, 4800, 6400])
def test_training_on_a_full_disk(config, whole_training, disk, kib):
    disk.leave(kib)
    own = dataclasses.replace(config, out=disk.path / "run", resume=True)
    with pytest.raises(InputError) as fault:
        fit(own, observe=record_epoch)
    assert str(fault.value) == f"{own.out} {FULL}the same command with --resume goes on"
    whole_run(own.out)
    disk.make_room()
    fit(own, observe=record_epoch)
    assert_same(state_of_run(own.out), whole_training)
    assert not [file.name for file in own.out.iterdir() if file.name.startswith(".")]


@pytest.fixture(scope="module")
def whole_store(tmp_path_factory):
    return collect(network(), tensors(), tmp_path_factory.mktemp("whole") / "s.zarr")


@pytest.mark.parametrize("share", [0, 0.1, 0.3, 0.5, 0.7, 0.9])
def test_collecting_on_a_full_disk(whole_store, disk, share):
    """With room for a share of the store."""
    store = disk.path / "s.zarr"
    disk.leave(int(share * sum(len(own) for own in files_of(whole_store).values()) / 1024))
    with pytest.raises(InputError) as fault:
        collect(network(), tensors(), store)
    assert str(fault.value) == f"{store} {FULL}the same command goes on"
    disk.make_room()
    collect(network(), tensors(), store)
    assert files_of(store) == files_of(whole_store)
    assert [file.name for file in disk.path.iterdir()] == ["s.zarr"]


@pytest.mark.parametrize("name", ["r.html", "t.csv", "t.npz", "t.parquet"])
def test_a_report_or_an_export_on_a_full_disk(disk, tmp_path, name):
    ds = synthetic_store()

    def write(folder):
        out = folder / name
        report([ds], out) if name == "r.html" else export(ds, out)
        return out.read_bytes()

    disk.leave(16)
    with pytest.raises(InputError) as fault:
        write(disk.path)
    assert str(fault.value) == f"{disk.path / name} {FULL}give the same command again"
    assert [file.name for file in disk.path.iterdir()] == ["ballast"]
    disk.make_room()
    assert write(disk.path) == write(tmp_path)


def test_an_upload_to_a_full_disk(disk, tmp_path):
    file = save_checkpoint(tmp_path / "w.safetensors", create_model("cifar_resnet20", 3))
    sent = Sent("mine.safetensors", file.read_bytes())
    settings = Settings(runs=disk.path)
    disk.leave(64)
    with pytest.raises(InputError) as fault:
        uploads.keep(sent, settings)
    assert str(fault.value).endswith(f".safetensors {FULL}send it again")
    assert uploads.kept(settings) == []
    disk.make_room()
    assert uploads.keep(sent, settings).read_bytes() == bytes(sent.getbuffer())
    assert [file.name[:5] for file in (disk.path / uploads.FOLDER).iterdir()] == ["mine-"]


def test_a_job_that_cannot_be_written_down_is_not_begun(disk, monkeypatch):
    monkeypatch.setattr(runner, "PROGRAM", (sys.executable, "-c", "import time; time.sleep(60)"))
    jobs = Jobs(disk.path / ".jobs")
    task = Task("collect", "a", (), str(disk.path / "a.zarr"))
    disk.leave(0)
    with pytest.raises(InputError) as fault:
        jobs.add(task)
    assert str(fault.value) == f"{disk.path / '.jobs'} {FULL}try again"
    assert jobs.all() == []
    assert list((disk.path / ".jobs").iterdir()) == []
    disk.make_room()
    jobs.cancel(jobs.add(task))
    assert len(jobs.all()) == 1


@pytest.mark.slow
def test_the_log_of_a_job_and_its_last_word_on_a_full_disk(whole_store, disk, monkeypatch):
    """A collection whose log, progress and store lie on the disk that fills up."""
    images = paint(disk.path / "images", per_class=180)
    out = disk.path / "s.zarr"
    words = ("collect", "--model", "se_cifar_resnet20", "--images", str(images))
    words += ("--image-size", "16", "--out", str(out))
    jobs = Jobs(disk.path / ".jobs")
    disk.leave(300)
    key = jobs.add(Task("collect", "a", words, str(out)))
    job = ended(jobs, key)
    assert job.state == "failed"
    assert job.error == f"{out} {FULL}the same command goes on"
    disk.make_room()
    jobs.resume(key)
    (again,) = jobs.all()
    assert ended(jobs, again.key).state == "done"
    assert open_store(out).sizes["sample"] == 540


def ended(jobs, key):
    """The job when it is over."""
    (process,) = [jobs._at(key).process()]
    if process is not None:
        process.wait(120)
    (job,) = [job for job in jobs.all() if job.key == key]
    assert not job.active
    return job


def test_the_last_word_of_a_job_takes_the_place_of_the_one_before(disk):
    file = disk.path / "progress.json"
    with pytest.raises(InputError), reported(file):
        disk.leave(0)
        raise InputError("the images are damaged; give others")
    assert read_progress(file).state == "failed"
    assert read_progress(file).error == "the images are damaged; give others"
    assert sorted(own.name for own in disk.path.iterdir()) == ["ballast", "progress.json"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_table_into_a_full_file_is_one_sentence(tmp_path, monkeypatch, capsys):
    store = write_store(synthetic_store(per_class=4), tmp_path / "s.zarr")
    monkeypatch.setattr(sys, "argv", ["analysis", "summary", str(store)])
    with (
        Path("/dev/full").open("w") as full,
        monkeypatch.context() as patch,
        pytest.raises(SystemExit) as stop,
    ):
        patch.setattr(sys, "stdout", full)
        run(main)
    assert stop.value.code == 2
    assert (
        capsys.readouterr().err == "the disk is full; make room, and give the same command again\n"
    )


def test_where_files_may_not_grow_training_and_collecting_say_so(config, whole_training, tmp_path):
    """A limit that needs no root."""
    own = dataclasses.replace(config, out=tmp_path / "run", resume=True)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (65536, hard))
    try:
        with pytest.raises(InputError, match=r"run cannot be written \(File too large\); give an"):
            fit(own, observe=record_epoch)
        big = network(300)
        with pytest.raises(InputError, match=r"s\.zarr cannot be written \(File too large\); give"):
            collect(big, tensors(), tmp_path / "s.zarr")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    fit(own, observe=record_epoch)
    assert_same(state_of_run(own.out), whole_training)
    collect(big, tensors(), tmp_path / "s.zarr")
    assert open_store(tmp_path / "s.zarr").sizes["sample"] == 600
