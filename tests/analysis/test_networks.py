"""A network by name: anybody's weights with what is known of them, or random ones."""

import json
import socket
import sys
from pathlib import Path

import pytest
import timm
import torch
import torchvision
from safetensors.torch import save_file

from analysis import find_gates
from analysis.networks import Pixels, open_model, prepared
from senet_core import InputError, SEConfig
from tests.senet_core.peers import moskomule

PIXELS = Pixels(in_chans=3, mean=(0.1,) * 3, std=(0.2,) * 3, classes=("a", "b"))
TINY = "timm:mobilenetv3_small_050"


def opened(name, weights=None, *, seed=0, pixels=PIXELS):
    return open_model(name, weights and Path(weights), seed=seed, pixels=pixels)


def saved(tmp_path, model):
    torch.save(model.state_dict(), tmp_path / "w.pth")
    return tmp_path / "w.pth"


def test_foreign_weights_decide_options_outputs_and_pixels(tmp_path):
    original = moskomule("se_resnet20").eval()
    torch.save({"state_dict": original.state_dict()}, tmp_path / "w.pth")
    model, source = opened("se_cifar_resnet20", tmp_path / "w.pth")
    assert model.config.se == SEConfig(bias=False)
    assert (source.weights, source.checkpoint) == ("trained", tmp_path / "w.pth")
    assert len(source.classes) == 1000
    assert source.preprocessing.mean == (0.485, 0.456, 0.406)
    x = torch.randn(1, 3, 32, 32)
    assert torch.allclose(model.eval()(x), original(x), rtol=1e-4, atol=1e-5)


def test_timms_network_without_weights_is_random_and_for_these_images():
    model, source = opened("timm:ecaresnet26t")
    assert (source.weights, source.seed, source.architecture) == ("random", 0, "timm:ecaresnet26t")
    assert (source.classes, source.image_size) == (("a", "b"), 256)
    assert model.fc.out_features == 2
    assert len(find_gates(model)) == 8
    assert prepared(model, source, PIXELS, None).preprocessing.mean == (0.1,) * 3
    same, _ = opened("timm:ecaresnet26t")
    other, _ = opened("timm:ecaresnet26t", seed=1)
    assert torch.equal(same.fc.weight, model.fc.weight)
    assert not torch.equal(other.fc.weight, model.fc.weight)
    grey = Pixels(in_chans=1, mean=(0.1,), std=(0.2,), classes=())
    model, _ = opened(TINY, pixels=grey)
    assert (model.conv_stem.in_channels, model.classifier.out_features) == (1, 1000)


def test_a_file_for_timms_network_goes_with_timms_preprocessing(tmp_path):
    original = timm.create_model("nf_regnet_b1", num_classes=7)
    model, source = opened("timm:nf_regnet_b1", saved(tmp_path, original))
    assert torch.equal(model.head.fc.weight, original.head.fc.weight)
    assert (source.weights, source.classes) == ("trained", ())
    assert json.loads(source.preprocessing.describe()) == {
        "image_size": 256,
        "in_chans": 3,
        "mean": [0.485, 0.456, 0.406],
        "std": [0.229, 0.224, 0.225],
        "crop": 0.9,
        "interpolation": "bicubic",
    }
    small = prepared(model, source, PIXELS, 96).preprocessing
    assert (small.image_size, small.crop) == (96, 0.9)


def test_a_file_with_the_outputs_of_imagenet_knows_its_classes(tmp_path):
    _, source = opened(TINY, saved(tmp_path, timm.create_model(TINY[5:])))
    assert source.classes[:2] == ("tench", "goldfish")


@pytest.mark.parametrize("chans", [1, 3])
def test_names_of_layers_tell_channels_and_outputs_whatever_comes_first(tmp_path, chans):
    original = timm.create_model("vit_tiny_patch16_224", num_classes=3, in_chans=chans)
    model, source = opened("timm:vit_tiny_patch16_224", saved(tmp_path, original))
    assert (model.patch_embed.proj.in_channels, model.num_classes) == (chans, 3)
    assert (source.preprocessing is None) == (chans == 1)


def test_a_file_for_torchvisions_regnet(tmp_path):
    original = torchvision.models.regnet_y_400mf(num_classes=3)
    model, _ = opened("torchvision:regnet_y_400mf", saved(tmp_path, original))
    assert torch.equal(model.fc.weight, original.fc.weight)


def test_a_file_of_another_network_is_refused(tmp_path):
    path = saved(tmp_path, timm.create_model("lcnet_035", num_classes=3))
    with pytest.raises(InputError, match=r"do not fit timm:mobilenetv3_small_050 .*give --model"):
        opened(TINY, path)


@pytest.fixture
def offline(monkeypatch, tmp_path):
    """A hub that does not answer, and its empty cache."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        nobody = f"http://127.0.0.1:{free.getsockname()[1]}"
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", nobody)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(
    ("name", "weights"),
    [
        ("timm:seresnet50.a1_in1k", None),
        ("timm:seresnet50", "timm:seresnet50"),
        ("timm:seresnet50", "timm:seresnet50.a1_in1k"),
    ],
)
def test_published_weights_need_the_hub(offline, name, weights):
    with pytest.raises(InputError, match=r"timm:seresnet50[a-z0-9_.]* could not be fetched, for"):
        opened(name, weights)


@pytest.mark.parametrize(
    ("name", "weights"),
    [
        ("timm:mobilenetv3_small_050.lamb_in1k", None),
        (TINY, "timm:mobilenetv3_small_050.lamb_in1k"),
        (TINY, "timm:mobilenetv3_small_050"),
        ("timm:mobilenetv3_small_050.lamb_in1k", "timm:mobilenetv3_small_050"),
    ],
)
def test_published_weights_of_the_cache_need_no_hub(offline, name, weights):
    original = timm.create_model("mobilenetv3_small_050")
    folder = offline / "models--timm--mobilenetv3_small_050.lamb_in1k"
    (folder / "refs").mkdir(parents=True)
    (folder / "refs" / "main").write_text("0" * 40)
    (folder / "snapshots" / ("0" * 40)).mkdir(parents=True)
    save_file(original.state_dict(), folder / "snapshots" / ("0" * 40) / "model.safetensors")
    model, source = opened(name, weights)
    assert torch.equal(model.classifier.weight, original.classifier.weight)
    assert source.architecture == "timm:mobilenetv3_small_050.lamb_in1k"
    assert (source.weights, source.classes[0]) == ("trained", "tench")
    assert source.preprocessing.interpolation == "bicubic"


@pytest.mark.parametrize(
    ("name", "weights", "says"),
    [
        ("timm:seresnet5", None, r"timm knows no 'seresnet5' \(did you mean seresnet50"),
        ("timm:", None, "timm knows no ''; see timm.list_models"),
        ("timm:resnet50.nonsense", None, "for resnet50 it has the tags a1_in1k"),
        ("timm:seresnet18.x", None, "network seresnet18 but no weights for it"),
        ("timm:seresnet18", "timm:seresnet18", "network seresnet18 but no weights for it"),
        (TINY, "timm:lcnet_050", "are not those of.*; give --model timm:lcnet_050 with them"),
        (
            "timm:resnet50.a1_in1k",
            "timm:resnet50.a2_in1k",
            "--weights timm:resnet50.a2_in1k are not those of --model timm:resnet50.a1_in1k",
        ),
        ("torchvision:resnet1", None, "torchvision has no classifier 'resnet1'"),
        ("torchvision:resnet18", "timm:resnet18", "timm:resnet18 is not there"),
    ],
)
def test_names_that_do_not_do_are_refused_in_a_sentence(offline, name, weights, says):
    with pytest.raises(InputError, match=says) as caught:
        opened(name, weights)
    assert "\n" not in str(caught.value)


def test_without_timm(monkeypatch):
    monkeypatch.setitem(sys.modules, "timm", None)
    with pytest.raises(InputError, match="timm:seresnet50 needs timm, which is not installed"):
        opened("timm:seresnet50")
