"""The data sets that are known by name."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torchvision import datasets

from senet_core.data import fashion_mnist
from senet_core.data.images import ArrayImages, FolderImages, ImageSet
from senet_core.errors import InputError

IMAGENET_MEAN, IMAGENET_STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownDataset:
    """A data set: how it is opened, and its pixels' mean and standard deviation in [0, 1]."""

    open: Callable[[Path, str], ImageSet]
    in_chans: int = 3
    mean: tuple[float, ...] = IMAGENET_MEAN
    std: tuple[float, ...] = IMAGENET_STD


def open_dataset(
    name: str, *, split: str = "test", data_dir: str | Path = Path("data")
) -> ImageSet:
    """A known data set; one that is missing is fetched from where it can be had.

    Args:
        name: one of `DATASETS`.
        split: ``train``, or ``test``, which also means the validation images where a data set's
            test labels are not public.
        data_dir: the folder under which data sets lie.

    Raises:
        InputError: for an unknown name, or where the data can be had nowhere.
    """
    if name not in DATASETS:
        raise InputError(f"unknown data set {name!r}; choose from {', '.join(DATASETS)}")
    if split not in ("train", "test"):
        raise InputError(f"unknown split {split!r}; choose train or test")
    return DATASETS[name].open(Path(data_dir), split)


def _fashion_mnist(root: Path, split: str) -> ImageSet:
    fashion_mnist.fetch(root)
    data = datasets.FashionMNIST(root, train=split == "train", download=False)
    return ArrayImages(
        data.data[:, None],
        data.targets.numpy(),
        data.classes,
        name="fashion_mnist",
        split=split,
        root=root.resolve(),
    )


def _cifar(name: str, source: Any) -> Callable[[Path, str], ImageSet]:
    def open_cifar(root: Path, split: str) -> ImageSet:
        data = _fetched(
            name, root, lambda download: source(root, split == "train", None, None, download)
        )
        return ArrayImages(
            torch.from_numpy(data.data).permute(0, 3, 1, 2),
            np.asarray(data.targets),
            data.classes,
            name=name,
            split=split,
            root=root.resolve(),
        )

    return open_cifar


def _imagenette(root: Path, split: str) -> ImageSet:
    part = "train" if split == "train" else "val"
    data = _fetched(
        "imagenette",
        root,
        lambda download: datasets.Imagenette(root, part, size="160px", download=download),
    )
    return _files("imagenette", split, data._samples, [names[0] for names in data.classes])


def _imagenet(root: Path, split: str) -> ImageSet:
    folder = root / "imagenet"
    try:
        data = datasets.ImageNet(folder, "train" if split == "train" else "val")
    except (RuntimeError, OSError) as error:
        raise InputError(
            f"ImageNet is not in {folder}; put its archives there (ILSVRC2012_img_val.tar, "
            "ILSVRC2012_devkit_t12.tar.gz), which its licence lets nobody fetch for you"
        ) from error
    return _files("imagenet", split, data.samples, [names[0] for names in data.classes])


def _places365(root: Path, split: str) -> ImageSet:
    part = "train-standard" if split == "train" else "val"
    data = _fetched(
        "places365",
        root,
        lambda download: datasets.Places365(
            root / "places365", part, small=True, download=download
        ),
    )
    return _files("places365", split, data.imgs, data.classes)


def _fetched(name: str, root: Path, opened: Callable[[bool], Any]) -> Any:
    """Open what lies under ``root``, or download it there."""
    try:
        return opened(False)
    except (RuntimeError, OSError):
        pass
    try:
        return opened(True)
    except (RuntimeError, OSError) as error:
        raise InputError(
            f"{name} is not under {root} and could not be downloaded "
            f"({str(error).splitlines()[0]}); put torchvision's files there"
        ) from error


def _files(name: str, split: str, samples: list[tuple[Any, int]], classes: list[str]) -> ImageSet:
    paths = [Path(path) for path, _ in samples]
    root = Path(*_common(paths))
    return FolderImages(
        root,
        [path.relative_to(root).as_posix() for path in paths],
        [label for _, label in samples],
        classes,
        name=name,
        split=split,
    )


def _common(paths: list[Path]) -> tuple[str, ...]:
    """The parts of the folder that holds the folders of all classes."""
    first, last = min(paths).parts[:-1], max(paths).parts[:-1]
    shared = 0
    while shared < min(len(first), len(last)) and first[shared] == last[shared]:
        shared += 1
    return first[:shared]


DATASETS: dict[str, KnownDataset] = {
    "fashion_mnist": KnownDataset(open=_fashion_mnist, in_chans=1, mean=(0.2860,), std=(0.3530,)),
    "cifar10": KnownDataset(
        open=_cifar("cifar10", datasets.CIFAR10),
        mean=(0.4914, 0.4822, 0.4465),
        std=(0.2470, 0.2435, 0.2616),
    ),
    "cifar100": KnownDataset(
        open=_cifar("cifar100", datasets.CIFAR100),
        mean=(0.5071, 0.4865, 0.4409),
        std=(0.2673, 0.2564, 0.2762),
    ),
    "imagenette": KnownDataset(open=_imagenette),
    "imagenet": KnownDataset(open=_imagenet),
    "places365": KnownDataset(open=_places365),
}
