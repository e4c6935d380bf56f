"""Weights by their names in timm: what is opened, what is refused, and both without a hub."""

import dataclasses
import http.server
import socket
import threading
import time

import pytest
import timm
import torch
from safetensors.torch import save_file

from senet_core import InputError
from senet_core.convert import create_matching, fetch, hub
from tests.senet_core.peers import peer


@pytest.fixture
def offline(monkeypatch, tmp_path):
    """Servers that do not answer, and empty caches."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    nobody = f"http://127.0.0.1:{port}/weights.pth"
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", nobody)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("torch.hub.get_dir", lambda: str(tmp_path))
    legacy = dataclasses.replace(timm.get_pretrained_cfg("legacy_seresnet50"), url=nobody)
    registry = timm.models._registry._model_pretrained_cfgs
    monkeypatch.setitem(registry, "legacy_seresnet50.in1k", legacy)
    return tmp_path


def refusal(name):
    with pytest.raises(InputError) as caught:
        fetch(name)
    sentence = str(caught.value)
    assert "\n" not in sentence
    return sentence


@pytest.mark.parametrize("name", ["legacy_seresnet50.in1k", "resnet50", "gluon_senet154"])
def test_without_a_way_to_the_hub(offline, name):
    start = time.monotonic()
    assert "could not be fetched, for 127.0.0.1 cannot be reached from here" in refusal(
        f"timm:{name}"
    )
    assert time.monotonic() - start < 5


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("nope", "timm knows no 'nope'"),
        ("resnet50.nonsense", "for resnet50 it has the tags a1_in1k, a1h_in1k,"),
        ("seresnet18", "timm has the network seresnet18 but no weights for it"),
        ("resnetaa50.a1h_in1k", "timm's resnetaa50 is not known to compute what a network here"),
        ("resnetblur50", "those that do are resnet18, resnet34,"),
        ("gluon_resnet50_v1d", "timm's resnet50d is not known to compute"),
        ("legacy_seresnet18.in1k", "ReLU before the gate"),
        ("legacy_seresnet34", "ReLU before the gate"),
    ],
)
def test_names_that_are_refused_before_anything_is_fetched(monkeypatch, name, says):
    monkeypatch.setattr(hub, "_pretrained", None)
    assert says in refusal(f"timm:{name}")


def cached(cache, name, content):
    """Put a file where the hub's client keeps those that it has fetched."""
    folder = cache / f"models--timm--{name}"
    (folder / "refs").mkdir(parents=True)
    (folder / "refs" / "main").write_text("0" * 40)
    file = folder / "snapshots" / ("0" * 40) / "model.safetensors"
    file.parent.mkdir(parents=True)
    if isinstance(content, bytes):
        file.write_bytes(content)
    else:
        save_file(content, file)
    return file


def test_what_was_fetched_once_needs_no_hub(monkeypatch, offline, caplog):
    monkeypatch.setattr("timm.models._builder.load_state_dict_from_hf", None)  # would ask it
    torch.manual_seed(0)
    state = peer("timm:resnet18").state_dict()
    cached(offline, "resnet18.a1_in1k", state)
    model, known = create_matching("resnet18", "timm:resnet18.a1_in1k")
    assert model.config.options == {"pool": "padded"}
    assert torch.equal(model.fc.weight, state["fc.weight"])
    assert (known.classes[0], known.input_size, known.std) == ("tench", 224, (0.229, 0.224, 0.225))
    assert caplog.records == []  # timm's tag says what the classes are


def test_timms_older_files_are_found_too(offline):
    torch.manual_seed(0)
    state = peer("timm:legacy_seresnet50").state_dict()
    (offline / "checkpoints").mkdir()
    torch.save(state, offline / "checkpoints" / "weights.pth")
    model, known = create_matching("se_resnet50", "timm:legacy_seresnet50.in1k")
    assert torch.equal(model.fc.weight, state["last_linear.weight"])
    assert known.classes[0] == "tench"


def test_a_damaged_cache_is_named(offline):
    file = cached(offline, "resnet18.a1_in1k", b"junk")
    sentence = refusal("timm:resnet18.a1_in1k")
    assert f"could not be read from {file}" in sentence
    assert "give a sound copy of them as --weights FILE" in sentence


def test_a_download_that_breaks_off(monkeypatch, offline):
    def broken(*_, **__):
        raise ConnectionError("reset by peer\nand more")

    monkeypatch.setattr(hub, "_answers", lambda _: True)
    monkeypatch.setattr(timm, "create_model", broken)
    assert "could not be fetched (reset by peer); give a" in refusal("timm:resnet18.a1_in1k")


@pytest.mark.parametrize(
    ("name", "classes"),
    [("seresnet50.a1_in1k", 1000), ("resnet50.bamboo", 0)],  # the second is of another data set
)
def test_with_a_way_to_the_hub(monkeypatch, offline, name, classes):
    build = timm.create_model
    monkeypatch.setattr(hub, "_answers", lambda _: True)
    monkeypatch.setattr(timm, "create_model", lambda name, **_: build(name))
    with torch.device("meta"):
        fetched = fetch(f"timm:{name}")
        model, known = create_matching("se_resnet50" if classes else "resnet50", f"timm:{name}")
    assert len(fetched.classes) == len(known.classes) == classes
    assert (known.mean, known.input_size) == ((0.485, 0.456, 0.406), 224)
    assert model.config.options == {"stride_on": "3x3", "pool": "padded"}


class Unkind(http.server.BaseHTTPRequestHandler):
    def do_HEAD(self):
        self.send_error(403)

    def log_message(self, *_):
        pass


def test_an_unkind_answer_is_an_answer():
    with http.server.HTTPServer(("127.0.0.1", 0), Unkind) as server:
        threading.Thread(target=server.handle_request, daemon=True).start()
        assert hub._answers(f"http://127.0.0.1:{server.server_port}")


def test_silence_is_none(monkeypatch):
    monkeypatch.setattr(hub, "_PATIENCE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert not hub._answers(f"http://127.0.0.1:{silent.getsockname()[1]}")


def test_without_timm(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "timm", None)
    with pytest.raises(InputError, match="needs timm, which is not installed"):
        fetch("timm:legacy_seresnet50.in1k")
