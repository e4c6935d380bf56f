"""Tensors by name from files and dictionaries; nothing in them can run code."""

import pickle
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor

from senet_core.errors import InputError

_WRAPPERS = ("state_dict", "model")
_PREFIXES = re.compile(r"^(module\.|model\.|_orig_mod\.)+")  # DDP's, Lightning's, torch.compile's


def read_tensors(path: Path) -> dict[str, Tensor]:
    """The tensors of a .safetensors, .pth, .pt or .bin file, by name, on the CPU.

    Raises:
        InputError: where the file is missing, damaged, or holds anything but tensors.
    """
    if not path.is_file():
        raise InputError(f"{path} is not there; give the path of a .safetensors or .pth file")
    try:
        if path.suffix == ".safetensors":
            return unwrapped(load_file(path), str(path))
        content = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise InputError(
            f"{path} is no file of weights: it is damaged or holds code beside its tensors, which "
            "is not run here; give a .safetensors or .pth file that holds tensors alone"
        ) from error
    except Exception as error:  # torch's reader of damaged files raises almost anything
        reason = (str(error).splitlines() or ["unreadable"])[0][:120]
        raise InputError(
            f"{path} is no file of weights ({reason}); "
            "give a .safetensors or .pth file that holds tensors alone"
        ) from error
    return unwrapped(content, str(path))


def unwrapped(content: Any, where: str) -> dict[str, Tensor]:
    """The state dict in ``content``, without wrapping and without wrappers' prefixes.

    Args:
        content: a state dict, or a dictionary with one under ``state_dict`` or ``model``.
        where: what an error calls it.

    Raises:
        InputError: where there is none.
    """
    for key in _WRAPPERS * 2:  # either may hold the other
        if isinstance(content, Mapping) and isinstance(content.get(key), Mapping):
            content = content[key]
    tensors = isinstance(content, Mapping) and all(isinstance(t, Tensor) for t in content.values())
    if not tensors or not content:
        raise InputError(f"{where} holds no tensors by name; give a network's state_dict")
    return {_PREFIXES.sub("", str(name)): tensor for name, tensor in content.items()}
