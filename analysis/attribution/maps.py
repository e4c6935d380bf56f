"""Grad-CAM, and which convolutional map it takes."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from math import prod
from time import perf_counter
from typing import Any

import torch
from captum.attr import LayerAttribution, LayerGradCam
from torch import Tensor, nn

from analysis.attribution.pixels import array
from analysis.attribution.result import Attribution
from analysis.attribution.subject import Subject, examined
from senet_core.errors import InputError

_MOST_BEHIND = 0.25
"""The largest share of a network's parameters that may work on positions behind the last map."""


def grad_cam(
    model: nn.Module, image: Tensor, *, target: int | None = None, layer: str | None = None
) -> Attribution:
    """Grad-CAM: maps of a layer, each times the mean of its gradient, summed and enlarged.

    (R. R. Selvaraju et al., ICCV 2017.) Unlike there, what speaks against the class is kept, with
    a minus. The map is enlarged to the image's size bilinearly.

    Args:
        model: a convolutional classifier with gradients; left as it was.
        image: (C, H, W) or (1, C, H, W), as the network takes it.
        target: a class; None means the one that the network predicts.
        layer: path of the module whose maps are taken; None means the last ones before the head.

    Raises:
        InputError: for an image, class or layer that does not fit, or without a convolutional map.
    """
    start = perf_counter()
    with examined(model, image, target) as subject:
        path = _last_map(subject) if layer is None else _known(model, layer)
        method = LayerGradCam(subject, model.get_submodule(path))
        raw = method.attribute(
            subject.image, target=subject.target, attr_dim_summation=False
        )  # (1, C, h, w)
        if not isinstance(raw, Tensor) or raw.ndim != 4:
            raise InputError(f"{path} puts out no maps (B, C, H, W); choose another layer")
        size = tuple(subject.image.shape[2:])
        enlarged = LayerAttribution.interpolate(raw.sum(1, keepdim=True), size, "bilinear")
    return Attribution(
        method="grad_cam",
        target=subject.target,
        logit=subject.logit,
        map=array(enlarged[0, 0]),
        raw=array(raw[0]),
        passes=subject.passes,
        seconds=perf_counter() - start,
        layer=path,
    )


def _known(model: nn.Module, layer: str) -> str:
    try:
        model.get_submodule(layer)
    except AttributeError as error:
        raise InputError(f"the network has no layer {layer!r}; see its named_modules()") from error
    return layer


@dataclass(frozen=True, slots=True)
class _Call:
    """A module that ran, and the shape of what it put out."""

    path: str
    module: nn.Module
    shape: tuple[int, ...]

    @property
    def is_map(self) -> bool:
        """Whether it put out maps (B, C, H, W) of more than one position."""
        return len(self.shape) == 4 and prod(self.shape[2:]) > 1

    @property
    def has_positions(self) -> bool:
        """Whether it put out more than one vector an image: maps, or tokens (B, N, C)."""
        return self.is_map or (len(self.shape) == 3 and self.shape[1] > 1)

    @property
    def own_parameters(self) -> int:
        return sum(p.numel() for p in self.module.parameters(recurse=False))


def _last_map(subject: Subject) -> str:
    """The last module that puts out maps of the size of the last convolution's.

    In a ResNet that is the last stage, after the sum and the ReLU; in a VGG the last ReLU before
    the pooling. Convolutions of one position, as of a gate or a head, do not count. Where much of
    the network follows, as in a vision transformer, that is no map before the head.
    """
    calls = _calls(subject)
    convolutions = [call for call in calls if isinstance(call.module, nn.Conv2d) and call.is_map]
    if not convolutions:
        raise InputError(
            "the network has no convolutional map, which Grad-CAM needs; choose another method"
        )
    size = convolutions[-1].shape[2:]
    runs = [call.path for call in calls]
    fitting = [
        place
        for place, call in enumerate(calls)
        if call.is_map and call.shape[2:] == size and call.path and runs.count(call.path) == 1
    ]
    if not fitting:
        raise InputError(
            "the network's last convolution runs more than once, so Grad-CAM cannot tell its maps "
            "apart; name a layer or choose another method"
        )
    chosen = fitting[-1]
    behind = sum(call.own_parameters for call in calls[chosen + 1 :] if call.has_positions)
    if behind > _MOST_BEHIND * sum(p.numel() for p in subject.model.parameters()):
        raise InputError(
            f"the network has no convolutional map before its head: {calls[chosen].path}, its "
            "last, is followed by layers on tokens; name a layer or choose another method"
        )
    return calls[chosen].path


def _calls(subject: Subject) -> list[_Call]:
    """All modules in the order in which they finish."""
    calls: list[_Call] = []

    def keeper(path: str) -> Callable[[nn.Module, Any, Any], None]:
        def keep(module: nn.Module, inputs: Any, output: Any) -> None:
            for tensor in _tensors(output):
                calls.append(_Call(path, module, tuple(tensor.shape)))
                break

        return keep

    with ExitStack() as hooks, torch.no_grad():
        for path, module in subject.model.named_modules():
            hooks.enter_context(module.register_forward_hook(keeper(path)))
        subject(subject.image)
    return calls


def _tensors(output: Any) -> Iterator[Tensor]:
    if isinstance(output, Tensor):
        yield output
    elif isinstance(output, tuple | list):
        yield from (item for item in output if isinstance(item, Tensor))
