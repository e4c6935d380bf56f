"""Every setting of a training run."""

import dataclasses
import json
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import torch
import tyro

from senet_core.attention import SEConfig
from senet_core.device import Precision, fast_precision
from senet_core.errors import InputError

# Settings that may differ between the parts of one run without changing what it computes.
FREE = frozenset({"resume", "device", "workers", "out", "data_dir", "images", "save_minutes"})


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainConfig:
    """Every setting of a training run; the command line derives from these fields."""

    recipe: Annotated[str, tyro.conf.Suppress] = ""
    """the recipe that the settings start from, for checkpoints and folders"""
    model: str
    """the network, one of senet_core.list_models()"""
    dataset: str = "fashion_mnist"
    """the data set's name; imagefolder: those in --images"""
    images: Path | None = None
    """a folder with train/ and val/ or test/, each with a folder a class"""
    data_dir: Path = Path("data")
    """where known data sets lie or are put"""
    holdout: float = 0.1
    """share of the training images that is kept apart to choose the best epoch; 0: the last is"""
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
    weights: str | None = None
    """weights to start from: a file, or timm:NAME; a head of other classes starts anew"""

    epochs: int = 100
    """passes over the training images"""
    batch_size: int = 128
    """images a step, over all processes"""
    accumulate: int = 1
    """parts that a process takes its share of a step in, where it does not fit in memory"""
    lr: float | None = None
    """the highest learning rate; where it is not given, --base-lr in proportion to the batch"""
    base_lr: float = 0.1
    """the highest learning rate for a step of --base-batch images"""
    base_batch: int = 128
    """the batch that --base-lr is meant for"""
    schedule: Literal["cosine", "step", "plateau"] = "cosine"
    """how the rate falls: a cosine to 0, by --gamma at each milestone, or where loss stalls"""
    warmup_epochs: float = 0.0
    """epochs over which the learning rate rises from 0, or stands at --warmup-lr"""
    warmup_lr: float | None = None
    """the learning rate of the warm-up where it is to be constant"""
    milestones: tuple[int, ...] = ()
    """the epochs at which the step schedule drops"""
    gamma: float = 0.1
    """factor of each drop"""
    patience: int = 10
    """epochs without a lower held-out loss after which the plateau schedule drops"""
    drops: int = 3
    """drops of the plateau schedule; the plateau after them ends the run"""
    momentum: float = 0.9
    """momentum of SGD"""
    nesterov: bool = True
    """Nesterov's form of the momentum"""
    weight_decay: float = 1e-4
    """L2 penalty on every parameter"""
    gate_decay: float | None = None
    """L2 penalty on the SE block's layers; --weight-decay where it is not given"""
    label_smoothing: float = 0.0
    """probability spread over the wrong classes"""
    freeze_bn_epochs: int = 0
    """last epochs in which batch normalisation keeps its statistics and parameters"""
    ema: float | None = None
    """decay of an average of the weights, such as 0.9999, which is then what is evaluated"""

    crop: Literal["pad", "scale", "none"] = "pad"
    """random crop: a shift by up to 4 pixels, a random area and aspect, or none"""
    min_area: float = 0.08
    """the smallest share of the image's area that a scale crop takes"""
    flip: bool = True
    """random horizontal flips"""
    erasing: float = 0.0
    """probability that a random rectangle is erased"""
    balanced: bool = False
    """every class as often in an epoch as the largest"""
    cutout: int = 0
    """side in pixels of the square that Cutout erases from every image; 0 for none"""

    seed: int = 0
    """of the weights, the order, the augmentation and the held-out part"""
    device: str = "auto"
    """cpu, cuda, or auto: cuda where there is one"""
    amp: Literal["auto", "bf16", "fp16", "none"] = "auto"
    """autocast: auto is bf16 where the processor computes in it, else fp16 on a GPU, which scales
    the loss, and none on a CPU"""
    compile: bool = False
    """torch.compile: minutes at the start, faster steps after"""
    sync_bn: bool = False
    """batch normalisation over all processes' images; needs GPUs"""
    workers: int = 0
    """processes that load images, for each process that trains; 0 suits images in memory"""
    out: Path | None = None
    """the run's folder; runs/RECIPE-MODEL-seedSEED where it is not given"""
    resume: bool = False
    """go on where the run in --out stands; start it where there is none"""
    save_minutes: float = 10.0
    """the state for --resume is saved this often within an epoch, and after each epoch"""

    def __post_init__(self) -> None:
        def demand(name: str, holds: bool, range_: str) -> None:
            if not holds:
                raise InputError(f"--{name.replace('_', '-')} must be {range_}")

        for name in ("epochs", "batch_size", "accumulate", "lr", "base_lr", "base_batch"):
            value = getattr(self, name)
            demand(name, value is None or 0 < value < math.inf, "above 0")
        for name in ("erasing", "label_smoothing", "holdout", "ema"):
            value = getattr(self, name)
            demand(name, value is None or 0 <= value < 1, "at least 0 and below 1")
        for name in ("weight_decay", "gate_decay"):
            value = getattr(self, name)
            demand(name, value is None or value >= 0, "at least 0")
        demand("min_area", 0 < self.min_area <= 1, "above 0 and at most 1")
        demand("cutout", self.cutout >= 0, "at least 0 pixels")
        demand("workers", self.workers >= 0, "at least 0")
        demand("seed", 0 <= self.seed < 2**63, "at least 0 and below 2^63")
        demand("momentum", 0 <= self.momentum < 1, "at least 0 and below 1")
        for name in ("warmup_epochs", "save_minutes", "freeze_bn_epochs"):
            demand(name, 0 <= getattr(self, name) < math.inf, "at least 0")
        rising = sorted({milestone for milestone in self.milestones if milestone > 0})
        demand("milestones", list(self.milestones) == rising, "epochs above 0 that rise")
        demand("gamma", 0 < self.gamma < 1, "above 0 and below 1")
        demand("patience", self.patience >= 1, "at least 1 epoch")
        demand("drops", self.drops >= 0, "at least 0")
        start = self.warmup_lr
        demand("warmup_lr", start is None or 0 <= start < math.inf, "at least 0")
        demand("image_size", self.image_size is None or self.image_size > 1, "above 1 pixel")
        if self.schedule == "plateau" and not self.holdout:
            raise InputError("the plateau schedule needs held-out images; set --holdout above 0")

    @property
    def model_options(self) -> dict[str, Any]:
        """The network's options that were given."""
        values = {name: getattr(self, name) for name in ("width", "stride_on", "pool")}
        return {name: value for name, value in values.items() if value is not None}

    @property
    def peak_lr(self) -> float:
        """The highest learning rate: it follows the batch in proportion unless ``lr`` fixes it."""
        return self.lr or self.base_lr * self.batch_size / self.base_batch

    def precision(self, device: torch.device) -> Precision:
        """The kind of autocast on ``device``."""
        return fast_precision(device) if self.amp == "auto" else self.amp

    def resolved(self, image_size: int, device: torch.device) -> Self:
        """The same run with nothing left open: rate, size, precision and folder have values."""
        name = f"{self.recipe or self.dataset}-{self.model}-seed{self.seed}"
        return dataclasses.replace(
            self,
            lr=self.peak_lr,
            image_size=self.image_size or image_size,
            amp=self.precision(device),
            out=self.out or Path("runs") / name,
        )

    def to_json(self) -> str:
        """Indented JSON of every setting, paths as text."""
        return json.dumps(dataclasses.asdict(self), indent=2, default=str)
