"""Networks for the command line: from a checkpoint, or by name with or without weights."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
import torchvision
from torch import nn

from analysis.source import Source
from analysis.weight_files import fitted, names_its_network
from senet_core.checkpoint import load_checkpoint
from senet_core.convert import create_matching, is_fetched
from senet_core.data import Preprocessing
from senet_core.errors import InputError
from senet_core.registry import ModelConfig, create_model

_TORCHVISION = "torchvision:"
_ELSEWHERE = ("timm:",)  # names of collections that this version does not open


@dataclass(frozen=True, slots=True)
class Pixels:
    """The images that a network is to see, where its own file does not tell.

    Attributes:
        in_chans: channels.
        mean, std: of the pixels in [0, 1], a number a channel.
        classes: what they show; empty where they have no labels.
    """

    in_chans: int
    mean: tuple[float, ...]
    std: tuple[float, ...]
    classes: tuple[str, ...]

    def preprocessing(self, image_size: int, in_chans: int) -> Preprocessing:
        """For a network of ``in_chans`` channels."""
        return Preprocessing(
            image_size=image_size,
            in_chans=in_chans,
            mean=_spread(self.mean, in_chans),
            std=_spread(self.std, in_chans),
        )


def open_checkpoint(path: Path) -> tuple[nn.Module, Source]:
    """A network of ours from its file; raises InputError as `senet_core.load_checkpoint` does."""
    model, metadata = load_checkpoint(path)
    return model, Source.of_checkpoint(path, metadata)


def open_model(
    name: str, weights: Path | None, *, seed: int, pixels: Pixels
) -> tuple[nn.Module, Source]:
    """A network by name.

    Without ``weights`` they are random, drawn from ``seed``, with an output for each class of
    the images (1,000 where those have none).

    Raises:
        InputError: for an unknown name, or weights that cannot be read or do not fit.
    """
    if name.startswith(_ELSEWHERE):
        raise InputError(
            f"{name} cannot be opened by this version; choose torchvision:NAME or one of "
            "senet_core.list_models()"
        )
    if weights is not None and not name.startswith(_TORCHVISION):
        if names_its_network(weights):
            return _named_checkpoint(name, weights)
        return _matching(name, weights)
    maker = _torchvision(name) if name.startswith(_TORCHVISION) else _ours(name)
    if weights is None:
        torch.manual_seed(seed)
        model = maker.build(len(pixels.classes) or 1000, maker.in_chans or pixels.in_chans)
        source = Source(weights="random", seed=seed, classes=pixels.classes)
    else:
        model, outputs = fitted(name, maker.build, weights)
        known = maker.classes if len(maker.classes) == outputs else ()
        source = Source(checkpoint=weights, classes=known)
    return model, replace(source, architecture=name, image_size=maker.image_size)


@dataclass(frozen=True, slots=True)
class _Maker:
    """How a network of some name is made, for a number of classes and of channels.

    Attributes:
        build: (num_classes, in_chans) to the network.
        image_size: what it was made for.
        in_chans: what it is bound to, or None.
        classes: of weights that are published under the name; empty where none are.
    """

    build: Callable[[int, int], nn.Module]
    image_size: int
    in_chans: int | None = None
    classes: tuple[str, ...] = ()


def _ours(name: str) -> _Maker:
    with torch.device("meta"):
        size: int = create_model(name).config.input_size  # type: ignore[union-attr,assignment]
    return _Maker(lambda classes, chans: create_model(name, classes, chans), size)


def _matching(name: str, weights: Path) -> tuple[nn.Module, Source]:
    """A network of ours with anybody's weights, which decide its options and outputs."""
    model, known = create_matching(name, str(weights))
    config = ModelConfig.of(model)
    size = known.input_size or config.input_size
    preprocessing = None
    if len(known.mean) == len(known.std) == config.in_chans:
        preprocessing = Preprocessing(
            image_size=size, in_chans=config.in_chans, mean=known.mean, std=known.std
        )
    source = Source(
        architecture=name,
        checkpoint=None if is_fetched(str(weights)) else weights,
        classes=known.classes,
        image_size=size,
        preprocessing=preprocessing,
    )
    return model, source


def _torchvision(name: str) -> _Maker:
    plain = name.removeprefix(_TORCHVISION)
    if plain not in torchvision.models.list_models(module=torchvision.models):
        raise InputError(
            f"torchvision has no classifier {plain!r}; see torchvision.models.list_models()"
        )
    published = torchvision.models.get_model_weights(plain).DEFAULT

    def build(classes: int, chans: int) -> nn.Module:
        with warnings.catch_warnings():  # of a coming change in how two old networks start
            warnings.simplefilter("ignore", FutureWarning)
            model: nn.Module = torchvision.models.get_model(
                plain, weights=None, num_classes=classes
            )
        return model

    size = published.transforms().crop_size[0]
    return _Maker(build, size, 3, tuple(published.meta["categories"]))


def _named_checkpoint(name: str, weights: Path) -> tuple[nn.Module, Source]:
    model, source = open_checkpoint(weights)
    found: Any = model.config
    if found.name != name:
        raise InputError(f"{weights} holds a {found.name}, not a {name}; give --model {found.name}")
    return model, source


def prepared(model: nn.Module, source: Source, pixels: Pixels, image_size: int | None) -> Source:
    """``source`` with a preprocessing: its own, or one after the images' statistics.

    Args:
        model: the network.
        source: as `open_checkpoint` or `open_model` gives it.
        pixels: the images.
        image_size: side of the input in pixels; None means the network's own.

    Raises:
        InputError: for a size that no image has.
    """
    if image_size is not None and image_size < 1:
        raise InputError(f"the image size must be at least 1 pixel, not {image_size}")
    own = source.preprocessing
    preprocessing = own or pixels.preprocessing(source.image_size, _in_chans(model))
    size = image_size or preprocessing.image_size
    return replace(source, preprocessing=replace(preprocessing, image_size=size))


def _in_chans(model: nn.Module) -> int:
    first = next(module for module in model.modules() if isinstance(module, nn.Conv2d))
    return first.in_channels


def _spread(values: tuple[float, ...], channels: int) -> tuple[float, ...]:
    """One number a channel: as they are, repeated from grey, or averaged to grey."""
    if len(values) == channels:
        return values
    return (sum(values) / len(values),) * channels
