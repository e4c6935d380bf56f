"""The dashboard reads and writes under its served root: no link and no ``..`` leads out."""

import io
import json
import os
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from analysis.images import open_images
from analysis.store import find_stores, open_store
from dashboard.jobs import runner
from dashboard.jobs.files import JobFolder, Task
from dashboard.shell.settings import Settings
from dashboard.sources import runs, served, stores, uploads
from senet_core import InputError
from tests.dashboard.conftest import pair, with_images, words
from tests.dashboard.sent import Sent
from tests.dashboard.training_runs import training_run
from tests.synthetic import synthetic_store, write_store

TINY = synthetic_store(per_class=1, gates=())
STAND_IN = "import pathlib, sys; pathlib.Path('ran').write_text(repr(sys.argv)); print('done')"


@pytest.fixture
def settings(tmp_path, monkeypatch):
    for module in (stores, served):
        monkeypatch.setattr(module, "DEMO", tmp_path / "no-demo")
    for cache in (stores.scan, runs.scan_runs, served.checkpoints, served.image_folders):
        cache.clear()
    (tmp_path / "runs").mkdir()
    return Settings(runs=tmp_path / "runs")


def weights() -> bytes:
    stream = io.BytesIO()
    torch.save({"fc.weight": torch.zeros(3, 4)}, stream)
    return stream.getvalue()


def test_stores_behind_links_that_lead_out_are_named_and_not_opened(settings, tmp_path):
    write_store(TINY, tmp_path / "outside" / "secret.zarr")
    write_store(TINY, settings.runs / "deep" / "own.zarr")
    (settings.runs / "secret.zarr").symlink_to(tmp_path / "outside" / "secret.zarr")
    (settings.runs / "way").symlink_to(tmp_path / "outside")
    (settings.runs / "up").symlink_to("..")
    (settings.runs / "again").symlink_to(settings.runs / "deep")
    found = stores.scan(settings)
    assert [entry.name for entry in found.entries] == ["own"]
    assert [name for name, _ in found.faults] == ["secret.zarr", "up", "way"]
    assert all("leads out of the served folder" in said for _, said in found.faults)


def test_links_in_a_circle_end(settings):
    write_store(TINY, settings.runs / "own.zarr")
    (settings.runs / "a").mkdir()
    for name in "bcde":
        (settings.runs / "a" / name).symlink_to(settings.runs)
    begun = time.monotonic()
    assert find_stores(settings.runs) == [settings.runs / "own.zarr"]
    assert time.monotonic() - begun < 1


def test_runs_behind_links_that_lead_out_are_not_read(settings, tmp_path):
    training_run(tmp_path / "outside" / "secret")
    own = training_run(settings.runs / "own")
    (settings.runs / "secret").symlink_to(tmp_path / "outside" / "secret")
    half = settings.runs / "half"
    half.mkdir()
    (half / "config.json").write_bytes((own / "config.json").read_bytes())
    (half / "metrics.csv").symlink_to(tmp_path / "outside" / "secret" / "metrics.csv")
    found = runs.scan_runs(settings)
    assert [entry.name for entry in found.entries] == ["own"]
    ((name, said),) = found.faults
    assert name == "half"
    assert f"half/metrics.csv leads out of {settings.runs}" in said


@pytest.mark.parametrize("asked", ["../../etc", "..", "/etc/passwd", "../outside/secret", "a\0b"])
def test_ways_in_an_address_open_nothing(open_app, tmp_path, asked):
    pair(tmp_path / "runs", per_class=5)
    training_run(tmp_path / "outside" / "secret")
    write_store(TINY, tmp_path / "outside" / "secret.zarr")
    address = {"store": asked, "other": asked, "runs": asked, "gate": asked, "image": asked}
    app = open_app(tmp_path / "runs", "checkpoints", **address)
    assert not app.exception
    assert "The link asked for the store" in words(app)
    assert app.selectbox(key="store").value in ("se", "plain")


@pytest.fixture
def shown(tmp_path):
    """What is shown of a store that names one path under a folder."""
    Image.fromarray(np.zeros((8, 8), np.uint8)).save(tmp_path / "secret.png")
    with_images(TINY, tmp_path / "images")

    def show(path: str, root: str | Path = tmp_path / "images") -> Image.Image:
        ds = TINY.drop_vars("index").isel(sample=[0])
        ds = ds.assign_coords(path=("sample", np.array([path], dtype=object)))
        source = open_images(ds.assign_attrs(root=str(root)))
        assert source is not None
        return source.image(0)

    return show


def test_images_in_its_folder_are_shown(shown):
    assert shown("0.png").size == (28, 28)


@pytest.mark.parametrize("path", ["../secret.png", "/etc/passwd", "a/../../secret.png"])
def test_no_image_by_a_way_up(shown, path):
    with pytest.raises(InputError, match="which lies outside its folder"):
        shown(path)


def test_no_image_behind_a_link_that_leads_out(shown, tmp_path):
    (tmp_path / "images" / "link.png").symlink_to(tmp_path / "secret.png")
    (tmp_path / "images" / "way").symlink_to(tmp_path)
    (tmp_path / "images" / "own.png").symlink_to("0.png")
    for path in ("link.png", "way/secret.png"):
        with pytest.raises(InputError, match="is no image file in its folder"):
            shown(path)
    assert shown("own.png").size == (28, 28)


@pytest.mark.parametrize("name", ["passwd", "x.txt", "x.png.gz", "x.svg"])
def test_no_file_of_another_kind(shown, tmp_path, name):
    (tmp_path / "images" / name).write_bytes((tmp_path / "images" / "0.png").read_bytes())
    with pytest.raises(InputError, match="is no image file in its folder"):
        shown(name)


def test_no_file_that_is_no_image_inside(shown, tmp_path):
    (tmp_path / "images" / "x.png").write_text("root:x:0:0")
    with pytest.raises(InputError, match="cannot be read as an image") as refused:
        shown("x.png")
    assert "root:x" not in str(refused.value)


def test_no_image_of_a_whole_disk(tmp_path):
    ds = TINY.drop_vars("index").isel(sample=[0])
    ds = ds.assign_coords(path=("sample", np.array(["etc/x.png"], dtype=object)))
    assert open_images(ds.assign_attrs(root=os.path.abspath(os.sep))) is None  # noqa: PTH100


@pytest.mark.parametrize(
    "name",
    [
        *(
            "../../x.pth",
            "/etc/x.pth",
            "..\\..\\x.pth",
            "a\0b.pth",
            "\u202ehtp.x.pth",
            ".pth.pth",
        ),
        *("CON.pth", "x" * 5000 + ".pth", "<b>.pth", "-rf.pth", " .pth", "a\nb.pth", "....pth"),
    ],
)
def test_the_name_of_an_upload_is_never_a_way(settings, name):
    file = uploads.keep(Sent(name, weights()), settings)
    assert file.parent == settings.runs / uploads.FOLDER
    assert file.resolve().parent == (settings.runs / uploads.FOLDER).resolve()
    assert len(file.name) < 80
    assert file.name.isascii()
    assert file.name[0].isalnum() or file.name[0] == "_"
    assert file.name.partition(".")[0].upper() not in ("CON", "NUL", "AUX", "PRN")


def test_no_upload_is_kept_or_listed_or_removed_elsewhere(settings, tmp_path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "own.pth").touch()
    (settings.runs / uploads.FOLDER).symlink_to(tmp_path / "outside")
    with pytest.raises(InputError, match="leads out of"):
        uploads.keep(Sent("x.pth", weights()), settings)
    assert uploads.kept(settings) == []
    uploads.remove(settings.runs / uploads.FOLDER / "own.pth", settings)
    assert [file.name for file in (tmp_path / "outside").iterdir()] == ["own.pth"]


def test_an_upload_that_is_old_and_used_by_nothing_is_removed(settings):
    sent = [uploads.keep(Sent(f"{n}.pth", weights()), settings) for n in ("old", "used", "new")]
    for file in sent[:2]:
        long_ago = time.time() - (uploads.MOST_DAYS + 1) * 86_400
        os.utime(file, (long_ago, long_ago))
    uploads.remove_old(Settings(settings.runs, read_only=True), set())
    assert len(uploads.kept(settings)) == 3
    uploads.remove_old(settings, {sent[1].name})
    assert uploads.kept(settings) == sorted(sent[1:])


def test_the_zoo_removes_old_uploads_but_for_those_that_a_job_or_a_store_used(open_app, tmp_path):
    settings = Settings(tmp_path / "runs")
    sent = {n: uploads.keep(Sent(f"{n}.pth", weights()), settings) for n in ("a", "b", "c")}
    long_ago = time.time() - (uploads.MOST_DAYS + 1) * 86_400
    for file in sent.values():
        os.utime(file, (long_ago, long_ago))
    write_store(TINY.assign_attrs(checkpoint_file=str(sent["a"])), settings.runs / "s.zarr")
    old = JobFolder(settings.runs / runner.FOLDER / "1")
    own = ("collect", "--model", "resnet18", "--weights", str(sent["b"]), "--dataset", "cifar10")
    out = str(settings.runs / "x.zarr")
    old.create(Task("collect", "x", (*own, "--out", out), out))
    old.ask_to_stop()
    app = open_app(settings.runs, "zoo")
    assert not app.exception
    assert uploads.kept(settings) == sorted([sent["a"], sent["b"]])


def test_forms_offer_nothing_from_outside(open_app, tmp_path):
    pair(tmp_path / "runs", per_class=2)
    for folder in (tmp_path / "runs" / "own", tmp_path / "outside"):
        folder.mkdir()
        (folder / "a.png").touch()
    (tmp_path / "outside" / "secret.pth").write_bytes(weights())
    (tmp_path / "runs" / "way").symlink_to(tmp_path / "outside")
    (tmp_path / "runs" / "secret.pth").symlink_to(tmp_path / "outside" / "secret.pth")
    served.checkpoints.clear()
    served.image_folders.clear()
    app = open_app(tmp_path / "runs", "zoo")
    assert not app.exception
    assert "own/" in app.selectbox(key="images").options
    offered = [*app.selectbox(key="images").options, *app.selectbox(key="checkpoint").options]
    assert not [name for name in offered if "way" in name or "secret" in name]


@pytest.mark.parametrize("name", ["../x", "a/b", "..", "a\0b", "x" * 101, "-rf", "", "ä"])
def test_a_name_that_is_a_way_starts_nothing(open_app, tmp_path, monkeypatch, name):
    monkeypatch.setattr(runner, "PROGRAM", (sys.executable, "-c", STAND_IN))
    (tmp_path / "runs").mkdir()
    app = open_app(tmp_path / "runs", "zoo", checkpoint="random")
    field = next(each for each in app.text_input if each.key and each.key.startswith("zoo-name"))
    field.set_value(name).run()
    assert app.button(key="zoo-collect").disabled
    assert "Give the store a name of letters" in words(app)
    assert not (tmp_path / "runs" / runner.FOLDER).exists()


def test_a_store_is_not_read_outside_of_its_folder_by_its_gates(tmp_path):
    path = write_store(synthetic_store(per_class=2), tmp_path / "s.zarr")
    said = json.loads((path / "zarr.json").read_text())
    said["attributes"]["gates"] = said["attributes"]["gates"].replace("layer1.0.se", "../x", 1)
    (path / "zarr.json").write_text(json.dumps(said))
    with pytest.raises(InputError, match=r"a gate '\.\./x' that cannot be right"):
        open_store(path)
