"""Images behind a store, from files and from a data set in memory."""

from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from PIL import Image

from analysis import images
from senet_core.data.fashion_mnist import FILES
from senet_core.errors import InputError
from tests.synthetic import synthetic_store

SIZE = 30


def of_files(root: Path, paths: list[str]) -> xr.Dataset:
    store = synthetic_store(classes="ab", per_class=[len(paths), 0], gates=())
    named = store.drop_vars("index").assign_coords(path=("sample", np.array(paths, object)))
    return named.assign_attrs(root=str(root), dataset="mine")


def idx(values: np.ndarray) -> bytes:
    """An array as MNIST's files hold it: magic number, lengths, bytes."""
    header = (0x800 + values.ndim).to_bytes(4, "big")
    return header + b"".join(n.to_bytes(4, "big") for n in values.shape) + values.tobytes()


@pytest.fixture
def fashion(tmp_path) -> tuple[Path, np.ndarray, np.ndarray]:
    """A data folder with a small Fashion-MNIST: its pixels and labels of the test part."""
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 255, (SIZE, 28, 28), np.uint8)
    labels = rng.permutation(np.repeat(np.arange(10, dtype=np.uint8), 3))
    raw = tmp_path / "data" / "FashionMNIST" / "raw"
    raw.mkdir(parents=True)
    for name, content in zip(FILES, (pixels[::-1], labels, pixels, labels), strict=True):
        (raw / name).write_bytes(idx(np.ascontiguousarray(content)))
    return tmp_path / "data", pixels, labels


def of_fashion(labels: np.ndarray, root: Path) -> xr.Dataset:
    store = synthetic_store(per_class=3, gates=())
    order = np.argsort(labels, kind="stable")
    return store.assign_coords(index=("sample", order)).assign_attrs(root=str(root))


def test_a_file_is_found_under_the_root_in_its_own_size(tmp_path):
    (tmp_path / "cat").mkdir()
    Image.new("RGB", (7, 5), (200, 10, 30)).save(tmp_path / "cat" / "1.png")
    image = images.open_images(of_files(tmp_path, ["cat/1.png"])).image(0)
    assert (image.size, image.mode, image.getpixel((3, 3))) == ((7, 5), "RGB", (200, 10, 30))


@pytest.mark.parametrize(
    "path", ["../secret.png", "cat/../../secret.png", "/etc/secret.png", "C:\\x.png", "..\\x.png"]
)
def test_a_path_that_leaves_the_folder_is_refused(tmp_path, path):
    root = tmp_path / "root"
    root.mkdir()
    Image.new("L", (4, 4)).save(tmp_path / "secret.png")
    source = images.open_images(of_files(root, [path]))
    with pytest.raises(InputError, match="outside its folder"):
        source.image(0)


def test_a_file_that_is_gone_is_named(tmp_path):
    source = images.open_images(of_files(tmp_path, ["gone.png"]))
    with pytest.raises(InputError, match=r"gone\.png cannot be read .*not there"):
        source.image(0)


def test_images_are_not_at_hand_where_their_folder_is_gone(tmp_path):
    assert images.open_images(of_files(tmp_path / "gone", ["1.png"])) is None


def test_fashion_mnist_is_found_under_the_stores_root(fashion):
    root, pixels, labels = fashion
    source = images.open_images(of_fashion(labels, root))
    order = np.argsort(labels, kind="stable")
    for sample in (0, 11, 29):
        np.testing.assert_array_equal(np.asarray(source.image(sample)), pixels[order[sample]])
    assert source.image(0).mode == "L"


def test_fashion_mnist_is_found_in_the_data_folder_where_the_root_is_gone(fashion, tmp_path):
    root, pixels, labels = fashion
    store = of_fashion(labels, tmp_path / "elsewhere")
    image = images.open_images(store, data_dir=root).image(0)
    np.testing.assert_array_equal(np.asarray(image), pixels[np.argsort(labels, kind="stable")[0]])


def test_nothing_is_fetched_for_a_page(tmp_path, monkeypatch):
    monkeypatch.setattr(images, "open_dataset", lambda *a, **k: pytest.fail("it was fetched"))
    store = of_fashion(np.repeat(np.arange(10), 3), tmp_path)
    assert images.open_images(store, data_dir=tmp_path / "data") is None


def test_other_images_than_those_collected_are_not_shown(fashion):
    root, _, labels = fashion
    store = of_fashion(labels, root)
    moved = store.assign_coords(index=("sample", np.roll(store["index"].values, 5)))
    assert images.open_images(moved) is None
    too_far = store.assign_coords(index=("sample", store["index"].values + SIZE))
    assert images.open_images(too_far) is None


def test_a_data_set_that_is_not_known_has_no_images(fashion):
    root, _, labels = fashion
    assert images.open_images(of_fashion(labels, root).assign_attrs(dataset="mine")) is None
