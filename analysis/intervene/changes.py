"""What can be done to the gates of a block: functions from gates to gates.

A change takes the gates that a block computed in one forward pass, (B, C), and gives those that
the network uses instead, (B, C). It changes nothing in place. Any function of that form will do,
so that ``lambda s: s**2`` is a change too; those of this file are made by a call.
"""

from collections.abc import Callable, Sequence

import numpy.typing as npt
import torch
from torch import Tensor

from senet_core.errors import InputError

Change = Callable[[Tensor], Tensor]


def set_to(values: float | npt.ArrayLike | Tensor) -> Change:
    """Use given gates: one number for all, a vector (C,) for every image, or (B, C).

    1 takes the block's scaling away, 0 shuts every channel; a vector may be the mean over a data
    set or a class, or another image's gates; (B, C) may hold the mean of each image's class.

    Raises:
        InputError: for values that are not finite; in the forward, for a shape that does not fit.
    """
    given = torch.as_tensor(values)
    if not given.isfinite().all():
        raise InputError("gates cannot be set to numbers that are not finite; give finite ones")

    def change(gates: Tensor) -> Tensor:
        try:
            wanted = given.to(gates.device, gates.dtype).expand(gates.shape)
        except RuntimeError as error:
            raise InputError(
                f"gates of shape {tuple(gates.shape)} cannot be set to values of shape "
                f"{tuple(given.shape)}; give one number, one a channel, or one an image and channel"
            ) from error
        return wanted.clone()  # a copy: the block may go on in place

    return change


def scale_by(factor: float) -> Change:
    """Multiply all gates."""
    return lambda gates: gates * factor


def shuffle_images(seed: int) -> Change:
    """Give each image the gates of another one of its batch.

    The order depends on the seed and the batch's size alone, so it is the same in every block: an
    image gets all its gates from one other image, which is a set that belongs together, and not a
    mixture that no image has. It is one cycle, so that no image keeps its own; a batch of one
    image is left as it is. Batches that are sorted by class would mostly swap within the class.
    """
    return lambda gates: gates[_cycle(len(gates), seed, gates.device)]


def shuffle_channels(seed: int) -> Change:
    """Give each channel the gate of another one.

    The order depends on the seed and the number of channels alone, so it is the same for every
    image and batch: channels swap their roles for good, and what changes is only which channel a
    gate belongs to, not how gates vary from image to image. It is one cycle: no channel keeps its
    own.
    """
    return lambda gates: gates[:, _cycle(gates.shape[1], seed, gates.device)]


def on_channels(channels: Sequence[int] | npt.ArrayLike, change: Change) -> Change:
    """Change the gates of chosen channels alone.

    Args:
        channels: their numbers, from 0.
        change: sees all gates (B, C); what it makes of the other channels is not used.

    Raises:
        InputError: in the forward, for a channel that the block does not have.
    """
    chosen = torch.as_tensor(channels, dtype=torch.int64)

    def change_some(gates: Tensor) -> Tensor:
        count = gates.shape[1]
        if len(chosen) and not 0 <= int(chosen.min()) <= int(chosen.max()) < count:
            raise InputError(
                f"channels {int(chosen.min())} to {int(chosen.max())} are not all among the "
                f"block's; choose from 0 to {count - 1}"
            )
        places = chosen.to(gates.device)
        return gates.index_copy(1, places, change(gates)[:, places])

    return change_some


def in_turn(*changes: Change) -> Change:
    """Make several changes, each to what the one before it gave."""

    def change(gates: Tensor) -> Tensor:
        for step in changes:
            gates = step(gates)
        return gates

    return change


def _cycle(length: int, seed: int, device: torch.device) -> Tensor:
    """(length,): where each place takes its gates from, one cycle through all places."""
    order = torch.randperm(length, generator=torch.Generator().manual_seed(seed))
    origin = torch.empty_like(order)
    origin[order] = order.roll(-1)
    return origin.to(device)
