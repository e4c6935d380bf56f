import gzip
import struct

import numpy as np
import pytest
from torchvision import datasets

from senet_core import InputError
from senet_core.data import DATASETS, catalogue, fashion_mnist, open_dataset


def _idx(array: np.ndarray) -> bytes:
    """The idx format of MNIST: magic number, sizes, bytes."""
    return struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()


def _system_copy(folder, counts=(12, 5)):
    rng = np.random.default_rng(0)
    folder.mkdir()
    for prefix, count in zip(("train", "t10k"), counts, strict=True):
        images = rng.integers(0, 256, (count, 28, 28), dtype=np.uint8)
        labels = (np.arange(count) % 10).astype(np.uint8)
        for name, content in (
            (f"{prefix}-images-idx3-ubyte", images),
            (f"{prefix}-labels-idx1-ubyte", labels),
        ):
            with gzip.open(folder / f"{name}.gz", "wb") as file:
                file.write(_idx(content))
    return folder


def test_fashion_mnist_is_taken_from_the_systems_copy(tmp_path, monkeypatch):
    monkeypatch.setattr(fashion_mnist, "SYSTEM_COPY", _system_copy(tmp_path / "system"))
    images = open_dataset("fashion_mnist", data_dir=tmp_path / "data")
    assert len(images) == 5
    assert images.labels.tolist() == [0, 1, 2, 3, 4]
    assert images.classes[9] == "Ankle boot"
    assert tuple(images.pixels(0).shape) == (1, 28, 28)
    assert len(open_dataset("fashion_mnist", split="train", data_dir=tmp_path / "data")) == 12
    monkeypatch.setattr(fashion_mnist, "SYSTEM_COPY", tmp_path / "gone")
    assert open_dataset("fashion_mnist", data_dir=tmp_path / "data").digest == images.digest


def test_where_fashion_mnist_is_nowhere_one_sentence_says_what_was_tried(tmp_path, monkeypatch):
    def no_mirror(*_args, **_options):
        raise RuntimeError("Error downloading")

    monkeypatch.setattr(fashion_mnist, "SYSTEM_COPY", tmp_path / "gone")
    monkeypatch.setattr(fashion_mnist, "FashionMNIST", no_mirror)
    monkeypatch.setattr(fashion_mnist.shutil, "which", lambda _name: None)
    with pytest.raises(InputError, match=r"could not be had .*torchvision's download.*into .*raw"):
        open_dataset("fashion_mnist", data_dir=tmp_path)


def test_debians_package_is_unpacked_without_root(tmp_path, monkeypatch):
    def no_mirror(*_args, **_options):
        raise RuntimeError("Error downloading")

    def call(*command, folder):
        if command[0] == "apt-get":
            (tmp_path / folder / "x.deb").write_bytes(b"")
        else:
            inside = tmp_path / folder / "unpacked"
            inside.mkdir()
            _system_copy(inside / "set")

    monkeypatch.setattr(fashion_mnist, "SYSTEM_COPY", type(tmp_path)("/set"))
    monkeypatch.setattr(fashion_mnist, "FashionMNIST", no_mirror)
    monkeypatch.setattr(fashion_mnist.shutil, "which", lambda name: name)
    monkeypatch.setattr(fashion_mnist, "_call", call)
    assert len(open_dataset("fashion_mnist", data_dir=tmp_path)) == 5


def test_cifar_images_come_channels_first(tmp_path, monkeypatch):
    class Cifar:
        def __init__(self, root, train, transform, target_transform, download):
            if not download:
                raise RuntimeError("Dataset not found")
            self.data = np.zeros((4, 32, 32, 3), dtype=np.uint8)
            self.data[1, 5, 6, 2] = 9
            self.targets, self.classes = [0, 1, 1, 0], ["cat", "dog"]

    images = catalogue._cifar("cifar10", Cifar)(tmp_path, "test")
    assert images.pixels(1)[2, 5, 6] == 9
    assert images.labels.tolist() == [0, 1, 1, 0]


def test_imagenette_paths_are_relative_to_the_folder_of_classes(colours, tmp_path, monkeypatch):
    class Imagenette:
        classes = (("blue", "navy"), ("green",), ("red",))

        def __init__(self, root, part, size, download):
            self._samples = [
                (str(path), label)
                for label, name in enumerate(("blue", "green", "red"))
                for path in sorted((colours / part / name).iterdir())
            ]

    monkeypatch.setattr(datasets, "Imagenette", Imagenette)
    images = open_dataset("imagenette", data_dir=tmp_path)
    assert images.root == (colours / "val").resolve()
    assert images.paths[0] == "blue/0.png"
    assert images.classes == ("blue", "green", "red")


def test_imagenet_says_which_archives_it_needs(tmp_path):
    with pytest.raises(InputError, match=r"ILSVRC2012_img_val\.tar"):
        open_dataset("imagenet", data_dir=tmp_path)


def test_unknown_names_and_splits_are_refused(tmp_path):
    with pytest.raises(InputError, match="unknown data set 'mnist'; choose from fashion_mnist"):
        open_dataset("mnist", data_dir=tmp_path)
    with pytest.raises(InputError, match="unknown split"):
        open_dataset("cifar10", split="valid", data_dir=tmp_path)


def test_every_data_set_of_the_contract_is_known():
    assert list(DATASETS) == [
        "fashion_mnist",
        "cifar10",
        "cifar100",
        "imagenette",
        "imagenet",
        "places365",
    ]
