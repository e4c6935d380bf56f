"""Weights without a word about their network: ``.safetensors`` and ``.pth`` files of tensors."""

from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import nn

from analysis.makers import Maker
from senet_core.convert.files import read_tensors
from senet_core.errors import InputError


def names_its_network(path: Path) -> bool:
    """Whether the file is a checkpoint of ours, which says what network it holds."""
    try:
        with safe_open(path, framework="pt") as file:
            return "architecture" in (file.metadata() or {})
    except (SafetensorError, OSError):
        return False


def fitted(made: Maker, path: Path) -> tuple[nn.Module, int]:
    """A network with the weights of a file, and its number of outputs.

    Raises:
        InputError: where the file holds no weights, or others.
    """
    state = read_tensors(path)
    keys = _keys(made)
    if missing := [key for key in keys if key not in state]:
        raise _misfit(path, made, f"they have no {missing[0]!r}")
    head, stem = f"{made.head}.weight", f"{made.stem}.weight"
    outputs = int(state[head if head in state else keys[-1]].shape[0])
    channels = int(state[stem if stem in state else keys[0]].shape[1])
    model = made.build(outputs, channels)
    try:
        model.load_state_dict(state)
    except RuntimeError as error:
        raise _misfit(path, made, str(error).splitlines()[-1].strip()) from error
    return model, outputs


def _keys(made: Maker) -> list[str]:
    """The names of the network's tensors, in its order."""
    try:
        with torch.device("meta"):
            return list(made.build(1000, made.in_chans or 3).state_dict())
    except NotImplementedError:  # torchvision's RegNetY looks at numbers while it is built
        return list(made.build(1000, made.in_chans or 3).state_dict())


def _misfit(path: Path, made: Maker, reason: str) -> InputError:
    return InputError(
        f"the weights in {path} do not fit {made.name} ({reason}); "
        "give --model the network that they belong to"
    )
