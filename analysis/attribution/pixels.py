"""Methods that attribute to the pixels of the input."""

from time import perf_counter

import torch
from captum.attr import InputXGradient, Occlusion
from torch import Tensor, nn

from analysis.attribution.integral import integrate
from analysis.attribution.result import Array, Attribution, Completeness
from analysis.attribution.subject import Subject, examined
from senet_core.errors import InputError

BATCH = 8
"""Images in memory at once."""


def integrated_gradients(
    model: nn.Module,
    image: Tensor,
    *,
    target: int | None = None,
    baseline: Tensor | float = 0.0,
    most_steps: int = 1024,
    batch: int = BATCH,
) -> Attribution:
    """Integrated Gradients, with points added until it is complete to 1 % (`integrate`).

    Args:
        model: any classifier with gradients; left as it was.
        image: (C, H, W) or (1, C, H, W), as the network takes it.
        target: a class; None means the one that the network predicts.
        baseline: the image, or the value of every pixel, from which the path leads; 0 is the mean
            colour of the data set where images are normalised.
        most_steps: the most points of one attempt.
        batch: images in memory at once.

    Raises:
        InputError: for an image, class or baseline that does not fit, or without gradients.
    """
    start = perf_counter()
    with examined(model, image, target) as subject:
        raw, completeness = integrate(
            subject,
            subject.image,
            _baseline(baseline, subject.image),
            subject.target,
            most_steps=most_steps,
            batch=batch,
        )
    return _result("integrated_gradients", subject, raw, start, completeness)


def input_x_gradient(model: nn.Module, image: Tensor, *, target: int | None = None) -> Attribution:
    """Each pixel times the gradient of the class's logit at it.

    Args and raises: as `integrated_gradients`.
    """
    start = perf_counter()
    with examined(model, image, target) as subject:
        point = subject.image.requires_grad_()
        raw = InputXGradient(subject).attribute(point, target=subject.target)
    return _result("input_x_gradient", subject, raw.detach(), start)


def occlusion(
    model: nn.Module,
    image: Tensor,
    *,
    target: int | None = None,
    window: int | None = None,
    stride: int | None = None,
    baseline: Tensor | float = 0.0,
    batch: int = BATCH,
) -> Attribution:
    """By how much the class's logit falls where a square window is covered.

    Each pixel has the mean over the windows that cover it. Needs no gradients.

    Args:
        model: any classifier; left as it was.
        image: (C, H, W) or (1, C, H, W), as the network takes it.
        target: a class; None means the one that the network predicts.
        window: side of the window in pixels; an eighth of the image's shorter side where None.
        stride: pixels from one window to the next; half a window where None.
        baseline: what the window shows: an image, or the value of every pixel.
        batch: images in memory at once.

    Raises:
        InputError: for an image, class, baseline, window or stride that does not fit.
    """
    start = perf_counter()
    with examined(model, image, target) as subject:
        channels, *sides = subject.image.shape[1:]
        window = max(min(sides) // 8, 1) if window is None else window
        stride = max(window // 2, 1) if stride is None else stride
        if not 1 <= stride <= window <= min(sides):
            raise InputError(
                f"a window of {window} pixels moved by {stride} cannot cover an image of "
                f"{sides[0]} x {sides[1]}; choose 1 <= stride <= window <= {min(sides)}"
            )
        raw = Occlusion(subject).attribute(
            subject.image,
            sliding_window_shapes=(channels, window, window),
            strides=(channels, stride, stride),
            baselines=_baseline(baseline, subject.image),
            target=subject.target,
            perturbations_per_eval=batch,
        )
    # The windows reach through all channels, so each channel says the same.
    return _result("occlusion", subject, raw[:, :1], start)


def _baseline(baseline: Tensor | float, image: Tensor) -> Tensor:
    """(1, C, H, W)."""
    given = torch.as_tensor(baseline, dtype=image.dtype, device=image.device)
    try:
        return given.expand_as(image).clone()
    except RuntimeError as error:
        raise InputError(
            f"a baseline of shape {tuple(given.shape)} does not fit an image of shape "
            f"{tuple(image.shape[1:])}"
        ) from error


def _result(
    method: str,
    subject: Subject,
    raw: Tensor,
    start: float,
    completeness: Completeness | None = None,
) -> Attribution:
    """An `Attribution` from raw (1, C, H, W)."""
    return Attribution(
        method=method,
        target=subject.target,
        logit=subject.logit,
        map=array(raw[0].sum(0)),
        raw=array(raw[0]),
        passes=subject.passes,
        seconds=perf_counter() - start,
        completeness=completeness,
    )


def array(values: Tensor) -> Array:
    """A tensor as float32 in NumPy."""
    found: Array = values.detach().to("cpu", torch.float32).numpy()
    return found
