"""The file that says how far a command is, from its first writing to its end."""

import json
import subprocess
import sys

import pytest

from analysis import open_store
from analysis.__main__ import main
from analysis.progress import Progress, progress_bar, read_progress, reported
from senet_core import InputError
from tests.senet_core.conftest import paint


def counted(file, *, clock=None, steps=()):
    """What the file says after each step of a bar of 10 that begins at 2."""
    said = []
    with reported(file), progress_bar("collecting", "image", 10, 2) as bar:
        said.append(read_progress(file))
        for at, n in steps:
            clock[0] = at
            bar.update(n)
            said.append(read_progress(file))
    return said


def test_the_file_counts_with_the_bar_and_says_how_long_it_will_take(tmp_path, monkeypatch):
    clock = [100.0]
    monkeypatch.setattr("analysis.progress.time.monotonic", lambda: clock[0])
    steps = [(102.0, 4), (102.1, 1), (104.0, 1)]
    first, second, third, fourth = counted(tmp_path / "p", clock=clock, steps=steps)
    assert first == Progress("running", "collecting", "image", 2, 10)
    assert first.left is None
    assert second == Progress("running", "collecting", "image", 6, 10, 2.0)  # 4 in 2 seconds
    assert second.left == 2.0
    assert third == second  # written less than half a second before
    assert (fourth.done, fourth.rate) == (8, 1.5)
    assert read_progress(tmp_path / "p") == Progress("done", "collecting", "image", 8, 10, 1.5)
    assert [file.name for file in tmp_path.iterdir()] == ["p"]


@pytest.mark.parametrize(
    ("fault", "state", "error"),
    [
        (InputError("the batch size must be at least 1"), "failed", "the batch size must be "),
        (RuntimeError("out of luck"), "failed", "RuntimeError: out of luck"),
        (KeyboardInterrupt(), "stopped", ""),
    ],
)
def test_the_end_is_said_whatever_it_is(tmp_path, fault, state, error):
    with pytest.raises(type(fault)), reported(tmp_path / "p"):
        raise fault
    said = read_progress(tmp_path / "p")
    assert said.state == state
    assert said.error.startswith(error)


def test_without_a_file_and_for_hidden_bars_nothing_is_written(tmp_path):
    with reported(None), progress_bar("collecting", "image", 10) as bar:
        bar.update(5)
    with reported(tmp_path / "p"), progress_bar("collecting", "image", 10, hidden=True) as bar:
        bar.update(5)
    assert read_progress(tmp_path / "p") == Progress("done")


def test_what_is_no_progress_is_none(tmp_path):
    assert read_progress(tmp_path / "p") is None
    for text in ("", "[]", '{"state": "running", "other": 1}'):
        (tmp_path / "p").write_text(text)
        assert read_progress(tmp_path / "p") is None


def test_a_file_that_cannot_be_written_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="give another --progress"), reported(tmp_path / "file/p"):
        raise AssertionError("nothing runs")


def test_the_commands_take_the_file(tmp_path):
    images = paint(tmp_path / "colours", per_class=2)
    words = ["--model", "se_cifar_resnet20", "--images", str(images), "--image-size", "16"]
    words += ["--progress", str(tmp_path / "p.json")]
    main(["collect", *words, "--out", str(tmp_path / "s.zarr")])
    gates = len(json.loads(open_store(tmp_path / "s.zarr").attrs["gates"]))
    said = read_progress(tmp_path / "p.json")
    assert (said.state, said.doing, said.done, said.total) == ("done", "summing up", gates, gates)
    words += ["--store", str(tmp_path / "s.zarr"), "--out", str(tmp_path / "t.csv")]
    main(["intervene", *words, "--kinds", "one"])
    said = read_progress(tmp_path / "p.json")
    runs = 6 * (gates + 2)  # images, each with every block changed, all, and none
    assert (said.state, said.unit, said.done, said.total) == ("done", "image", runs, runs)


def test_a_fault_ends_up_in_the_file_and_on_standard_error(tmp_path):
    words = ["--model", "nothing", "--images", ".", "--out", "s.zarr", "--progress", "p.json"]
    command = [sys.executable, "-m", "analysis", "collect", *words]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    said = read_progress(tmp_path / "p.json")
    assert said.state == "failed"
    assert said.error == done.stderr.splitlines()[-1]
