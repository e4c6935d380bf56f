"""Weights without a word about their network: ``.safetensors`` and ``.pth`` files of tensors."""

from pathlib import Path

import torch
from safetensors import SafetensorError
from torch import nn

from analysis.makers import Maker
from senet_core.checkpoint import open_safetensors
from senet_core.convert.files import read_tensors
from senet_core.errors import InputError


def names_its_network(path: Path) -> bool:
    """Whether the file is a checkpoint of ours, which says what network it holds."""
    if not path.is_file():  # a pipe would be waited for
        return False
    try:
        with open_safetensors(path) as file:
            return "architecture" in (file.metadata() or {})
    except (SafetensorError, OSError):
        return False


def fitted(made: Maker, path: Path) -> tuple[nn.Module, int]:
    """A network with the weights of a file, and its number of outputs.

    Raises:
        InputError: where the file holds no weights, or others.
    """
    state = read_tensors(path)
    wanted = _shapes(made)
    if missing := [key for key in wanted if key not in state]:
        raise _misfit(path, made, f"they have no {missing[0]!r}")
    found = {key: tuple(state[key].shape) for key in wanted}
    head = _named(made.head, wanted) or [key for key in wanted if len(wanted[key]) > 1][-1]
    stem = _named(made.stem, wanted) or next(key for key in wanted if len(wanted[key]) > 3)
    for key, free in ((head, 0), (stem, 1)):  # else a network may be built that fills the memory
        if _without(found[key], free) != _without(wanted[key], free):
            raise _misfit(path, made, f"{key!r} has the shape {found[key]}")
    outputs, channels = found[head][0], found[stem][1]
    model = made.build(outputs, channels)
    try:
        model.load_state_dict(state)
    except RuntimeError as error:
        raise _misfit(path, made, str(error).splitlines()[-1].strip()) from error
    return model, outputs


def _shapes(made: Maker) -> dict[str, tuple[int, ...]]:
    """The network's tensors, in its order, for 1,000 outputs."""
    try:
        with torch.device("meta"):
            model = made.build(1000, made.in_chans or 3)
    except NotImplementedError:  # torchvision's RegNetY looks at numbers while it is built
        model = made.build(1000, made.in_chans or 3)
    return {key: tuple(tensor.shape) for key, tensor in model.state_dict().items()}


def _named(layer: str, wanted: dict[str, tuple[int, ...]]) -> str:
    """The layer's weight, or the empty text where there is none."""
    key = f"{layer}.weight"
    return key if key in wanted else ""


def _without(shape: tuple[int, ...], dimension: int) -> tuple[int, ...]:
    return (*shape[:dimension], -1, *shape[dimension + 1 :])


def _misfit(path: Path, made: Maker, reason: str) -> InputError:
    return InputError(
        f"the weights in {path} do not fit {made.name} ({reason}); "
        "give --model the network that they belong to"
    )
