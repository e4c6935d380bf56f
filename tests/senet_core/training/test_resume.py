"""Runs that are killed or stopped and go on end with the bits of an undisturbed one."""

import csv
import dataclasses
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from senet_core import InputError
from senet_core.training import fit
from senet_core.training.learner import Learner
from senet_core.training.run_folder import RunFolder
from tests.trust.killing import training_words

ROOT = Path(__file__).resolve().parents[3]


class Killed(BaseException):
    """What stands for SIGKILL inside one process."""


def same_weights(a: Path, b: Path) -> bool:
    one, other = load_file(a / "last.safetensors"), load_file(b / "last.safetensors")
    return one.keys() == other.keys() and all(torch.equal(one[key], other[key]) for key in one)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"save_minutes": 0.0, "ema": 0.9, "accumulate": 2, "amp": "fp16"},
        {"save_minutes": 0.0, "model": "se_cifar_resnet20", "schedule": "plateau", "patience": 1},
    ],
    ids=["by the epoch", "by the step", "plateau"],
)
def test_a_killed_run_goes_on_to_the_same_bits(config, tmp_path, monkeypatch, settings):
    config = dataclasses.replace(config, **settings)
    fit(dataclasses.replace(config, out=tmp_path / "whole"))
    step, steps = Learner.step, []

    def dies_at_the_sixth(self, *arguments, **named):
        steps.append(None)
        if len(steps) == 6:
            raise Killed
        return step(self, *arguments, **named)

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(Learner, "step", dies_at_the_sixth)
        fit(config)
    fit(dataclasses.replace(config, resume=True))
    assert same_weights(tmp_path / "whole", config.out)
    rows = [
        list(csv.DictReader((run / "metrics.csv").open()))
        for run in (config.out, tmp_path / "whole")
    ]
    for resumed, whole in zip(*rows, strict=True):
        for key in ("epoch", "lr", "train_loss", "train_accuracy", "val_loss"):
            assert resumed[key] == whole[key]


def command(config, out: Path) -> list[str]:
    return [sys.executable, "train.py", *training_words(config.images, out)]


def start(arguments: list[str]) -> subprocess.Popen[str]:
    threads = {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"}
    return subprocess.Popen(
        arguments, cwd=ROOT, env=os.environ | threads, stderr=subprocess.PIPE, text=True
    )


def wait_for(path: Path, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 120
    while not path.exists() and process.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    assert path.exists()


def test_sigterm_saves_and_ends_well_and_the_run_goes_on(config, tmp_path):
    process = start(command(config, tmp_path / "run"))
    wait_for(tmp_path / "run" / "last.ckpt", process)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=120)
    assert process.returncode == 0, said
    assert said.splitlines()[-1].startswith("stopped in epoch ")
    assert said.splitlines()[-1].endswith("the same command with --resume goes on from there")
    again = start(command(config, tmp_path / "run"))
    _, said = again.communicate(timeout=300)
    assert again.returncode == 0, said
    whole = dataclasses.replace(
        config, epochs=6, out=tmp_path / "whole", label_smoothing=0.1, warmup_epochs=2
    )
    torch.set_num_threads(1)
    fit(whole)
    assert same_weights(tmp_path / "run", tmp_path / "whole")


def test_a_folder_that_holds_a_run_is_not_overwritten(config):
    fit(dataclasses.replace(config, epochs=1))
    with pytest.raises(InputError, match="already holds a run; add --resume"):
        fit(dataclasses.replace(config, epochs=1))
    with pytest.raises(InputError, match=r"has lr 0\.05, not 0\.2"):
        fit(dataclasses.replace(config, epochs=1, lr=0.2, resume=True))


def test_a_damaged_state_gives_way_to_the_one_before(config, tmp_path, capsys):
    fit(dataclasses.replace(config, epochs=2))
    whole = load_file(config.out / "last.safetensors")
    (config.out / "last.ckpt").write_bytes(b"cut short")
    fit(dataclasses.replace(config, epochs=2, resume=True))
    again = load_file(config.out / "last.safetensors")
    assert all(torch.equal(whole[key], again[key]) for key in whole)
    assert (
        "last.ckpt is damaged; the run goes on from the state before it" in capsys.readouterr().err
    )


def test_where_every_state_is_damaged_the_run_cannot_go_on(config):
    fit(dataclasses.replace(config, epochs=1))
    for name in ("last.ckpt", "previous.ckpt"):
        (config.out / name).write_bytes(b"cut short")
    with pytest.raises(InputError, match=r"last\.ckpt is damaged, so the run cannot go on"):
        fit(dataclasses.replace(config, epochs=1, resume=True))


def test_two_processes_do_not_train_in_one_folder(tmp_path):
    first, second = RunFolder(tmp_path / "run"), RunFolder(tmp_path / "run")
    first.begin("{}", resume=False)
    with pytest.raises(InputError, match="another process trains in"):
        second.begin("{}", resume=True)
    first.close()
    assert second.begin("{}", resume=True) is None
    second.close()


def test_a_state_without_its_settings_is_no_fresh_start(config):
    fit(dataclasses.replace(config, epochs=1))
    (config.out / "config.json").unlink()
    with pytest.raises(InputError, match="already holds a run"):
        fit(dataclasses.replace(config, epochs=1, seed=7))
    with pytest.raises(InputError, match="not what train"):
        fit(dataclasses.replace(config, epochs=1, seed=7, resume=True))
