"""SIGTERM and Ctrl-C end every command with one sentence, and nothing half-written is left."""

import os
import signal
import time

import pytest

from analysis import open_store
from analysis.__main__ import main
from analysis.layout import PARTS
from tests.analysis.small import files_of
from tests.senet_core.conftest import paint
from tests.trust.killing import analysis_command, begin, ended, wait_until

GOES_ON = "stopped; the same command goes on where it left off"
ANEW = "stopped; the same command begins anew"


@pytest.fixture(scope="module")
def collected(tmp_path_factory):
    """A store of three chunks, and the words that made it."""
    folder = tmp_path_factory.mktemp("store")
    images = paint(folder / "images", per_class=200)
    words = ["--model", "se_cifar_resnet20", "--images", str(images), "--image-size", "32"]
    main(["collect", *words, "--out", str(folder / "s.zarr")])
    return folder / "s.zarr", words


def stop(words, log, number, *, when):
    """Give a command and, as soon as ``when`` holds, the signal: exit status and last line."""
    (process,) = begin(analysis_command, *words, log=log)
    wait_until(when, [process], log)
    os.kill(process.pid, number)
    (status,) = ended([process])
    said = log.read_text()
    assert "Traceback" not in said
    return status, said.splitlines()[-1]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_collection_goes_on(collected, tmp_path, number):
    whole, words = collected
    store = tmp_path / "s.zarr"
    words = ["collect", *words, "--out", str(store)]
    begun = lambda: list(store.glob(f"{PARTS}/*.npz"))  # noqa: E731
    assert stop(words, tmp_path / "log", number, when=begun) == (130, GOES_ON)
    assert len(begun()) < 3
    main(words)
    assert files_of(store) == files_of(whole)
    assert open_store(store).sizes["sample"] == 600


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stopped_experiment_leaves_nothing_and_says_that_it_begins_anew(
    collected, tmp_path, number
):
    store, words = collected
    out = tmp_path / "out"
    words = ["intervene", *words, "--store", str(store)]
    words += ["--out", str(out / "t.csv"), "--by-class", str(out / "c.csv")]
    running = lambda: out.is_dir() and len(list(out.iterdir())) == 2  # noqa: E731
    assert stop(words, tmp_path / "log", number, when=running) == (130, ANEW)
    assert list(out.iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_another_command_that_is_stopped_says_so(collected, tmp_path, number):
    store, _ = collected
    words = ["report", str(store), "--out", str(tmp_path / "r.html")]
    log = tmp_path / "log"
    for _ in range(5):  # a machine that is busy may look only when the report is written
        status = stop(words, log, number, when=lambda: log.exists() and not time.sleep(0.2))
        if status[0] != 0:
            break
        (tmp_path / "r.html").unlink()
        log.unlink()
    assert status == (130, ANEW)
    assert [file.name for file in tmp_path.iterdir()] == ["log"]
