"""Small real image folders: flat colours with noise, a colour a class."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from senet_core.training import TrainConfig

COLOURS = {"blue": (20, 40, 200), "green": (30, 180, 60), "red": (220, 50, 40)}


def paint(folder: Path, *, per_class: int, side: int = 16, seed: int = 0) -> Path:
    """``folder/class/N.png`` for each of the three colours."""
    rng = np.random.default_rng(seed)
    for name, colour in COLOURS.items():
        (folder / name).mkdir(parents=True)
        for number in range(per_class):
            pixels = np.clip(colour + rng.normal(0, 25, (side, side, 3)), 0, 255)
            Image.fromarray(pixels.astype(np.uint8)).save(folder / name / f"{number}.png")
    return folder


@pytest.fixture(scope="session")
def colours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An image folder with train/ (20 a class) and val/ (5 a class)."""
    root = tmp_path_factory.mktemp("colours")
    paint(root / "train", per_class=20)
    paint(root / "val", per_class=5, seed=1)
    return root


def short_training(images: Path, **more: Any) -> TrainConfig:
    """Three short epochs on colours that are easy to tell apart."""
    return TrainConfig(
        model="se_cifar_resnet20",
        dataset="imagefolder",
        images=images,
        image_size=16,
        epochs=3,
        batch_size=15,
        lr=0.05,
        holdout=0.25,
        device="cpu",
        amp="none",
        **more,
    )


@pytest.fixture
def config(colours: Path, tmp_path: Path) -> TrainConfig:
    """`short_training` of a network of half the width."""
    return short_training(colours, width=0.5, out=tmp_path / "run")
