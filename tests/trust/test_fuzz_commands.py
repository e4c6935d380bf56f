"""Command lines of any words: done, or one sentence and the code 2."""

import dataclasses
import os
import shutil
import socket
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import strategies as st

import train
from analysis import __main__ as analysis_command
from dashboard.lessons import __main__ as lessons_command
from dashboard.shell.settings import read_settings
from senet_core import InputError, create_model, save_checkpoint
from senet_core import __main__ as core_command
from senet_core.cli import run
from senet_core.data import DATASETS
from tests.senet_core.conftest import paint
from tests.synthetic import synthetic_store, write_store
from tests.trust.fuzzing import COUNTED, answered, bounded, fuzz

# What a shell can hand over: no zero byte; bytes that are no UTF-8 come as lone surrogates.
_letters = st.characters(codec="utf-8", exclude_characters="\0/") | st.sampled_from("\udc80\udcff")
texts = st.text(_letters, max_size=12)
paths = st.sampled_from(
    [
        *("net.safetensors", "images", "se.zarr", "plain.zarr", "missing", "", ".", "x" * 300),
        *("se.zarr/zarr.json", "net.safetensors/x", "images/red", "a.csv", "a.html", "a.npz"),
        *("a.parquet", "new/a.csv", "new/a.html", "new.zarr", "a\nb", "--out", "images/a.csv"),
    ]
)
numbers = st.sampled_from(["0", "1", "-1", "2", "1e9", "nan", "inf", "1.5", "9" * 30, "0x1", ""])
words = paths | numbers | texts


def some(*options: str) -> st.SearchStrategy[list[str]]:
    """Options with values that may suit them, in any order, some of them twice or bare."""
    pair = st.tuples(st.sampled_from(options), words).map(list)
    return st.lists(pair | texts.map(lambda word: [word]), max_size=5).map(
        lambda parts: [word for part in parts for word in part]
    )


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A working folder with two stores, a checkpoint and images."""
    folder = tmp_path_factory.mktemp("fuzz")
    pair = synthetic_store(per_class=3, seed=1), synthetic_store(per_class=3, seed=2, gates=())
    write_store(pair[0], folder / "se.zarr")
    write_store(pair[1], folder / "plain.zarr")
    save_checkpoint(
        folder / "net.safetensors",
        create_model("se_cifar_resnet20", 3),
        classes=["a", "b", "c"],
        mean=[0.5] * 3,
        std=[0.5] * 3,
    )
    paint(folder / "images", per_class=1)
    return folder


@pytest.fixture
def at_home(begun, tmp_path, monkeypatch) -> Callable[[], None]:
    """Puts the working folder back to what it was; no network, no data sets."""

    def refuse(*_: object, **__: object) -> None:
        raise OSError("no network here")

    def not_here(root: Path, split: str) -> None:
        raise InputError(f"not fetched to {root} for {split}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    for name, known in DATASETS.items():
        monkeypatch.setitem(DATASETS, name, dataclasses.replace(known, open=not_here))
    home = tmp_path / "home"
    monkeypatch.chdir(tmp_path)

    def again() -> None:
        shutil.rmtree(home, ignore_errors=True)
        shutil.copytree(begun, home)
        os.chdir(home)

    again()
    return again


def ends(
    reader: str, main: Callable[[Sequence[str]], None], given: list[str], capsys, slow: bool
) -> None:
    """A command does what is asked, or its last line on standard error says why not.

    It writes nothing beside the working folder.
    """
    COUNTED[reader, slow] += 1
    before, code = sys.argv, 0
    sys.argv = ["command", *given]
    try:
        with bounded():
            run(main)
    except SystemExit as end:
        code = end.code or 0
    finally:
        sys.argv = before
        said = capsys.readouterr().err
    assert code in (0, 2), given
    assert "Traceback" not in said, given
    assert [file.name for file in Path("..").iterdir()] == ["home"], given
    if code:
        assert said.rstrip("\n").splitlines()[-1].strip(), given


COLLECT = (
    *("--checkpoint", "--model", "--weights", "--dataset", "--images", "--image-size", "--out"),
    *("--batch-size", "--device", "--limit", "--seed", "--data-dir", "--progress", "--help"),
)
INTERVENE = (*COLLECT, "--store", "--by-class", "--experiment", "--kinds", "--draws")


@fuzz(
    10,
    300,
    given=st.tuples(
        st.sampled_from(["summary", "compare", "findings", "export", "report"]) | texts,
        st.lists(paths | texts, max_size=3),
        some("--out", "--images", "--seed", "--help"),
    ).map(lambda parts: [parts[0], *parts[1], *parts[2]]),
)
def test_any_words_to_the_commands_that_read_a_store(at_home, capsys, *, given, slow):
    at_home()
    ends("python -m analysis", analysis_command.main, given, capsys, slow)


@fuzz(
    10,
    300,
    command=st.sampled_from(["collect", "intervene"]),
    start=st.sampled_from(
        [
            [],
            ["--checkpoint", "net.safetensors", "--images", "images"],
            ["--model", "se_cifar_resnet20", "--images", "images", "--image-size", "8"],
            ["--checkpoint", "net.safetensors", "--dataset", "cifar10"],
        ]
    ),
    rest=some(*INTERVENE),
)
def test_any_words_to_the_commands_that_run_a_network(
    at_home, capsys, *, command, start, rest, slow
):
    at_home()
    ends("python -m analysis", analysis_command.main, [command, *start, *rest], capsys, slow)


_settings = [f"--{f.name.replace('_', '-')}" for f in dataclasses.fields(train.TrainConfig)]


@fuzz(
    4,
    120,
    given=st.tuples(
        st.sampled_from([*train.RECIPES, "sweep", "--help"]) | texts,
        st.sampled_from([[], ["reduction"], ["ablation-excitation"], ["--images", "missing"]]),
        some(*_settings, "--se.reduction", "--se.stages"),
    ).map(lambda parts: [parts[0], *parts[1], *parts[2]]),
)
def test_any_words_to_the_training(at_home, capsys, *, given, slow):
    at_home()
    ends("train.py", train.main, given, capsys, slow)


@fuzz(
    6,
    200,
    given=st.tuples(
        st.sampled_from(["list", "ledger", "fetch", "fetch cifar10"]).map(str.split)
        | texts.map(lambda word: [word]),
        some("--out", "--check", "--data-dir", "--help"),
    ).map(lambda parts: [*parts[0], *parts[1]]),
)
def test_any_words_to_the_commands_of_the_networks(at_home, capsys, monkeypatch, *, given, slow):
    # To count every network anew takes minutes; what is written is not what is tried here.
    monkeypatch.setattr(core_command, "counted", core_command.entries)
    at_home()
    ends("python -m senet_core", core_command.main, given, capsys, slow)


@fuzz(
    5,
    200,
    given=st.tuples(st.lists(paths | texts, max_size=3), some("--out", "--lang", "--help")).map(
        lambda parts: [*parts[0], *parts[1]]
    ),
)
def test_any_words_to_the_sheet_of_the_lessons(at_home, capsys, *, given, slow):
    at_home()
    ends("python -m dashboard.lessons", lessons_command.main, given, capsys, slow)


@fuzz(
    40,
    600,
    given=st.lists(
        st.sampled_from(["--runs", "--read-only", "--runs=", "--", "-h", "--run", "@x"]) | words
    ),
    strict=st.booleans(),
)
def test_any_words_to_the_dashboard(given, strict, slow):
    answered("dashboard", lambda: read_settings(given, strict=strict), slow=slow)


def test_a_command_without_faults_is_done(at_home, capsys):
    """The fuzzers start from words that do something."""
    ends("tried", analysis_command.main, ["summary", "se.zarr"], capsys, False)
    start = ["--checkpoint", "net.safetensors", "--images", "images", "--out", "new.zarr"]
    ends("tried", analysis_command.main, ["collect", *start], capsys, False)
    ends("tried", lessons_command.main, ["se.zarr", "--out", "a.html"], capsys, False)
    assert {"new.zarr", "a.html"} <= {file.name for file in Path().iterdir()}
    del COUNTED["tried", False]
