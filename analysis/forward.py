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
    recorded; afterwards every part of it is in the mode in which it was. Gates that do not run in
    the first pass are in no outcome.
    """
    gates = list(find_gates(model).values())
    ran: list[Gate] | None = None
    modes = [(module, module.training) for module in model.modules()]
    model.to(device, memory_format=torch.channels_last).eval()  # type: ignore[call-overload]

    def forward(images: Tensor) -> Outcome:
        nonlocal ran
        logits = _logits(model, images.to(device, non_blocking=True))
        own = [gate for gate in gates if gate.path in recorded]
        ran = own if ran is None else ran
        if own != ran:
            odd = next(gate.path for gate in gates if (gate in own) != (gate in ran))
            raise InputError(
                f"{odd} runs for some images and not for others, so there is no vector of gates "
                "for each; collect from a network that treats all images alike"
            )
        return _outcome(logits, {gate.path: recorded[gate.path] for gate in own})

    try:
        with torch.inference_mode(), record_gates(model) as recorded:
            yield forward
    finally:
        for module, training in modes:
            module.training = training


def _logits(model: nn.Module, images: Tensor) -> Tensor:
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
    return logits


def _outcome(logits: Tensor, gates: dict[str, Tensor]) -> Outcome:
    for path, values in gates.items():
        if len(values) != len(logits):
            raise InputError(
                f"{path} gave {len(values)} rows of gates for {len(logits)} images; "
                "collect from a network whose blocks see each image once"
            )
    parts = [logits, *gates.values()]
    together = torch.cat(parts, dim=1).float().cpu().numpy()  # one copy from the device
    ends = np.cumsum([part.shape[1] for part in parts])[:-1]
    first, *rest = np.split(together, ends, axis=1)
    return Outcome(dict(zip(gates, rest, strict=True)), first)


def first_pass(forward: Forward, image: Tensor) -> Outcome:
    """What the network makes of one image (C, H, W): how many logits, and which gates run.

    Raises:
        InputError: where the network does not take such an image.
    """
    try:
        return forward(image[None])
    except (RuntimeError, TypeError, AssertionError) as error:
        raise InputError(
            f"the network does not take images of shape {tuple(image.shape)} and type "
            f"{image.dtype}: {str(error).splitlines()[0]}; give images as it expects them"
        ) from error
