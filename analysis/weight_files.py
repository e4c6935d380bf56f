"""Weights without a word about their network: ``.safetensors`` and ``.pth`` files of tensors."""

from collections.abc import Callable
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from torch import nn

from senet_core.convert.files import read_tensors
from senet_core.errors import InputError

Build = Callable[[int, int], nn.Module]
"""(num_classes, in_chans) to a network."""


def names_its_network(path: Path) -> bool:
    """Whether the file is a checkpoint of ours, which says what network it holds."""
    try:
        with safe_open(path, framework="pt") as file:
            return "architecture" in (file.metadata() or {})
    except (SafetensorError, OSError):
        return False


def fitted(name: str, build: Build, path: Path) -> tuple[nn.Module, int]:
    """The network ``name`` with the weights of a file, and its number of outputs.

    Raises:
        InputError: where the file holds no weights, or others.
    """
    state = read_tensors(path)
    with torch.device("meta"):
        keys = list(build(1000, 3).state_dict())
    if missing := [key for key in keys if key not in state]:
        raise InputError(
            f"the weights in {path} do not fit {name} (they have no {missing[0]!r}); "
            "give --model the network that they belong to"
        )
    outputs = int(state[keys[-1]].shape[0])
    model = build(outputs, int(state[keys[0]].shape[1]))
    try:
        model.load_state_dict(state)
    except RuntimeError as error:
        raise InputError(
            f"the weights in {path} do not fit {name} ({str(error).splitlines()[-1].strip()}); "
            "give --model the network that they belong to"
        ) from error
    return model, outputs
