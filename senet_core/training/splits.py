"""The images that a training run learns from, chooses by, and is finally tested on."""

from dataclasses import dataclass

import numpy as np

from senet_core.data import DATASETS, ImageSet, Preprocessing, open_dataset, open_folder
from senet_core.data.catalogue import IMAGENET_MEAN, IMAGENET_STD
from senet_core.errors import InputError
from senet_core.training.config import TrainConfig


@dataclass(frozen=True, slots=True, kw_only=True)
class Splits:
    """Training, choosing and final test images, with the pixels' mean and deviation."""

    train: ImageSet
    val: ImageSet
    test: ImageSet
    in_chans: int
    mean: tuple[float, ...]
    std: tuple[float, ...]

    def preprocessing(self, image_size: int) -> Preprocessing:
        """What turns their pixels into a network's input."""
        return Preprocessing(
            image_size=image_size, in_chans=self.in_chans, mean=self.mean, std=self.std
        )


def open_splits(config: TrainConfig) -> Splits:
    """The images of a run.

    A held-out part of the training images chooses the best epoch, unless a folder brings both
    ``val`` and ``test``: then ``val`` does. With ``holdout`` 0 there are no choosing images.

    Raises:
        InputError: where images are missing, training and test classes differ, or a folder is
            given beside a known data set.
    """
    if config.images is not None and config.dataset in DATASETS:
        raise InputError(
            f"--images and the data set {config.dataset} exclude each other; add --dataset "
            "imagefolder to train on the folder by this recipe, or leave --images out"
        )
    if config.images is None:
        if config.dataset == "imagefolder":
            raise InputError("the recipe imagefolder needs --images DIR with train/ and val/ in it")
        if config.dataset not in DATASETS:
            raise InputError(
                f"{config.dataset!r} is none of the known data sets ({', '.join(DATASETS)}); name "
                "one of them, or give --images DIR with train/ and val/ in it"
            )
        known = DATASETS[config.dataset]
        train = open_dataset(config.dataset, split="train", data_dir=config.data_dir)
        test = open_dataset(config.dataset, split="test", data_dir=config.data_dir)
        train, val = _hold_out(train, config)
        return Splits(
            train=train,
            val=val,
            test=test,
            in_chans=known.in_chans,
            mean=known.mean,
            std=known.std,
        )
    parts = {name: config.images / name for name in ("train", "val", "test")}
    finals = [parts[name] for name in ("test", "val") if parts[name].is_dir()]
    if not parts["train"].is_dir() or not finals:
        raise InputError(f"{config.images} needs a folder train/ and one of val/ or test/ in it")
    train, test = open_folder(parts["train"]), open_folder(finals[0])
    train, val = (train, open_folder(finals[1])) if finals[1:] else _hold_out(train, config)
    for other in (val, test):
        if other.classes != train.classes:
            odd = sorted(set(other.classes) ^ set(train.classes))
            raise InputError(
                f"{other.root} and {train.root} have different class folders "
                f"(such as {odd[0]!r}); give them the same ones"
            )
    return Splits(train=train, val=val, test=test, in_chans=3, mean=IMAGENET_MEAN, std=IMAGENET_STD)


def _hold_out(train: ImageSet, config: TrainConfig) -> tuple[ImageSet, ImageSet]:
    order = np.random.default_rng(config.seed).permutation(len(train))
    kept = max(1, round(len(train) * config.holdout)) if config.holdout else 0
    return train.subset(np.sort(order[kept:])), train.subset(np.sort(order[:kept]))
