"""Tensors by name from files and dictionaries; nothing in them can run code or fill the memory."""

import pickle
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from senet_core.checkpoint import open_safetensors
from senet_core.convert.pickles import opened
from senet_core.errors import InputError, told

_WRAPPERS = ("state_dict", "model")
_PREFIXES = re.compile(r"^(module\.|model\.|_orig_mod\.)+")  # DDP's, Lightning's, torch.compile's


def read_tensors(path: Path) -> dict[str, Tensor]:
    """The tensors of a .safetensors, .pth, .pt or .bin file, by name, on the CPU.

    Raises:
        InputError: where the file is missing, damaged, or holds anything but tensors.
    """
    if path.is_dir():
        raise InputError(f"{path} is a folder; give the path of a .safetensors or .pth file")
    if not path.is_file():
        raise InputError(f"{path} is not there; give the path of a .safetensors or .pth file")
    try:
        if path.suffix == ".safetensors":
            with open_safetensors(path) as file:
                content = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        else:
            content = torch.load(opened(path), map_location="cpu", weights_only=True)
    except InputError:
        raise
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
    tensors = unwrapped(content, str(path))
    if fault := _not_stored(tensors, path.stat().st_size):
        raise InputError(
            f"{path} is no file of weights ({fault}); "
            "give a .safetensors or .pth file that holds tensors alone"
        )
    return tensors


def _not_stored(tensors: Mapping[str, Tensor], size: int) -> str:
    """What is wrong where not every number of the tensors lies in a file of ``size`` bytes."""
    storages: dict[int, int] = {}
    for name, tensor in tensors.items():
        storage = tensor.untyped_storage()
        storages[storage.data_ptr()] = storage.nbytes()
        if not 0 < tensor.nbytes <= storage.nbytes():  # some have a stride of 0, and many values
            return told(f"{name!r} has other values than are stored")
    if sum(storages.values()) > size:
        return told("its tensors have more values than are stored")
    return ""


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
    if not isinstance(content, Mapping) or not content or not all(map(_is_named, content.items())):
        raise InputError(f"{where} holds no tensors by name; give a network's state_dict")
    return {_PREFIXES.sub("", name): tensor for name, tensor in content.items()}


def _is_named(item: tuple[Any, Any]) -> bool:
    return isinstance(item[0], str) and isinstance(item[1], Tensor)
