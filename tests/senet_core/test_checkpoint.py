import hashlib
import json
import os
import pickle
import pickletools
import re
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from senet_core import InputError, SEConfig, create_model, load_checkpoint, save_checkpoint
from senet_core.checkpoint import FORMAT_VERSION, digest, read_metadata, replacing

SMALL = [
    ("cifar_resnet20", None, {}),
    ("se_cifar_resnet20", SEConfig(reduction=4, min_hidden=4), {}),
    ("se_resnet50", SEConfig(placement="conv3x3", stages=(4,)), {"width": 0.125, "pool": "padded"}),
    ("se_shufflenet_v1_g3", SEConfig(squeeze="none", bias=False), {}),
]
INFORMATION = {
    "classes": ["鞋", "T-shirt/top"],
    "mean": [0.286],
    "std": [0.353],
    "input_size": 48,
    "recipe": "fashion_mnist",
    "epoch": 7,
    "metrics": {"accuracy": 0.9412345678901234},
}


@pytest.fixture
def model():
    return create_model("se_cifar_resnet20", 2, 1)


@pytest.fixture
def file(model, tmp_path):
    return save_checkpoint(tmp_path / "net.safetensors", model, **INFORMATION)


def altered(file, **changes):
    """The file with other entries in its metadata; None takes one out."""
    with safe_open(file, framework="pt") as opened:
        metadata = {**opened.metadata(), **changes}
    kept = {key: value for key, value in metadata.items() if value is not None}
    save_file(load_file(file), file, metadata=kept)
    return file


@pytest.mark.parametrize(("name", "se", "options"), SMALL, ids=[row[0] for row in SMALL])
def test_round_trip_is_exact_to_the_bit(name, se, options, tmp_path):
    model = create_model(name, 5, 3, se, **options)
    for module in model.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.normal_(module.running_mean)
    again, _ = load_checkpoint(save_checkpoint(tmp_path / "net.safetensors", model))
    assert again.config == model.config
    assert not again.training
    expected, found = model.state_dict(), again.state_dict()
    assert list(found) == list(expected)
    assert all(torch.equal(found[key], expected[key]) for key in expected)
    assert all(parameter.requires_grad for parameter in again.parameters())
    image = torch.randn(2, 3, 32, 32)
    with torch.no_grad():
        assert torch.equal(again(image), model.eval()(image))


def test_the_information_comes_back(file):
    _, metadata = load_checkpoint(file)
    assert {key: metadata[key] for key in INFORMATION} == INFORMATION
    assert metadata["format_version"] == FORMAT_VERSION
    assert metadata["architecture"] == "se_cifar_resnet20"
    assert SEConfig.from_json(metadata["se"]) == SEConfig()
    assert (metadata["num_classes"], metadata["in_chans"]) == (2, 1)
    assert metadata["versions"]["torch"] == torch.__version__
    assert read_metadata(file) == metadata


def test_the_metadata_in_the_file_is_text_that_any_program_can_read(file):
    with safe_open(file, framework="pt") as opened:
        text = opened.metadata()
    assert text["architecture"] == "se_cifar_resnet20"
    assert json.loads(text["classes"]) == INFORMATION["classes"]
    assert set(text) >= {*INFORMATION, "format_version", "options", "se", "num_classes", "in_chans"}


def test_reading_the_metadata_loads_no_weights(file, monkeypatch):
    monkeypatch.setattr("senet_core.checkpoint.create_model", None)
    assert read_metadata(file)["epoch"] == 7


def test_the_digest_is_the_files_sha256(file):
    assert digest(file) == hashlib.sha256(file.read_bytes()).hexdigest()


def test_a_missing_file_is_refused(tmp_path):
    path = tmp_path / "none.safetensors"
    with pytest.raises(InputError, match=f"^{re.escape(str(path))} is not there; give the path"):
        load_checkpoint(path)


def test_a_directory_is_refused(tmp_path):
    with pytest.raises(InputError, match="is a folder; give the path"):
        load_checkpoint(tmp_path)


@pytest.mark.parametrize("content", [b"", b"not a checkpoint", bytes(range(256)) * 64])
def test_a_file_that_is_no_safetensors_is_refused(content, tmp_path):
    path = tmp_path / "net.safetensors"
    path.write_bytes(content)
    with pytest.raises(InputError, match="is no safetensors checkpoint") as caught:
        load_checkpoint(path)
    assert "\n" not in str(caught.value)


def test_a_cut_file_is_refused(file):
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.raises(InputError, match="is no safetensors checkpoint"):
        load_checkpoint(file)


class Bomb:
    """Writes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


def test_a_pickle_is_refused_without_being_opened(tmp_path):
    path, trace = tmp_path / "net.pth", tmp_path / "exploded"
    path.write_bytes(pickle.dumps(Bomb(trace)))
    assert "touch" in str(list(pickletools.genops(path.read_bytes())))
    with pytest.raises(InputError, match="is no safetensors checkpoint"):
        load_checkpoint(path)
    assert not trace.exists()


def test_weights_without_our_metadata_are_refused(model, tmp_path):
    path = tmp_path / "foreign.safetensors"
    save_file(model.state_dict(), path)
    with pytest.raises(InputError, match="does not say which network they belong to"):
        load_checkpoint(path)


def test_a_newer_format_is_refused(file):
    altered(file, format_version=str(FORMAT_VERSION + 1))
    with pytest.raises(InputError, match=r"format 2, newer than this version's 1; update"):
        load_checkpoint(file)


@pytest.mark.parametrize(
    "changes",
    [
        {"format_version": "one"},
        {"num_classes": None},
        {"num_classes": '"ten"'},
        {"num_classes": "true"},
        {"options": "[]"},
        {"classes": "[1, 2]"},
        {"mean": "0.5"},
        {"std": '["one"]'},
        {"input_size": '"large"'},
        {"classes": "{"},
    ],
)
def test_damaged_metadata_is_refused(file, changes):
    altered(file, **changes)
    with pytest.raises(InputError, match="has damaged metadata"):
        load_checkpoint(file)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"num_classes": "3"}, r"do not fit that network \(first at 'fc.bias'\)"),
        ({"architecture": "se_resnet18"}, "says that it holds a se_resnet18, but its weights"),
        ({"architecture": "cifar_resnet20", "se": ""}, "do not fit that network"),
        ({"architecture": "resnet51"}, "unknown model 'resnet51'"),
        ({"options": '{"depth": 3}'}, "unknown option 'depth'"),
        ({"se": "{"}, "does not describe an SE block"),
    ],
)
def test_metadata_that_names_another_network_is_refused(file, changes, sentence):
    altered(file, **changes)
    with pytest.raises(InputError, match=sentence):
        load_checkpoint(file)


def test_a_network_from_elsewhere_is_not_saved(tmp_path):
    with pytest.raises(InputError, match=r"was not made by senet_core.create_model"):
        save_checkpoint(tmp_path / "net.safetensors", torch.nn.Linear(2, 2))
    assert list(tmp_path.iterdir()) == []


def test_saving_leaves_one_file_and_makes_the_folder(model, tmp_path):
    save_checkpoint(tmp_path / "a" / "b" / "net.safetensors", model)
    assert [path.name for path in (tmp_path / "a" / "b").iterdir()] == ["net.safetensors"]


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(model, file, monkeypatch):
    before = file.read_bytes()

    def broken(tensors, path, metadata):
        Path(path).write_bytes(b"half")
        raise OSError("disk full")

    monkeypatch.setattr("senet_core.checkpoint.save_file", broken)
    with pytest.raises(OSError, match="disk full"):
        save_checkpoint(file, model)
    assert file.read_bytes() == before
    assert list(file.parent.iterdir()) == [file]


def test_a_signal_that_comes_as_soon_as_the_file_is_there_leaves_nothing(tmp_path, monkeypatch):
    close = os.close

    def stopped(handle):
        close(handle)
        raise KeyboardInterrupt

    monkeypatch.setattr("senet_core.checkpoint.os.close", stopped)
    with pytest.raises(KeyboardInterrupt), replacing(tmp_path / "whole"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_the_file_is_not_there_before_it_is_whole(tmp_path):
    path = tmp_path / "whole"
    with replacing(path) as temporary:
        temporary.write_text("all of it")
        assert not path.exists()
        assert temporary.parent == path.parent  # one file system, so the last step is atomic
    assert path.read_text() == "all of it"
