import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import train
from senet_core import InputError
from senet_core.cli import goes_on, parse, run
from senet_core.training import TrainConfig

ROOT = Path(__file__).parents[2]


def test_words_that_do_not_fit_become_one_sentence():
    with pytest.raises(InputError, match=r"--epochs.*'x'; `train --help` lists what it takes") as e:
        parse(TrainConfig, ["--model", "m", "--epochs", "x"], program="train")
    assert "\n" not in str(e.value)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["fashion_mnist", "--nonsense", "3"], "--nonsense, 3; `train.py fashion_mnist --help`"),
        (["no_recipe"], "no_recipe"),
        ([], "expected one of"),
        (["imagefolder"], "needs --images"),
        (["imagefolder", "--images", "/nowhere"], "/nowhere needs a folder train/"),
        (["fashion_mnist", "--device", "mars"], "there is no device 'mars'"),
        (["fashion_mnist", "--se.reduction", "0"], "error parsing se: reduction must be a whole"),
        (["fashion_mnist", "--milestones", "3"], "--milestones changes nothing"),
        (
            ["fashion_mnist", "--model", "cifar_resnet20", "--se.reduction", "8"],
            "--se.reduction changes nothing in cifar_resnet20",
        ),
        (["imagenet", "--images", "DIR"], "--images and the data set imagenet exclude each other"),
        (
            ["sweep", "ablation-squeeze", "fashion_mnist", "--out", "DIR"],
            "give --out DIR before fashion_mnist, not after it",
        ),
        (
            ["sweep", "ablation-squeeze", "fashion_mnist", "--milestones", "3"],
            "--milestones changes nothing",
        ),
        (
            ["sweep", "ablation-squeeze", "fashion_mnist", "--squeeze", "max"],
            "--squeeze is what ablation-squeeze itself changes; leave it out",
        ),
        (
            ["sweep", "ablation-placement", "imagenet", "--model", "se_vgg16_bn"],
            "the variant 'pre' of ablation-placement cannot be made",
        ),
    ],
)
def test_faults_end_with_one_sentence_and_status_2(words, says, monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["train.py", *words])
    with pytest.raises(SystemExit) as stop:
        run(train.main)
    assert stop.value.code == 2
    said = capsys.readouterr().err
    assert says in said.splitlines()[-1]
    assert len(said.splitlines()) == 1


def test_ctrl_c_ends_with_130(monkeypatch, capsys):
    def interrupted(_words):
        raise KeyboardInterrupt

    monkeypatch.setattr(sys, "argv", ["train.py"])
    with pytest.raises(SystemExit) as stop:
        run(interrupted)
    assert stop.value.code == 130
    assert capsys.readouterr().err == "stopped; the same command begins anew\n"


def test_what_goes_on_says_so(monkeypatch, capsys):
    def interrupted(_words):
        with goes_on("the next one goes on"):
            raise KeyboardInterrupt

    monkeypatch.setattr(sys, "argv", ["train.py"])
    with pytest.raises(SystemExit):
        run(interrupted)
    assert capsys.readouterr().err == "stopped; the next one goes on\n"


def test_sigterm_stops_as_ctrl_c_does_and_only_inside(monkeypatch):
    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(sys, "argv", ["train.py"])
    with pytest.raises(SystemExit) as stop:
        run(lambda _words: os.kill(os.getpid(), signal.SIGTERM))
    assert stop.value.code == 130
    assert signal.getsignal(signal.SIGTERM) is before


def test_the_command_itself_has_no_traceback():
    command = [sys.executable, "train.py", "imagefolder", "--images", "/nowhere"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("/nowhere needs a folder train/")
    assert "Traceback" not in done.stderr


def test_a_reader_that_stops_early_is_no_fault():
    code = "from senet_core.cli import run; run(lambda words: print(*range(9999), sep='\\n'))"
    command = [sys.executable, "-c", code]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as started:
        started.stdout.close()  # before a word is written
        assert started.stderr.read() == ""
    assert started.returncode == 0


def test_another_broken_pipe_is_told():
    def breaks(_words):
        raise BrokenPipeError("a worker's")

    with pytest.raises(BrokenPipeError, match="a worker's"):
        run(breaks)


def test_help_lists_the_recipes(capsys):
    with pytest.raises(SystemExit):
        train.main(["--help"])
    said = capsys.readouterr().out
    assert "fashion_mnist" in said
    assert "imagefolder" in said
