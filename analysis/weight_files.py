"""Weights without a word about their network: ``.safetensors`` and ``.pth`` files of tensors."""

import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import load_file
from torch import Tensor, nn

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
    state = _read(path)
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


def _read(path: Path) -> dict[str, Tensor]:
    """The tensors of a .safetensors or .pth file, by name; nothing in it can run code."""
    if not path.is_file():
        raise InputError(f"{path} is not there; give the path of a .safetensors or .pth file")
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        content = torch.load(path, map_location="cpu", weights_only=True)
    except (
        SafetensorError,
        RuntimeError,
        OSError,
        EOFError,
        pickle.UnpicklingError,
        zipfile.BadZipFile,
    ) as error:
        raise InputError(
            f"{path} is no file of weights ({str(error).splitlines()[0][:120]}); "
            "give a .safetensors or .pth file that holds tensors alone"
        ) from error
    for key in ("state_dict", "model"):
        if isinstance(content, dict) and isinstance(content.get(key), dict):
            content = content[key]
    if not isinstance(content, dict) or not all(isinstance(t, Tensor) for t in content.values()):
        raise InputError(f"{path} holds no tensors by name; give a network's state_dict")
    return {str(name).removeprefix("module."): tensor for name, tensor in content.items()}
