"""Recipes: what a training run is, and the settings that each known one starts from."""

import dataclasses
import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from senet_core.attention import SEConfig
from senet_core.errors import InputError


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainConfig:
    """Every setting of a training run; the command line derives from these fields."""

    model: str
    """the network, one of senet_core.list_models()"""
    dataset: str = "fashion_mnist"
    """the data set's name; the recipe imagefolder reads --images instead"""
    images: Path | None = None
    """a folder with train/ and val/ or test/, each with a folder a class"""
    data_dir: Path = Path("data")
    """where known data sets lie or are put"""
    image_size: int | None = None
    """side of the input in pixels; the model's own where it is not given"""
    se: SEConfig = field(default_factory=SEConfig)
    """the SE block, for models that have one"""
    width: float | None = None
    """factor on every channel count, for ResNets"""
    stride_on: Literal["1x1", "3x3"] | None = None
    """which convolution of a bottleneck is strided, for ResNets"""
    pool: Literal["ceil", "padded"] | None = None
    """the stem's max pooling, for ResNets"""

    epochs: int = 100
    """passes over the training images"""
    batch_size: int = 128
    """images a step"""
    lr: float = 0.1
    """the highest learning rate"""
    warmup_epochs: float = 0.0
    """epochs over which the learning rate rises from 0"""
    schedule: Literal["cosine", "step"] = "cosine"
    """how the learning rate falls: to 0 by a cosine, or by --gamma at each milestone"""
    milestones: tuple[int, ...] = ()
    """the epochs at which the step schedule drops"""
    gamma: float = 0.1
    """factor of each drop"""
    momentum: float = 0.9
    """Nesterov momentum of SGD"""
    weight_decay: float = 1e-4
    """L2 penalty on every parameter"""
    label_smoothing: float = 0.0
    """probability spread over the wrong classes"""
    crop: Literal["pad", "scale", "none"] = "pad"
    """random crop: a shift by up to 4 pixels, a random area and aspect, or none"""
    min_area: float = 0.08
    """the smallest share of the image's area that a scale crop takes"""
    flip: bool = True
    """random horizontal flips"""
    erasing: float = 0.0
    """probability that a random rectangle is erased"""
    cutout: int = 0
    """side in pixels of the square that Cutout erases from every image; 0 for none"""
    holdout: float = 0.1
    """share of the training images that is kept apart to choose the best epoch"""

    seed: int = 0
    """of the weights, the order, the augmentation and the held-out part"""
    device: str = "auto"
    """cpu, cuda, or auto: cuda where there is one"""
    amp: Literal["bf16", "fp16", "none"] = "bf16"
    """autocast; fp16 scales the loss, and is slow on a CPU"""
    workers: int = 0
    """processes that load images; 0 suits images in memory"""
    out: Path | None = None
    """the run's folder; runs/RECIPE-MODEL-seedSEED where it is not given"""
    resume: bool = False
    """go on where the run in --out stands; start it where there is none"""

    def __post_init__(self) -> None:
        positive = ("epochs", "batch_size", "lr")
        for name in positive:
            if not getattr(self, name) > 0:
                raise InputError(f"--{name.replace('_', '-')} must be above 0")
        for name in ("erasing", "label_smoothing", "holdout"):
            if not 0 <= getattr(self, name) < 1:
                raise InputError(f"--{name.replace('_', '-')} must be at least 0 and below 1")
        if not 0 < self.min_area <= 1:
            raise InputError("--min-area must be above 0 and at most 1")
        if self.cutout < 0:
            raise InputError("--cutout must be at least 0 pixels")

    @property
    def model_options(self) -> dict[str, Any]:
        """The network's options that were given."""
        values = {name: getattr(self, name) for name in ("width", "stride_on", "pool")}
        return {name: value for name, value in values.items() if value is not None}

    def learning_rate(self, epoch: float) -> float:
        """The learning rate at a point in training, counted in epochs from 0."""
        if epoch < self.warmup_epochs:
            return self.lr * epoch / self.warmup_epochs
        if self.schedule == "step":
            return self.lr * self.gamma ** sum(epoch >= drop for drop in self.milestones)
        done = (epoch - self.warmup_epochs) / (self.epochs - self.warmup_epochs)
        return self.lr * (1 + math.cos(math.pi * min(done, 1.0))) / 2

    def to_json(self) -> str:
        """Indented JSON of every setting, paths as text."""
        return json.dumps(dataclasses.asdict(self), indent=2, default=str)


# He init, flip and 4-pixel shifts are the paper's CIFAR recipe (section 5.1); erasing and label
# smoothing are ours. r = 4 keeps 4, 8 and 16 hidden units in the three stages, where the
# default of 16 would leave one in the first.
FASHION_MNIST = TrainConfig(
    model="se_cifar_resnet20",
    dataset="fashion_mnist",
    se=SEConfig(reduction=4, min_hidden=4),
    epochs=40,
    warmup_epochs=1,
    weight_decay=5e-4,
    label_smoothing=0.1,
    erasing=0.25,
    holdout=1 / 12,
)

RECIPES: dict[str, TrainConfig] = {
    "fashion_mnist": FASHION_MNIST,
    "cifar10": dataclasses.replace(FASHION_MNIST, dataset="cifar10", epochs=200, erasing=0.0),
    "cifar100": dataclasses.replace(FASHION_MNIST, dataset="cifar100", epochs=200, erasing=0.0),
    # A quarter of the channels and 128 pixels make a network that a CPU trains in an hour.
    "imagenette": TrainConfig(
        model="se_resnet50",
        dataset="imagenette",
        image_size=128,
        width=0.25,
        epochs=60,
        batch_size=64,
        warmup_epochs=2,
        weight_decay=5e-4,
        label_smoothing=0.1,
        crop="scale",
        min_area=0.25,
        workers=2,
    ),
    "imagefolder": TrainConfig(
        model="se_resnet50",
        dataset="imagefolder",
        epochs=90,
        batch_size=64,
        warmup_epochs=2,
        label_smoothing=0.1,
        crop="scale",
        workers=2,
    ),
}

DESCRIPTIONS: dict[str, str] = {
    "fashion_mnist": "Fashion-MNIST: 60,000 grey images of clothes, 10 classes",
    "cifar10": "CIFAR-10: 50,000 colour images, 10 classes",
    "cifar100": "CIFAR-100: 50,000 colour images, 100 classes",
    "imagenette": "Imagenette: 9,469 photographs of ten ImageNet classes",
    "imagefolder": "your own images: --images DIR with train/ and val/ or test/",
}
