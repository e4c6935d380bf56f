import csv
import dataclasses
import json

import pytest
import torch
from safetensors.torch import load_file

from senet_core import InputError, create_model, load_checkpoint
from senet_core import training as loop
from senet_core.recipes import TrainConfig
from senet_core.training import choose_device, fit, memory_format


@pytest.fixture
def config(colours, tmp_path) -> TrainConfig:
    """Three short epochs on colours that are easy to tell apart."""
    return TrainConfig(
        model="se_cifar_resnet20",
        dataset="imagefolder",
        images=colours,
        image_size=16,
        width=0.5,
        epochs=3,
        batch_size=15,
        lr=0.05,
        holdout=0.25,
        device="cpu",
        amp="none",
        out=tmp_path / "run",
    )


def test_a_run_learns_and_leaves_what_the_format_promises(config):
    metrics = fit(dataclasses.replace(config, epochs=6), recipe="imagefolder")
    assert metrics["test_accuracy"] == 1.0
    assert metrics["test_images"] == 15
    names = {path.name for path in config.out.iterdir()}
    assert names >= {
        "config.json",
        "metrics.csv",
        "last.ckpt",
        "last.safetensors",
        "best.safetensors",
    }
    assert any(name.startswith("events.out.tfevents") for name in names)
    rows = list(csv.DictReader((config.out / "metrics.csv").open()))
    assert [row["epoch"] for row in rows] == ["1", "2", "3", "4", "5", "6"]
    assert float(rows[-1]["train_loss"]) < float(rows[0]["train_loss"])
    assert json.loads((config.out / "config.json").read_text())["lr"] == 0.05
    model, metadata = load_checkpoint(config.out / "best.safetensors")
    assert metadata["classes"] == ["blue", "green", "red"]
    assert metadata["input_size"] == 16
    assert metadata["recipe"] == "imagefolder"
    assert metadata["metrics"] == metrics
    assert model(torch.zeros(1, 3, 16, 16)).shape == (1, 3)


@pytest.mark.parametrize("amp", ["bf16", "fp16"])
def test_mixed_precision_learns_too(config, amp):
    metrics = fit(dataclasses.replace(config, amp=amp, epochs=6))
    assert metrics["test_accuracy"] == 1.0
    state = torch.load(config.out / "last.ckpt", weights_only=True)
    assert bool(state["scaler"]) == (amp == "fp16")


def test_one_seed_gives_one_result_and_another_seed_another(config, tmp_path):
    finals = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        fit(dataclasses.replace(config, seed=seed, epochs=1, out=tmp_path / name))
        finals.append(load_file(tmp_path / name / "last.safetensors"))
    assert all(torch.equal(finals[0][key], finals[1][key]) for key in finals[0])
    assert not torch.equal(finals[0]["fc.weight"], finals[2]["fc.weight"])


def test_a_run_that_was_killed_goes_on_to_the_same_bits(config, tmp_path, monkeypatch):
    fit(dataclasses.replace(config, out=tmp_path / "whole"))

    class Killed(BaseException):
        pass

    step = loop._Run._step
    seen = 0

    def dies_in_the_second_epoch(self, x, y, rate):
        nonlocal seen
        seen += 1
        if seen == 5:
            raise Killed
        return step(self, x, y, rate)

    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(loop._Run, "_step", dies_in_the_second_epoch)
        fit(config)
    fit(dataclasses.replace(config, resume=True))
    whole, resumed = (load_file(tmp_path / n / "last.safetensors") for n in ("whole", "run"))
    assert all(torch.equal(whole[key], resumed[key]) for key in whole)
    rows = list(csv.DictReader((config.out / "metrics.csv").open()))
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]


def test_an_observer_sees_every_epoch(config):
    seen = []
    fit(config, observe=seen.append)
    assert [(f.epoch, f.epochs, f.trained, len(f.images)) for f in seen] == [
        (epoch, 3, 45, 15) for epoch in (1, 2, 3)
    ]
    assert seen[0].folder == config.out


def test_the_test_images_are_read_once(config, monkeypatch):
    first = fit(config)
    monkeypatch.setattr(loop._Run, "_evaluate", None)  # reading any images would fail
    assert fit(dataclasses.replace(config, resume=True)) == first


def test_a_folder_that_holds_a_run_is_not_overwritten(config):
    fit(dataclasses.replace(config, epochs=1))
    with pytest.raises(InputError, match="already holds a run; add --resume"):
        fit(dataclasses.replace(config, epochs=1))
    with pytest.raises(InputError, match=r"has lr 0\.05, not 0\.2"):
        fit(dataclasses.replace(config, epochs=1, lr=0.2, resume=True))


def test_a_damaged_state_is_named(config):
    fit(dataclasses.replace(config, epochs=1))
    (config.out / "last.ckpt").write_bytes(b"cut short")
    with pytest.raises(InputError, match=r"last\.ckpt is damaged"):
        fit(dataclasses.replace(config, epochs=1, resume=True))


def test_a_loss_that_is_not_finite_stops_with_its_step(config):
    with pytest.raises(InputError, match=r"the loss became \S+ in epoch \d, step \d+, at learning"):
        fit(dataclasses.replace(config, lr=1e30))


def test_a_small_batch_is_learned_by_heart(config):
    plain = dataclasses.replace(
        config, model="cifar_resnet20", crop="none", flip=False, epochs=25, weight_decay=0.0
    )
    fit(plain)
    last = list(csv.DictReader((config.out / "metrics.csv").open()))[-1]
    assert float(last["train_loss"]) < 0.01


def test_folders_with_different_classes_are_refused(config, colours, tmp_path):
    (tmp_path / "images").mkdir()
    (tmp_path / "images/train").symlink_to(colours / "train")
    (tmp_path / "images/val/blue").mkdir(parents=True)
    source = colours / "val/blue/0.png"
    (tmp_path / "images/val/blue/0.png").write_bytes(source.read_bytes())
    with pytest.raises(InputError, match="different class folders"):
        fit(dataclasses.replace(config, images=tmp_path / "images"))


def test_a_device_that_is_not_there_is_refused():
    with pytest.raises(InputError, match="there is no device 'mars'"):
        choose_device("mars")


def test_narrow_strided_shortcuts_keep_the_plain_layout_on_a_cpu():
    cpu, cuda = torch.device("cpu"), torch.device("cuda")
    narrow = create_model("cifar_resnet20", 10, width=0.5)
    assert memory_format(narrow, cpu) == torch.contiguous_format
    assert memory_format(narrow, cuda) == torch.channels_last
    assert memory_format(create_model("cifar_resnet20", 10), cpu) == torch.channels_last
