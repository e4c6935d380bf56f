"""A small store whose network and images are at hand: the shipped network on drawn images."""

from pathlib import Path

import numpy as np
from PIL import Image

from analysis.__main__ import main
from dashboard.shell.settings import DEMO

CHECKPOINT = DEMO / "se_cifar_resnet20.fashion_mnist.safetensors"


def make_images(folder: Path) -> Path:
    """Three images of each of two classes of Fashion-MNIST, which have nothing to do with them."""
    rng = np.random.default_rng(0)
    for name in ("Bag", "Coat"):
        (folder / name).mkdir(parents=True)
        for number in range(3):
            smooth = Image.fromarray(rng.integers(0, 255, (6, 6), np.uint8)).resize((28, 28))
            smooth.save(folder / name / f"{number}.png")
    return folder


def collect(checkpoint: Path, images: Path, out: Path) -> None:
    """As the command does."""
    said = ["--checkpoint", str(checkpoint), "--images", str(images), "--out", str(out)]
    main(["collect", *said, "--device", "cpu"])
