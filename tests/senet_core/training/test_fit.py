import csv
import dataclasses
import json
import math

import pytest
import torch
from safetensors.torch import load_file

from senet_core import InputError, create_model, load_checkpoint, save_checkpoint
from senet_core.device import choose_device
from senet_core.training import fit
from senet_core.training.learner import Learner


def test_a_run_learns_and_leaves_what_the_format_promises(config):
    metrics = fit(dataclasses.replace(config, epochs=6, recipe="imagefolder"))
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


def test_the_precision_that_was_left_open_is_written_down(config, monkeypatch):
    monkeypatch.setattr("senet_core.training.config.fast_precision", lambda device: "bf16")
    fit(dataclasses.replace(config, amp="auto", epochs=1))
    assert json.loads((config.out / "config.json").read_text())["amp"] == "bf16"


def test_one_seed_gives_one_result_and_another_seed_another(config, tmp_path):
    finals = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        fit(dataclasses.replace(config, seed=seed, epochs=1, out=tmp_path / name))
        finals.append(load_file(tmp_path / name / "last.safetensors"))
    assert all(torch.equal(finals[0][key], finals[1][key]) for key in finals[0])
    assert not torch.equal(finals[0]["fc.weight"], finals[2]["fc.weight"])


def test_an_observer_sees_every_epoch(config):
    seen = []
    fit(config, observe=seen.append)
    assert [(f.epoch, f.epochs, f.trained, len(f.images)) for f in seen] == [
        (epoch, 3, 45, 15) for epoch in (1, 2, 3)
    ]
    assert seen[0].folder == config.out


def test_the_test_images_are_read_once(config, monkeypatch):
    first = fit(config)
    monkeypatch.setattr(Learner, "evaluate", None)  # reading any images would fail
    assert fit(dataclasses.replace(config, resume=True)) == first


def test_a_loss_that_is_not_finite_stops_with_its_step(config):
    where = r"the loss became \S+ in epoch \d, step \d+, at learning rate \S+, on the batch of \w+/"
    with pytest.raises(InputError, match=where + r".* and \d+ more; lower --lr$"):
        fit(dataclasses.replace(config, lr=1e30))
    assert not (config.out / "best.safetensors").exists()


def test_a_loss_that_is_not_finite_leaves_the_epoch_before(config, monkeypatch):
    step = Learner.step

    def breaks_in_the_second_epoch(self, parts, *, seeds, images, rate, to):
        loss = step(self, parts, seeds=seeds, images=images, rate=rate, to=to)
        breaks_in_the_second_epoch.steps += 1
        return loss * math.nan if breaks_in_the_second_epoch.steps == 5 else loss

    breaks_in_the_second_epoch.steps = 0
    monkeypatch.setattr(Learner, "step", breaks_in_the_second_epoch)
    with pytest.raises(InputError, match="the loss became nan in epoch 2, step 2, at"):
        fit(config)
    _, metadata = load_checkpoint(config.out / "last.safetensors")
    assert metadata["epoch"] == 1
    assert torch.load(config.out / "last.ckpt", weights_only=True)["epoch"] == 1


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


def test_images_too_small_for_the_network_are_refused_before_the_folder_is_made(config):
    small = dataclasses.replace(config, model="se_vgg16_bn", width=None, image_size=31)
    with pytest.raises(InputError, match=r"images of 31 x 31 pixels are too small .* 32 x 32$"):
        fit(small)
    assert not config.out.exists()


def test_a_device_that_is_not_there_is_refused():
    with pytest.raises(InputError, match="there is no device 'mars'"):
        choose_device("mars")


def test_without_held_out_images_the_last_epoch_is_kept(config):
    metrics = fit(dataclasses.replace(config, holdout=0.0))
    assert metrics["epoch"] == 3
    assert "val_accuracy" not in metrics
    header = (config.out / "metrics.csv").read_text().splitlines()[0]
    assert header.startswith("epoch,lr,train_loss,train_accuracy,seconds,images_per_second")


def test_training_starts_from_given_weights_and_their_normalisation(config, tmp_path):
    earlier = create_model("se_cifar_resnet20", 5, width=0.5)
    file = save_checkpoint(
        tmp_path / "earlier.safetensors",
        earlier,
        classes=list("abcde"),
        input_size=16,
        mean=[0.1, 0.2, 0.3],
        std=[0.4, 0.5, 0.6],
    )
    fit(dataclasses.replace(config, weights=str(file), epochs=1, lr=1e-12))
    model, metadata = load_checkpoint(config.out / "last.safetensors")
    assert metadata["mean"] == [0.1, 0.2, 0.3]
    assert torch.allclose(model.layer3[0].se.fc1.weight, earlier.layer3[0].se.fc1.weight)
    assert model.fc.out_features == 3


def test_the_saved_settings_leave_nothing_open(config):
    fit(dataclasses.replace(config, lr=None, image_size=None, epochs=1))
    saved = json.loads((config.out / "config.json").read_text())
    assert saved["lr"] == pytest.approx(0.1 * 15 / 128)
    assert saved["image_size"] == 32


def test_the_average_of_weights_is_what_is_kept(config):
    fit(dataclasses.replace(config, ema=0.5, epochs=1))
    kept = load_file(config.out / "last.safetensors")
    state = torch.load(config.out / "last.ckpt", weights_only=True)
    averaged, raw = state["average"], state["model"]
    assert torch.equal(kept["fc.weight"], averaged["module.fc.weight"])
    assert not torch.equal(kept["fc.weight"], raw["fc.weight"])


def test_workers_change_nothing(config, tmp_path):
    for name, workers in (("none", 0), ("two", 2)):
        fit(dataclasses.replace(config, workers=workers, epochs=2, out=tmp_path / name))
    a, b = (load_file(tmp_path / name / "last.safetensors") for name in ("none", "two"))
    assert all(torch.equal(a[key], b[key]) for key in a)
