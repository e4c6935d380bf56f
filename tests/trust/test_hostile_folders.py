"""A folder with all kinds of bad images: the sound ones are collected, each other one is named."""

import dataclasses
import logging
import os

import numpy as np
import pytest

import train
from analysis import open_store
from analysis.__main__ import main
from senet_core import InputError
from senet_core.data import open_folder
from senet_core.training import TrainConfig, fit
from tests.senet_core.conftest import COLOURS, paint
from tests.trust.hostile import last_line
from tests.trust.pictures import PHOTO, bombs, encoded, pretenders

STRANGE = ("猫\n犬.png", "a\tb.png", "\u202egpj.png", "-rf.png", "x" * 200 + ".png", "é.PNG")


@pytest.fixture(scope="module")
def images(tmp_path_factory):
    """Three classes with two sound images each, and all kinds of others in one of them."""
    root = paint(tmp_path_factory.mktemp("images") / "mixed", per_class=2)
    for number, content in enumerate((bombs() | pretenders()).values()):
        (root / "red" / f"bad-{number:02}.jpg").write_bytes(content)
    for name in STRANGE:
        (root / "blue" / name).write_bytes(encoded(PHOTO, "PNG"))
    (root / "red" / "cut\noff.jpg").write_bytes(b"")
    os.mkfifo(root / "red" / "pipe.jpg")
    (root / "red" / "folder.jpg").mkdir()
    return root


def test_a_collection_names_each_bad_image_and_goes_on(images, tmp_path, capsys):
    out = tmp_path / "s.zarr"
    words = ("--model", "se_cifar_resnet20", "--images", images, "--out", out)
    main(["collect", *map(str, words), "--image-size", "32"])
    lines = capsys.readouterr().err.splitlines()
    bad = len(bombs()) + len(pretenders()) + 1
    assert "skipped red/cut\\noff.jpg: it is not in an image format that is known here" in lines
    for number in range(bad - 1):
        (line,) = [line for line in lines if f"red/bad-{number:02}.jpg" in line]
        assert line.startswith("skipped red/bad-")
    assert any(f"{bad} of {6 + len(STRANGE) + bad} images could not be read" in s for s in lines)
    ds = open_store(out)
    paths = [str(path) for path in ds["path"].values]
    assert {f"blue/{name}" for name in STRANGE} <= set(paths)
    assert not any("bad-" in path for path in paths)
    assert len(paths) == 6 + len(STRANGE)
    assert np.isfinite(ds["logits"].values).all()
    assert ds["count"].values.tolist() == [2 + len(STRANGE), 2, 2]


def test_a_folder_without_one_sound_image_is_refused(tmp_path, monkeypatch, capsys):
    for number, content in enumerate(pretenders().values()):
        (tmp_path / f"bad\n{number}.jpg").write_bytes(content)
    words = ("collect", "--model", "se_cifar_resnet20", "--images", tmp_path, "--out", "s.zarr")
    said = last_line(monkeypatch, capsys, main, *words)
    assert said.startswith(f"none of the {len(pretenders())} images of {tmp_path.name} can be read")


def test_a_name_that_is_no_text_is_passed_over_and_told(tmp_path, caplog):
    paint(tmp_path / "images", per_class=1)
    name = os.fsencode(tmp_path / "images" / "red") + b"/\xff.png"
    with open(name, "wb") as file:  # noqa: PTH123 - a name in bytes
        file.write(encoded(PHOTO, "PNG"))
    with caplog.at_level(logging.WARNING, "senet_core"):
        images = open_folder(tmp_path / "images")
    assert images.paths == ["blue/0.png", "green/0.png", "red/0.png"]
    (record,) = caplog.records
    assert "its name is no UTF-8" in record.getMessage()
    assert record.getMessage().isascii()


@pytest.fixture
def broken(tmp_path):
    """A folder to train on, one of whose training images is cut off."""
    root = tmp_path / "images"
    paint(root / "train", per_class=8)
    paint(root / "val", per_class=2)
    file = root / "train" / "red" / "3.png"
    file.write_bytes(file.read_bytes()[:200])
    return root


@pytest.mark.parametrize("workers", [0, 1])
def test_training_stops_at_a_broken_image_and_names_it(
    broken, tmp_path, workers, monkeypatch, capsys
):
    words = ["imagefolder", "--model", "se_cifar_resnet20", "--images", broken, "--epochs", 1]
    words += ["--batch-size", 8, "--image-size", 16, "--device", "cpu", "--amp", "none"]
    words += ["--workers", workers, "--out", tmp_path / "run"]
    said = last_line(monkeypatch, capsys, train.main, *words)
    assert said.startswith(str(broken / "train" / "red" / "3.png"))
    assert "cannot be read as an image: " in said


def test_and_at_one_that_it_is_tested_on(tmp_path):
    """It goes on where it stopped, when the image is mended or taken away."""
    root = tmp_path / "images"
    paint(root / "train", per_class=8)
    paint(root / "val", per_class=2)
    file = root / "val" / "green" / "1.png"
    sound = file.read_bytes()
    file.write_bytes(sound[:200])
    config = TrainConfig(
        model="se_cifar_resnet20",
        dataset="imagefolder",
        images=root,
        image_size=16,
        epochs=1,
        batch_size=8,
        device="cpu",
        amp="none",
        workers=1,
        out=tmp_path / "run",
    )
    with pytest.raises(InputError, match=r"green/1\.png cannot be read as an image"):
        fit(config)
    file.write_bytes(sound)
    assert fit(dataclasses.replace(config, resume=True))["test_images"] == 2 * len(COLOURS)
