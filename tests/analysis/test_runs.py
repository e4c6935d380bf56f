"""Training runs found and read, whatever state their files are in."""

import json
import os
from pathlib import Path

import pytest

from analysis.runs import best_metrics, find_runs, read_run, run_version
from senet_core.errors import InputError

HEADER = "epoch,lr,train_loss,val_accuracy,seconds\n"
ROWS = "1,0.1,2.5,0.25,10\n2,0.1,2.0,0.5,10\n"


def make_run(folder: Path, text: str = HEADER + ROWS, **config: object) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps({"model": "se_resnet50", "epochs": 4} | config))
    (folder / "metrics.csv").write_text(text)
    return folder


def test_runs_are_found_at_any_depth_but_not_within_each_other(tmp_path):
    first = make_run(tmp_path / "a")
    second = make_run(tmp_path / "sweep" / "b")
    make_run(tmp_path / "a" / "inside")
    make_run(tmp_path / ".hidden")
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "config.json").write_text("{}")
    (tmp_path / "sweep" / "loop").symlink_to(tmp_path, target_is_directory=True)
    assert find_runs(tmp_path) == [first, second]
    assert find_runs(first) == [first]
    assert find_runs(tmp_path / "absent") == []


def test_a_run_is_read_as_it_stands(tmp_path):
    run = read_run(make_run(tmp_path / "a"))
    assert (run.done, run.epochs, run.config["model"]) == (2, 4, "se_resnet50")
    assert run.metrics["val_accuracy"].tolist() == [0.25, 0.5]
    assert not run.has_evolution
    assert best_metrics(run) == {}


def test_a_run_grows_until_its_last_epoch_or_until_it_is_quiet_for_long(tmp_path):
    run = read_run(make_run(tmp_path / "a"))
    assert run.is_growing(run.changed + 599)
    assert not run.is_growing(run.changed + 601)
    slow = read_run(make_run(tmp_path / "slow", HEADER + "1,0.1,2.5,0.25,1000\n"))
    assert slow.is_growing(slow.changed + 2999)
    over = read_run(make_run(tmp_path / "over", epochs=2))
    assert not over.is_growing(over.changed)


@pytest.mark.parametrize(
    ("text", "epochs"),
    [
        ("", []),
        (HEADER, []),
        (HEADER + ROWS + "3,0.1,1.9", [1, 2]),  # being written
        (HEADER + ROWS + "3,0.1,1.9,0.75,1", [1, 2]),  # of 10, when the disk was full
        (HEADER + ROWS + "2,0.1,1.8,0.75,10\n", [1, 2]),  # trained twice
        (HEADER + "2,0.1,1.8,0.75,10\n1,0.1,2.5,0.25,10\n", [1, 2]),
        (HEADER + ROWS + "\0\0x,y,z,a,b\n", [1, 2]),
        (HEADER + ROWS + "nan,0.1,1.8,0.75,10\n", [1, 2]),
    ],
)
def test_rows_that_are_not_whole_are_passed_over(tmp_path, text, epochs):
    run = read_run(make_run(tmp_path / "a", text))
    assert run.metrics["epoch"].tolist() == epochs
    if text.endswith("0.75,10\n") and "2,0.1,1.8" in text:
        assert run.metrics["val_accuracy"].iloc[-1] == 0.75


def test_what_is_not_a_number_is_not_known(tmp_path):
    run = read_run(make_run(tmp_path / "a", HEADER + "1,0.1,nonsense,0.25,10\n"))
    assert run.metrics["train_loss"].isna().all()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("config.json", "{", "cannot be read"),
        ("config.json", "[1]", "holds no settings"),
        ("metrics.csv", "a,b\n1,2\n", "has no column 'epoch'"),
    ],
)
def test_files_that_cannot_be_understood_are_named(tmp_path, name, content, said):
    folder = make_run(tmp_path / "a")
    (folder / name).write_text(content)
    with pytest.raises(InputError, match=said):
        read_run(folder)


def test_a_missing_table_is_named(tmp_path):
    folder = make_run(tmp_path / "a")
    (folder / "metrics.csv").unlink()
    with pytest.raises(InputError, match=r"no readable metrics\.csv"):
        read_run(folder)


def test_the_version_changes_with_an_epoch(tmp_path):
    folder = make_run(tmp_path / "a")
    before = run_version(folder)
    os.utime(folder / "metrics.csv", ns=(before + 5, before + 5))
    assert run_version(folder) == before + 5
