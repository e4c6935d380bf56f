"""What the dashboard lets a browser choose: files under the served folder, and no others."""

import io
import json

import pytest
import torch
from safetensors.torch import save

from dashboard.shell.settings import Settings
from dashboard.sources import served, uploads
from senet_core import InputError, create_model, load_checkpoint, save_checkpoint
from senet_core.convert.files import read_tensors
from tests.dashboard.sent import Sent
from tests.senet_core.conftest import paint


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.setattr(served, "DEMO", tmp_path / "demo")
    served.checkpoints.clear()
    served.image_folders.clear()
    return Settings(runs=tmp_path / "runs")


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    file = tmp_path_factory.mktemp("net") / "net.safetensors"
    return save_checkpoint(file, create_model("se_cifar_resnet20", 3)).read_bytes()


def names(found):
    return [one.name for one in found]


def test_checkpoints_of_runs_and_shipped_ones_are_found_and_nothing_outside(settings, tmp_path):
    for name in (
        "runs/a/best.safetensors",
        "runs/b.pth",
        "runs/.hidden/c.pth",
        "runs/s.zarr/d.pth",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "runs/a/last.ckpt").touch()
    secret = tmp_path / "outside"
    secret.mkdir()
    (secret / "secret.pth").touch()
    (settings.runs / "way").symlink_to(secret)
    (settings.runs / "secret.pth").symlink_to(secret / "secret.pth")
    (settings.runs / "again.pth").symlink_to(settings.runs / "b.pth")
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo/shipped.safetensors").touch()
    found = served.checkpoints(settings)
    expected = ["a/best.safetensors", "again.pth", "b.pth", "demo/shipped.safetensors"]
    assert names(found) == expected
    assert found[0].path == str(settings.runs / "a/best.safetensors")


def test_folders_of_images_are_found_with_their_classes_or_without(settings, tmp_path):
    paint(settings.runs / "data" / "colours" / "val", per_class=1)
    paint(tmp_path / "elsewhere", per_class=1)
    (settings.runs / "way").symlink_to(tmp_path / "elsewhere")
    (settings.runs / "flat").mkdir()
    (settings.runs / "flat" / "photo.JPG").touch()
    (settings.runs / "empty").mkdir()
    assert names(served.image_folders(settings)) == ["data/colours/val", "flat"]


def test_an_upload_is_kept_whole_under_a_harmless_name(settings, checkpoint):
    file = uploads.keep(Sent("../../my net<b>.safetensors", checkpoint), settings)
    assert file.parent == settings.runs / "uploads"
    assert file.name.startswith("my-net-b-")
    assert file.suffix == ".safetensors"
    assert file.read_bytes() == checkpoint
    assert load_checkpoint(file)[1]["architecture"] == "se_cifar_resnet20"
    again = uploads.keep(Sent("my net<b>.safetensors", checkpoint), settings)
    assert again == file
    assert uploads.kept(settings) == [file]
    uploads.remove(settings.runs / "other.safetensors", settings)
    uploads.remove(file, settings)
    assert uploads.kept(settings) == []


def test_weights_that_do_not_name_their_network_are_kept_too(settings):
    tensors = {"fc.weight": torch.zeros(3, 4)}
    stream = io.BytesIO()
    torch.save(tensors, stream)
    for name, content in (("w.pth", stream.getvalue()), ("w.safetensors", save(tensors))):
        file = uploads.keep(Sent(name, content), settings)
        assert read_tensors(file)["fc.weight"].shape == (3, 4)


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("net.py", b"print()", "ends in"),
        ("net.pth", b"import os", "not what torch.save writes"),
        ("net.safetensors", b"nonsense", "net.safetensors is no safetensors"),
        ("net.safetensors", (8).to_bytes(8, "little") + b'{"a": 1}', "is no safetensors"),
    ],
)
def test_what_is_no_file_of_weights_is_refused_and_not_kept(settings, name, content, said):
    with pytest.raises(InputError, match=said):
        uploads.keep(Sent(name, content), settings)
    assert uploads.kept(settings) == []


def test_a_checkpoint_of_a_newer_version_is_refused(settings, checkpoint):
    size = int.from_bytes(checkpoint[:8], "little")
    header = json.loads(checkpoint[8 : 8 + size])
    header["__metadata__"]["format_version"] = "99"
    text = json.dumps(header).encode()
    newer = len(text).to_bytes(8, "little") + text + checkpoint[8 + size :]
    with pytest.raises(InputError, match="format 99"):
        uploads.keep(Sent("net.safetensors", newer), settings)
    assert uploads.kept(settings) == []


def test_uploads_are_bounded_in_size_and_number(settings, checkpoint, monkeypatch):
    monkeypatch.setattr(uploads, "MOST_BYTES", len(checkpoint) - 1)
    with pytest.raises(InputError, match="MB that can be sent"):
        uploads.keep(Sent("net.safetensors", checkpoint), settings)
    monkeypatch.undo()
    for number in range(uploads.MOST_FILES):
        uploads.keep(Sent(f"{number}.safetensors", checkpoint), settings)
    with pytest.raises(InputError, match="8 uploads are kept already"):
        uploads.keep(Sent("one-more.safetensors", checkpoint), settings)
    assert len(uploads.kept(settings)) == uploads.MOST_FILES


def test_a_read_only_dashboard_keeps_and_removes_nothing(settings, checkpoint):
    file = uploads.keep(Sent("net.safetensors", checkpoint), settings)
    closed = Settings(runs=settings.runs, read_only=True)
    with pytest.raises(InputError, match="read-only"):
        uploads.keep(Sent("other.safetensors", checkpoint), closed)
    uploads.remove(file, closed)
    assert uploads.kept(settings) == [file]
