"""Labelled images, in memory or in a folder, under one interface."""

import copy
import hashlib
import logging
from abc import abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Self

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image, ImageOps
from torch import Tensor
from torch.utils.data import Dataset

from senet_core.data.preprocessing import Transform
from senet_core.errors import InputError, told

_log = logging.getLogger("senet_core")

Labels = npt.NDArray[np.int64]
SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".webp", ".bmp"})
# By content, whatever the name says; no other decoder of Pillow's is let near a file.
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF")
UNLABELLED = -1
MOST_PIXELS = 80_000_000  # below where Pillow itself begins to warn


class UnreadableImage(InputError):
    """A file that is no image, or a damaged one; ``reason`` says which."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"{path} cannot be read as an image: {reason}")
        self.path = path
        self.reason = reason

    def __reduce__(self) -> tuple[type[Self], tuple[str, str]]:
        return type(self), (self.path, self.reason)


class ImageSet(Dataset[tuple[Tensor, int]]):
    """Images with labels.

    Attributes:
        name: the data set's name, or the folder's.
        split: ``train``, ``val``, ``test``, or empty.
        root: where the images lie.
        classes: the labels' names.
        labels: (N,), places in ``classes``; -1 where there is no label.
        paths: (N,) relative to ``root``, or None for images in memory.
        digest: hexadecimal, equal for equal images and labels in equal order.
        transform: applied by ``[i]``; None gives the pixels as they are.
    """

    name: str
    split: str
    root: Path
    classes: tuple[str, ...]
    labels: Labels
    paths: list[str] | None = None
    digest: str
    transform: Transform | None = None

    @abstractmethod
    def pixels(self, index: int) -> Tensor:
        """8-bit pixels (C, H, W) of one image; raises UnreadableImage."""

    def name_of(self, index: int) -> str:
        """What to call an image in a sentence: its path, or its number."""
        return f"#{index}" if self.paths is None else self.paths[index]

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        image = self.pixels(index)
        return (self.transform(image) if self.transform else image), int(self.labels[index])

    def prepared(self, transform: Transform) -> Self:
        """The same images, passed through ``transform``."""
        twin = copy.copy(self)
        twin.transform = transform
        return twin

    def subset(self, indices: Sequence[int] | Labels) -> Self:
        """The images at ``indices``, in that order."""
        places = np.asarray(indices, dtype=np.int64)
        twin = copy.copy(self)
        twin.labels = self.labels[places]
        twin.digest = hashlib.sha256(self.digest.encode() + places.tobytes()).hexdigest()
        twin._select(places)
        return twin

    @abstractmethod
    def _select(self, places: Labels) -> None:
        """Keep the images at ``places`` alone."""


class ArrayImages(ImageSet):
    """Images in memory: 8-bit (N, C, H, W)."""

    def __init__(
        self,
        images: Tensor,
        labels: Labels,
        classes: Sequence[str],
        *,
        name: str,
        split: str,
        root: Path,
    ) -> None:
        if len(images) != len(labels) or images.dtype != torch.uint8 or images.ndim != 4:
            raise ValueError("images must be uint8 (N, C, H, W) with one label each")
        self.images = images.contiguous()
        self.labels = np.asarray(labels, dtype=np.int64)
        self.classes = tuple(classes)
        self.name, self.split, self.root = name, split, root
        content = hashlib.sha256(self.images.numpy().tobytes())
        content.update(self.labels.tobytes())
        self.digest = content.hexdigest()

    def pixels(self, index: int) -> Tensor:
        """8-bit pixels (C, H, W)."""
        return self.images[index]

    def _select(self, places: Labels) -> None:
        self.images = self.images[torch.from_numpy(places)]


class FolderImages(ImageSet):
    """Image files under a folder; the digest covers their paths and sizes in bytes."""

    def __init__(
        self,
        root: Path,
        paths: Sequence[str],
        labels: Sequence[int] | Labels,
        classes: Sequence[str],
        *,
        name: str,
        split: str = "",
    ) -> None:
        self.root = root.resolve()
        self.paths = list(paths)
        self.labels = np.asarray(labels, dtype=np.int64)
        self.classes = tuple(classes)
        self.name, self.split = name, split
        content = hashlib.sha256()
        for path, label in zip(self.paths, self.labels, strict=True):
            content.update(f"{path}\0{label}\0{(root / path).stat().st_size}\n".encode())
        self.digest = content.hexdigest()

    def pixels(self, index: int) -> Tensor:
        """8-bit pixels (3, H, W), read from the file; raises UnreadableImage."""
        assert self.paths is not None
        return read_image(self.root / self.paths[index])

    def _select(self, places: Labels) -> None:
        assert self.paths is not None
        self.paths = [self.paths[place] for place in places]


def read_image(path: Path) -> Tensor:
    """8-bit pixels (3, H, W) of an image file, upright; the first frame of an animation.

    Raises:
        UnreadableImage: for what is no image, is damaged, or is too large to be honest.
    """
    upright = decode_image(path, str(path))
    return torch.from_numpy(np.array(upright)).permute(2, 0, 1).contiguous()


def decode_image(
    file: Path | IO[bytes],
    name: str,
    *,
    formats: tuple[str, ...] = FORMATS,
    longest: int | None = None,
) -> Image.Image:
    """An image, upright and RGB; of an animation the first frame.

    Args:
        file: its path, or its content.
        name: what to call it in a sentence.
        formats: Pillow's names of those that are taken.
        longest: pixels that its longest side has at most; a larger image is made smaller, a JPEG
            already while it is decoded, which spares the memory of its full size.

    Raises:
        UnreadableImage: for what is no image, is damaged, or is too large to be honest.
    """
    try:
        if isinstance(file, Path) and file.exists() and not file.is_file():
            raise ValueError(told("it is no file"))  # but a folder, or a pipe that never ends
        with Image.open(file, formats=formats) as opened:
            if opened.width * opened.height > MOST_PIXELS:
                raise Image.DecompressionBombError
            if longest is not None:
                opened.draft("RGB", (longest, longest))
            ImageOps.exif_transpose(opened, in_place=True)
            upright = _eight_bit(opened).convert("RGB")
    except Exception as error:  # Pillow's decoders of damaged files raise almost anything
        raise UnreadableImage(name, _reason(error)) from error
    if longest is not None:
        upright.thumbnail((longest, longest))
    return upright


def _eight_bit(image: Image.Image) -> Image.Image:
    """Grey of 16 bits in 8; Pillow itself would make white of all but the darkest."""
    if not image.mode.startswith("I;16"):
        return image
    return Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))


def _reason(error: Exception) -> str:
    if isinstance(error, Image.DecompressionBombError):
        return told("it unpacks to far more pixels than a photograph has")
    if isinstance(error, FileNotFoundError):
        return told("the file is not there")
    if "cannot identify" in str(error):
        return told("it is not in an image format that is known here")
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error).splitlines()[0] if str(error) else type(error).__name__


def _has_name(file: Path) -> bool:
    """Whether a file's name is text, as stores keep it; a line in the log says where it is not."""
    try:
        file.name.encode()
    except UnicodeEncodeError:
        _log.warning("skipped %a: its name is no UTF-8; rename it", str(file))
        return False
    return True


def open_folder(path: str | Path) -> FolderImages:
    """A folder of images: ``DIR/class/...`` with a label for each subfolder, or flat, unlabelled.

    What is no file, such as a pipe or a link in a circle, is passed over, whatever its name.

    Raises:
        InputError: where the folder is missing or holds no image.
    """
    root = Path(path)
    if not root.is_dir():
        raise InputError(f"{root} is no folder; give one that holds images or class folders")
    found = sorted(
        file.relative_to(root)
        for file in root.rglob("*")
        if file.suffix.lower() in SUFFIXES and file.is_file() and _has_name(file)
    )
    if not found:
        kinds = ", ".join(sorted(suffix.lstrip(".") for suffix in SUFFIXES))
        raise InputError(
            f"{root} holds no images; put {kinds} files there, a folder for each class"
        )
    classes = sorted({file.parts[0] for file in found if len(file.parts) > 1})
    place = {name: index for index, name in enumerate(classes)}
    labels = [place[f.parts[0]] if len(f.parts) > 1 else UNLABELLED for f in found]
    name = root.resolve().name
    return FolderImages(root, [f.as_posix() for f in found], labels, classes, name=name)
