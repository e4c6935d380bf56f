"""Words for a store's network and images, which given again make the same store."""

import json

import pytest
import torch

from analysis import open_store
from analysis.__main__ import main
from analysis.again import image_words, network_words
from senet_core import InputError, create_model, save_checkpoint
from tests.senet_core.conftest import COLOURS, paint


@pytest.fixture
def images(tmp_path):
    return paint(tmp_path / "colours", per_class=2)


def collected(tmp_path, *words):
    out = tmp_path / "s.zarr"
    main(["collect", *map(str, words), "--image-size", "16", "--out", str(out)])
    return open_store(out)


def again(tmp_path, ds, *folders):
    out = tmp_path / "again.zarr"
    main(["collect", *network_words(ds, folders), *image_words(ds), "--out", str(out)])
    return open_store(out)


def same(ds, other):
    return all(
        ds.attrs[name] == other.attrs[name]
        for name in ("weights_digest", "dataset_digest", "transform", "order")
    )


def test_a_checkpoint_and_a_folder(tmp_path, images):
    torch.manual_seed(0)
    facts = {"classes": sorted(COLOURS), "mean": [0.5] * 3, "std": [0.25] * 3, "input_size": 32}
    file = tmp_path / "net.safetensors"
    save_checkpoint(file, create_model("se_cifar_resnet20", 3), **facts)
    ds = collected(tmp_path, "--checkpoint", file, "--images", images)
    assert network_words(ds) == ["--checkpoint", str(file)]
    assert image_words(ds) == ["--images", str(images), "--image-size", "16"]
    moved = tmp_path / "moved"
    moved.mkdir()
    file.rename(moved / file.name)
    assert same(ds, again(tmp_path, ds, moved))
    with pytest.raises(InputError, match="is not there"):
        network_words(ds)


def test_random_weights_come_from_their_seed(tmp_path, images):
    ds = collected(tmp_path, "--model", "se_cifar_resnet20", "--seed", 3, "--images", images)
    assert network_words(ds) == ["--model", "se_cifar_resnet20", "--seed", "3"]
    assert same(ds, again(tmp_path, ds))


def test_weights_without_a_name_need_their_network(tmp_path, images):
    file = tmp_path / "weights.pth"
    torch.save(create_model("se_cifar_resnet20", 3).state_dict(), file)
    network = ("--model", "se_cifar_resnet20", "--weights", file)
    ds = collected(tmp_path, *network, "--images", images)
    assert network_words(ds) == [*map(str, network)]
    assert same(ds, again(tmp_path, ds))


@pytest.mark.parametrize(
    ("name", "root"), [("imagenette", "data/imagenette2-160/val"), ("cifar10", "data")]
)
def test_a_known_data_set_is_named_with_the_folder_that_it_lies_in(
    tmp_path, images, monkeypatch, name, root
):
    ds = collected(tmp_path, "--model", "se_cifar_resnet20", "--images", images)
    (tmp_path / root).mkdir(parents=True)
    ds = ds.assign_attrs(dataset=name, split="test", root=str(tmp_path / root))
    monkeypatch.setattr("analysis.again.open_images", lambda ds: object())
    size = json.loads(ds.attrs["transform"])["image_size"]
    expected = ["--dataset", name, "--data-dir", str(tmp_path / "data"), "--image-size", str(size)]
    assert image_words(ds) == expected


def test_images_that_are_gone_are_one_sentence(tmp_path, images):
    ds = collected(tmp_path, "--model", "se_cifar_resnet20", "--images", images)
    images.rename(tmp_path / "elsewhere")
    with pytest.raises(InputError, match="put them back"):
        image_words(ds)
