"""What is done to an image before a network sees it, in evaluation and in training."""

import json
from collections.abc import Callable
from dataclasses import dataclass, fields
from math import floor, inf
from typing import Literal, get_args

import torch
from torch import Tensor
from torchvision.transforms import v2

from senet_core.errors import InputError

Transform = Callable[[Tensor], Tensor]
Interpolation = Literal["bilinear", "bicubic"]
_MARGIN = 4  # an image this near to the network's size is padded or cropped, never resampled
_SMALLEST = 2  # pixels a side: torch's resampling fails at one
_LARGEST = 4096  # pixels a side: an image of floats then has 200 MB
_CROPS = (0.1, 2.0)  # those of timm's configurations lie between
_SHORT_SIDE = 256 / 224  # the paper's test protocol: short side 256, centre 224 (section 5.1)
_OF_299 = 352  # and 352 for Inception-ResNet-v2, whose centre has 299


@dataclass(frozen=True, slots=True, kw_only=True)
class Augmentation:
    """The random part of training.

    Attributes:
        crop: ``pad`` shifts by up to 4 pixels (CIFAR), ``scale`` takes a random area and aspect
            (ImageNet), ``none`` takes the centre.
        min_area: the smallest share of an image's area that ``scale`` takes.
        flip: mirror every other image.
        erasing: probability that a random rectangle is set to the mean.
        cutout: side in pixels of the square that `Cutout` sets to the mean; 0 for none.
    """

    crop: Literal["pad", "scale", "none"] = "pad"
    min_area: float = 0.08
    flip: bool = True
    erasing: float = 0.0
    cutout: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Preprocessing:
    """From 8-bit pixels (C, H, W) to the network's input (in_chans, image_size, image_size).

    Attributes:
        image_size: side of the input.
        in_chans: its channels.
        mean, std: of the pixels in [0, 1], a number a channel.
        crop: how evaluation fits an image, where it is not the paper's way: the short side goes
            to ``image_size`` / ``crop`` and the centre is kept, as timm's configurations say.
        interpolation: of that resizing.
        squash: whether it makes an image square, whatever its shape was.
    """

    image_size: int
    in_chans: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    crop: float | None = None
    interpolation: Interpolation = "bilinear"
    squash: bool = False

    def __post_init__(self) -> None:
        if type(self.image_size) is not int or not _SMALLEST <= self.image_size <= _LARGEST:
            raise InputError(
                f"the image size must be from {_SMALLEST} to {_LARGEST} pixels, "
                f"not {self.image_size!r}"
            )
        if not len(self.mean) == len(self.std) == self.in_chans:
            raise InputError(
                f"mean and std must have {self.in_chans} values each, one a channel, "
                f"not {len(self.mean)} and {len(self.std)}"
            )
        numbers = (*self.mean, *self.std)
        if not all(isinstance(n, int | float) and abs(n) < inf for n in numbers):
            raise InputError(f"mean and std must be finite numbers, not {numbers}")
        if not all(self.std):
            raise InputError("a std of 0 cannot be divided by; give that of the pixels")
        if self.crop is not None and not _CROPS[0] <= self.crop <= _CROPS[1]:
            raise InputError(f"the crop must lie between {_CROPS[0]} and {_CROPS[1]}")
        if self.interpolation not in get_args(Interpolation):
            raise InputError(f"unknown interpolation {self.interpolation!r}")

    def evaluation(self) -> Transform:
        """The deterministic transform: fit to the size, then scale and normalise."""
        steps = [_Channels(self.in_chans), *self._fitted(), *self._normalised()]
        transform: Transform = v2.Compose(steps)
        return transform

    def training(self, augmentation: Augmentation) -> Transform:
        """The random transform; draws from torch's global generator."""
        size = self.image_size
        steps: list[Transform] = [_Channels(self.in_chans)]
        if augmentation.crop == "scale":
            areas = (augmentation.min_area, 1.0)
            steps.append(v2.RandomResizedCrop(size, scale=areas, antialias=True))
        else:
            steps.append(_Fit(size))
        if augmentation.crop == "pad":
            steps.append(v2.RandomCrop(size, padding=_MARGIN))
        if augmentation.flip:
            steps.append(v2.RandomHorizontalFlip())
        steps += self._normalised()
        if augmentation.erasing > 0:
            steps.append(v2.RandomErasing(p=augmentation.erasing))
        if augmentation.cutout > 0:
            steps.append(Cutout(augmentation.cutout))
        transform: Transform = v2.Compose(steps)
        return transform

    def _fitted(self) -> list[Transform]:
        if self.crop is None:
            return [_Fit(self.image_size)]
        side = floor(self.image_size / self.crop)
        mode = v2.InterpolationMode(self.interpolation)
        shape = [side, side] if self.squash else [side]
        return [v2.Resize(shape, interpolation=mode), v2.CenterCrop(self.image_size)]

    def _normalised(self) -> list[Transform]:
        to_float = v2.ToDtype(torch.float32, scale=True)
        return [to_float, v2.Normalize(list(self.mean), list(self.std))]

    def describe(self) -> str:
        """JSON text that names the evaluation transform, for stores and comparisons."""
        said = [(field.name, getattr(self, field.name), field.default) for field in fields(self)]
        return json.dumps({name: value for name, value, default in said if value != default})


class Cutout:
    """Set a square to 0, the mean of normalised pixels (DeVries and Taylor, 2017).

    Its centre is anywhere in the image, so part of it may lie outside: the paper's CIFAR rows
    with Cutout need that.
    """

    def __init__(self, side: int) -> None:
        self.side = side

    def __call__(self, image: Tensor) -> Tensor:
        """A copy of the image (C, H, W) without the square; draws from torch's generator."""
        height, width = image.shape[-2:]
        top = int(torch.randint(height, ())) - self.side // 2
        left = int(torch.randint(width, ())) - self.side // 2
        cut = image.clone()
        cut[..., max(top, 0) : top + self.side, max(left, 0) : left + self.side] = 0
        return cut


class _Channels:
    """Grey to colour by repetition, colour to grey by luminance, where the network asks for it."""

    def __init__(self, in_chans: int) -> None:
        self.in_chans = in_chans

    def __call__(self, image: Tensor) -> Tensor:
        if image.shape[0] == self.in_chans:
            return image
        if image.shape[0] == 1:
            return image.expand(self.in_chans, -1, -1)
        if self.in_chans == 1:
            grey: Tensor = v2.functional.rgb_to_grayscale(image)
            return grey
        raise InputError(
            f"an image of {image.shape[0]} channels does not suit a network of {self.in_chans}"
        )


class _Fit:
    """To a square of ``size``: pad or crop what is within 4 pixels, else resize, then centre."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.centre = v2.CenterCrop(size)
        short = _OF_299 if size == 299 else round(size * _SHORT_SIDE)
        self.shrink = v2.Resize(short, antialias=True)
        self.enlarge = v2.Resize(size, antialias=True)

    def __call__(self, image: Tensor) -> Tensor:
        short, long = sorted(image.shape[-2:])
        if abs(short - self.size) > _MARGIN or abs(long - self.size) > _MARGIN:
            image = self.shrink(image) if short > self.size else self.enlarge(image)
        if tuple(image.shape[-2:]) == (self.size, self.size):
            return image
        fitted: Tensor = self.centre(image)
        return fitted
