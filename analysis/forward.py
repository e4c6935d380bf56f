"""Forward passes of a network whose gates are recorded, from a batch to arrays."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn

from analysis.gates import find_gates, record_gates
from analysis.naming import Gate
from senet_core.errors import InputError

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a network made of B images: gates, path to (B, C), and logits (B, K)."""

    gates: dict[str, Floats]
    logits: Floats


Forward = Callable[[Tensor], Outcome]


@contextmanager
def forward_passes(model: nn.Module, device: torch.device) -> Iterator[Forward]:
    """A function from images (B, C, H, W) to an `Outcome`, for the time of the ``with``.

    The network moves to ``device``. It runs in eval mode, without autograd and with its gates
    recorded; afterwards every part of it is in the mode in which it was.
    """
    gates = list(find_gates(model).values())
    modes = [(module, module.training) for module in model.modules()]
    model.to(device, memory_format=torch.channels_last).eval()  # type: ignore[call-overload]
    try:
        with torch.inference_mode(), record_gates(model) as recorded:
            yield lambda images: _run(model, images.to(device, non_blocking=True), gates, recorded)
    finally:
        for module, training in modes:
            module.training = training


def _run(
    model: nn.Module, images: Tensor, gates: list[Gate], recorded: dict[str, Tensor]
) -> Outcome:
    try:
        logits = model(images.contiguous(memory_format=torch.channels_last))
    except torch.OutOfMemoryError as error:
        raise InputError(
            f"{images.device} has too little memory for {len(images)} images at a time; "
            "lower --batch-size"
        ) from error
    if not isinstance(logits, Tensor) or logits.ndim != 2:
        raise InputError(
            f"{type(model).__name__} does not give logits, one row an image; "
            "collect from a network that classifies"
        )
    if silent := [gate.path for gate in gates if gate.path not in recorded]:
        raise InputError(
            f"{silent[0]} was found as a gate but its {type(model).__name__} did not run it; "
            "remove it from the network to collect the others"
        )
    parts = [logits, *(recorded[gate.path] for gate in gates)]
    together = torch.cat(parts, dim=1).float().cpu().numpy()  # one copy from the device
    ends = np.cumsum([part.shape[1] for part in parts])[:-1]
    first, *rest = np.split(together, ends, axis=1)
    return Outcome({gate.path: own for gate, own in zip(gates, rest, strict=True)}, first)


def count_outputs(forward: Forward, image: Tensor) -> int:
    """The number K of logits, from one image (C, H, W).

    Raises:
        InputError: where the network does not take such an image.
    """
    try:
        return int(forward(image[None]).logits.shape[1])
    except (RuntimeError, TypeError, AssertionError) as error:
        raise InputError(
            f"the network does not take images of shape {tuple(image.shape)} and type "
            f"{image.dtype}: {str(error).splitlines()[0]}; give images as it expects them"
        ) from error
