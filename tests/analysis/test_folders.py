"""Image folders into stores: damaged files, and names of folders as classes."""

import json

import numpy as np
import pytest
import torch

from analysis import collect, open_store
from analysis.source import Source
from senet_core import InputError
from senet_core.data import open_folder
from tests.analysis.small import COLOURS, PREPROCESSING, network, source
from tests.senet_core.conftest import paint


@pytest.fixture
def folder(tmp_path):
    return paint(tmp_path / "images", per_class=4)


def test_broken_images_are_skipped_named_and_counted(folder, tmp_path, caplog):
    (folder / "green" / "0.png").write_bytes(b"nonsense")
    whole = (folder / "red" / "3.png").read_bytes()
    (folder / "red" / "3.png").write_bytes(whole[: len(whole) // 2])
    store = collect(network(3), open_folder(folder), tmp_path / "s.zarr", source=source())
    ds = open_store(store)
    assert ds.sizes["sample"] == 10
    assert ds["count"].values.tolist() == [4, 3, 3]
    assert list(json.loads(ds.attrs["skipped"])) == ["green/0.png", "red/3.png"]
    assert "skipped green/0.png: it is not in an image format" in caplog.text
    assert "2 of 12 images could not be read" in caplog.text
    assert "green/0.png" not in {str(path) for path in ds["path"].values}


def test_broken_images_change_nothing_for_the_others(folder, tmp_path):
    before = open_store(
        collect(network(3), open_folder(folder), tmp_path / "a.zarr", source=source())
    )
    (folder / "blue" / "0.png").write_bytes(b"")
    after = open_store(
        collect(network(3), open_folder(folder), tmp_path / "b.zarr", source=source())
    )
    for name in ("logits", "gate.layer3.2.se"):
        np.testing.assert_allclose(after[name].values, before[name].values[1:], atol=2e-5)


def test_no_readable_image_is_one_sentence(folder, tmp_path):
    for file in folder.rglob("*.png"):
        file.write_bytes(b"nonsense")
    with pytest.raises(InputError, match=r"none of the 12 images of images can be read"):
        collect(network(3), open_folder(folder), tmp_path / "s.zarr", source=source())
    assert not (tmp_path / "s.zarr").exists()


def test_numbers_that_are_not_finite_stop_and_name_the_image(folder, tmp_path):
    pixels = open_folder(folder).pixels
    bad = open_folder(folder)
    where = bad.paths.index("green/2.png")
    bad.transform = lambda image: image / 255
    bad.pixels = lambda i: pixels(i) * torch.nan if i == where else pixels(i)
    with pytest.raises(InputError, match=r"gates of layer1.0.se are not finite .* green/2.png"):
        collect(network(3), bad, tmp_path / "s.zarr")
    model = network(3)
    with torch.no_grad():
        model.fc.bias[1] = torch.inf
    with pytest.raises(InputError, match=r"logits are not finite for the image blue/0.png"):
        collect(model, open_folder(folder), tmp_path / "t.zarr", source=source())
    with pytest.raises(InputError, match="half-written"):
        open_store(tmp_path / "t.zarr")


def test_the_limit_takes_the_first_of_each_class(folder, tmp_path):
    ds = open_store(
        collect(network(3), open_folder(folder), tmp_path / "s.zarr", source=source(), limit=2)
    )
    paths = [str(path) for path in ds["path"].values]
    assert paths == [f"{colour}/{n}.png" for colour in COLOURS for n in (0, 1)]


def test_folders_are_found_among_the_networks_classes(folder, tmp_path):
    known = Source(preprocessing=PREPROCESSING, classes=("Red", "yellow", "BLUE", "green"))
    ds = open_store(collect(network(4), open_folder(folder), tmp_path / "s.zarr", source=known))
    assert ds["class"].values.tolist() == ["Red", "yellow", "BLUE", "green"]
    assert ds["count"].values.tolist() == [4, 0, 4, 4]
    assert str(ds["path"].values[0]) == "red/0.png"
    assert ds.attrs["labels"] == "model"


def test_folders_that_the_network_does_not_know_keep_their_names(folder, tmp_path, caplog):
    known = Source(preprocessing=PREPROCESSING, classes=("red", "green", "violet", "black"))
    with caplog.at_level("INFO"):
        ds = open_store(collect(network(4), open_folder(folder), tmp_path / "s.zarr", source=known))
    assert "'blue' is unknown to it" in caplog.text
    assert ds["class"].values.tolist() == list(COLOURS)
    assert ds["output"].values.tolist() == list(known.classes)
    assert ds["logits"].dims == ("sample", "output")
    assert ds.attrs["labels"] == "folder"


def test_a_flat_folder_has_no_labels(folder, tmp_path):
    ds = open_store(
        collect(network(3), open_folder(folder / "red"), tmp_path / "s.zarr", source=source())
    )
    assert ds.attrs["labels"] == "none"
    assert (ds["label"].values == -1).all()
    assert ds["count"].values.tolist() == [0, 0, 0]
    assert ds["class"].values.tolist() == list(COLOURS)
