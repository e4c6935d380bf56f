"""All methods by name, for one network or for two side by side."""

from collections.abc import Sequence
from typing import Literal, get_args

from torch import Tensor, nn

from analysis.attribution.maps import grad_cam
from analysis.attribution.pixels import input_x_gradient, integrated_gradients, occlusion
from analysis.attribution.result import Attribution
from senet_core.errors import InputError

Method = Literal["integrated_gradients", "grad_cam", "occlusion", "input_x_gradient"]

METHODS: tuple[Method, ...] = get_args(Method)
"""The names of the methods, in the order in which they are shown."""


def attribute(
    model: nn.Module, image: Tensor, method: Method, *, target: int | None = None
) -> Attribution:
    """One of `METHODS` with its defaults.

    Args:
        model: any classifier; left as it was.
        image: (C, H, W) or (1, C, H, W), as the network takes it.
        method: its name.
        target: a class; None means the one that the network predicts.

    Raises:
        InputError: for an unknown method, and as the method does.
    """
    match method:
        case "integrated_gradients":
            return integrated_gradients(model, image, target=target)
        case "grad_cam":
            return grad_cam(model, image, target=target)
        case "occlusion":
            return occlusion(model, image, target=target)
        case "input_x_gradient":
            return input_x_gradient(model, image, target=target)
    raise InputError(f"unknown method {method!r}; choose from {', '.join(METHODS)}")


def side_by_side(
    models: tuple[nn.Module, nn.Module],
    images: tuple[Tensor, Tensor],
    *,
    target: int | None = None,
    methods: Sequence[Method] = METHODS,
) -> dict[Method, tuple[Attribution, Attribution]]:
    """What two networks look at in the same image.

    Args:
        models: two classifiers; left as they were.
        images: the image as each network takes it, (C, H, W) or (1, C, H, W); sizes may differ.
        target: a class for both; None means the one that each network predicts.
        methods: some of `METHODS`.

    Returns:
        For each method the attributions of both networks.

    Raises:
        InputError: as `attribute` does.
    """
    (first, second), (image, other) = models, images
    return {
        method: (
            attribute(first, image, method, target=target),
            attribute(second, other, method, target=target),
        )
        for method in methods
    }
