"""How a network of some name is made: one of ours, torchvision's or timm's."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
import torchvision
from torch import nn

from senet_core.convert.hub import classes_of, known_to_timm, pretrained
from senet_core.data import Preprocessing
from senet_core.errors import InputError
from senet_core.registry import create_model

TORCHVISION = "torchvision:"
TIMM = "timm:"


@dataclass(frozen=True, slots=True)
class Maker:
    """How a network of some name is made, for a number of classes and of channels.

    Attributes:
        name: as people write it.
        build: (num_classes, in_chans) to the network, with random weights.
        image_size: what it was made for.
        in_chans: what it is bound to, or None.
        classes: of weights that are published under the name; empty where none are.
        preprocessing: what such weights were made for, where their publisher says so.
        head, stem: its last and first layer, where their names are known.
    """

    name: str
    build: Callable[[int, int], nn.Module]
    image_size: int
    in_chans: int | None = None
    classes: tuple[str, ...] = ()
    preprocessing: Preprocessing | None = None
    head: str = ""
    stem: str = ""


def is_foreign(name: str) -> bool:
    """Whether a name is that of a network of torchvision or timm."""
    return name.startswith((TORCHVISION, TIMM))


def maker(name: str) -> Maker:
    """How to make the network ``name``; raises InputError where there is no such."""
    if name.startswith(TORCHVISION):
        return _torchvision(name)
    return _timm(name) if name.startswith(TIMM) else _ours(name)


def fetched(name: str) -> tuple[nn.Module, Maker]:
    """A network of timm with published weights, and how it is made.

    Args:
        name: ``timm:NETWORK.TAG``; the tag that timm prefers where there is none.

    Raises:
        InputError: as `senet_core.convert.hub.pretrained`.
    """
    model = pretrained(name)
    said = model.pretrained_cfg
    tagged = f"{TIMM}{said['architecture']}" + (f".{said['tag']}" if said["tag"] else "")
    return model, _of_timm(tagged, said)


def _ours(name: str) -> Maker:
    with torch.device("meta"):
        size: int = create_model(name).config.input_size  # type: ignore[union-attr,assignment]
    return Maker(name, lambda classes, chans: create_model(name, classes, chans), size)


def _torchvision(name: str) -> Maker:
    plain = name.removeprefix(TORCHVISION)
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
    return Maker(name, build, size, 3, tuple(published.meta["categories"]))


def _timm(name: str) -> Maker:
    timm, plain = known_to_timm(name)
    said = timm.get_pretrained_cfg(plain)
    return _of_timm(name, said.to_dict() if said else {"num_classes": None, "tag": None})


def _of_timm(name: str, said: dict[str, Any]) -> Maker:
    """From what timm says of a network's published weights."""
    timm, plain = known_to_timm(name)

    def build(classes: int, chans: int) -> nn.Module:
        model: nn.Module = timm.create_model(plain, num_classes=classes, in_chans=chans)
        return model

    config = timm.data.resolve_data_config(pretrained_cfg=said)
    size = int(config["input_size"][-1])
    return Maker(
        name,
        build,
        size,
        classes=classes_of(said),
        preprocessing=Preprocessing(
            image_size=size,
            in_chans=int(config["input_size"][0]),
            mean=tuple(config["mean"]),
            std=tuple(config["std"]),
            crop=float(config["crop_pct"]),
            interpolation="bicubic" if config["interpolation"] == "bicubic" else "bilinear",
            squash=config["crop_mode"] == "squash",
        ),
        head=_layer(said.get("classifier")),
        stem=_layer(said.get("first_conv")),
    )


def _layer(names: Any) -> str:
    """The first of what timm names in one word or several."""
    return names if isinstance(names, str) else next(iter(names or ()), "")
