"""The images behind a store, where they are at hand; nothing is ever downloaded here."""

from dataclasses import dataclass
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Protocol

import numpy as np
import xarray as xr
from PIL import Image
from torch import Tensor

from analysis.folders import is_inside
from senet_core.data import ImageSet, open_dataset
from senet_core.data.images import SUFFIXES, read_image
from senet_core.errors import InputError

DATA_DIR = Path("data")
"""Where data sets lie unless a store remembers another place."""

_LIES_IN = {
    "fashion_mnist": "FashionMNIST/raw",
    "cifar10": "cifar-10-batches-py",
    "cifar100": "cifar-100-python",
}
"""The folder, under the data folder, that holds a data set which is read as a whole."""


class ImageSource(Protocol):
    """Gives the image of a store's sample."""

    def image(self, sample: int) -> Image.Image:
        """The image at place ``sample`` of the store, in its own size, 8-bit grey or RGB.

        Raises:
            InputError: where the file is gone or damaged, or its path leads out of the folder.
        """


def open_images(ds: xr.Dataset, *, data_dir: Path = DATA_DIR) -> ImageSource | None:
    """The images of a store, or None where they are not at hand.

    Image files are looked for under the store's ``root``, which may lie anywhere: images are often
    kept far from runs. Nothing but files of images that lie in that folder is opened, no link that
    leads out of it is followed, and the root of a disk is no folder of images. A data set that is
    read as a whole is looked for also under ``data_dir``, and only where its labels agree with the
    store's.
    """
    root = Path(ds.attrs["root"])
    if "path" in ds.coords:
        paths = tuple(str(path) for path in ds["path"].values)
        return _Files(root, paths) if _is_folder(root) else None
    lies_in = _LIES_IN.get(ds.attrs["dataset"])
    for folder in (root, data_dir):
        if lies_in and (folder / lies_in).is_dir():
            return _opened(ds, folder)
    return None


def _opened(ds: xr.Dataset, folder: Path) -> ImageSource | None:
    try:
        images = open_dataset(ds.attrs["dataset"], split=ds.attrs["split"], data_dir=folder)
    except InputError:
        return None
    index = ds["index"].values
    fits = not len(index) or int(index.max()) < len(images)
    same = fits and np.array_equal(images.labels[index], ds["label"].values)
    return _Places(images, tuple(int(place) for place in index)) if same else None


@dataclass(frozen=True)
class _Files:
    """Image files under one folder."""

    root: Path
    paths: tuple[str, ...]

    def image(self, sample: int) -> Image.Image:
        path = self.paths[sample]
        if not _stays_inside(path):
            raise InputError(f"the store names the image {path!r}, which lies outside its folder")
        file = self.root / path
        if file.suffix.lower() not in SUFFIXES or not is_inside(file, self.root):
            raise InputError(f"the store names {path!r}, which is no image file in its folder")
        return _picture(read_image(file))


@dataclass(frozen=True)
class _Places:
    """Places in a data set that is in memory."""

    images: ImageSet
    index: tuple[int, ...]

    def image(self, sample: int) -> Image.Image:
        return _picture(self.images.pixels(self.index[sample]))


def _is_folder(root: Path) -> bool:
    return bool(root.parts[1:] or not root.is_absolute()) and root.is_dir()


def _stays_inside(path: str) -> bool:
    """Whether a relative path has no way up."""
    windows = PureWindowsPath(path)
    anchored = windows.drive or windows.root or PurePosixPath(path).is_absolute()
    return not anchored and ".." not in windows.parts


def _picture(pixels: Tensor) -> Image.Image:
    """(C, H, W) with one or three channels, 8 bit."""
    array = pixels.permute(1, 2, 0).numpy()
    return Image.fromarray(array[..., 0] if array.shape[2] == 1 else array)
