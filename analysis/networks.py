"""Networks for the command line: from a checkpoint, or by name with or without weights."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import nn

from analysis.makers import TIMM, Maker, fetched, is_foreign, maker
from analysis.source import Source
from analysis.weight_files import fitted, names_its_network
from senet_core.checkpoint import load_checkpoint
from senet_core.convert import create_matching, is_fetched
from senet_core.convert.hub import known_to_timm
from senet_core.data import Preprocessing
from senet_core.errors import InputError
from senet_core.registry import ModelConfig


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
    the images (1,000 where those have none). But a name of timm's with a tag, such as
    ``timm:seresnet50.a1_in1k``, is that of published weights, which are fetched.

    Args:
        name: of ours, ``torchvision:NAME`` or ``timm:NAME``.
        weights: a file; or ``timm:NAME``, for a network of ours or the network NAME.
        seed: of random weights.
        pixels: the images.

    Raises:
        InputError: for an unknown name, or weights that cannot be had or read or do not fit.
    """
    if weights is not None and not is_foreign(name):
        if names_its_network(weights):
            return _named_checkpoint(name, weights)
        return _matching(name, weights)
    made = maker(name)
    if published := _published(name, weights):
        return _fetched(published)
    if weights is not None:
        return _from_file(made, weights)
    torch.manual_seed(seed)
    model = made.build(len(pixels.classes) or 1000, made.in_chans or pixels.in_chans)
    return model, Source(
        architecture=name,
        weights="random",
        seed=seed,
        classes=pixels.classes,
        image_size=made.image_size,
    )


def _published(name: str, weights: Path | None) -> str:
    """The name of published weights, ``timm:NETWORK.TAG``, or the empty text."""
    if not name.startswith(TIMM) or not (weights is None or is_fetched(str(weights))):
        return ""
    network, _, tag = known_to_timm(name)[1].partition(".")
    if weights is None:
        return name if tag else ""
    other, _, other_tag = known_to_timm(str(weights))[1].partition(".")
    if other != network or (tag and other_tag and tag != other_tag):
        raise InputError(
            f"--weights {weights} are not those of --model {name}; "
            f"give --model {TIMM}{other} with them"
        )
    return name if tag else str(weights)


def _fetched(published: str) -> tuple[nn.Module, Source]:
    model, made = fetched(published)
    return model, Source(
        architecture=made.name,
        classes=made.classes,
        image_size=made.image_size,
        preprocessing=made.preprocessing,
    )


def _from_file(made: Maker, weights: Path) -> tuple[nn.Module, Source]:
    model, outputs = fitted(made, weights)
    own = made.preprocessing
    return model, Source(
        architecture=made.name,
        checkpoint=weights,
        classes=made.classes if len(made.classes) == outputs else (),
        image_size=made.image_size,
        preprocessing=own if own and own.in_chans == _in_chans(model) else None,
    )


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
    own = source.preprocessing
    preprocessing = own or pixels.preprocessing(source.image_size, _in_chans(model))
    if image_size is not None:
        preprocessing = replace(preprocessing, image_size=image_size)
    return replace(source, preprocessing=preprocessing)


def _in_chans(model: nn.Module) -> int:
    first = next((module for module in model.modules() if isinstance(module, nn.Conv2d)), None)
    return 3 if first is None else first.in_channels


def _spread(values: tuple[float, ...], channels: int) -> tuple[float, ...]:
    """One number a channel: as they are, repeated from grey, or averaged to grey."""
    if len(values) == channels:
        return values
    return (sum(values) / len(values),) * channels
