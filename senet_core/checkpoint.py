"""Checkpoints: one safetensors file whose text metadata rebuilds the network.

Keys of the metadata: ``format_version``, ``architecture``, ``options``, ``se``, ``num_classes``,
``in_chans``, ``classes``, ``input_size``, ``mean``, ``std``, ``recipe``, ``epoch``, ``metrics``,
``versions``. Nothing in such a file can run code.
"""

import hashlib
import json
import math
import os
import platform
import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import nn

from senet_core.attention import SEConfig
from senet_core.errors import InputError
from senet_core.json_text import read_json
from senet_core.registry import ModelConfig, create_model

FORMAT_VERSION = 1
_PROBE = 2**20  # bytes: more than what a full disk still takes
_TEXT = ("architecture", "se", "recipe")  # kept as they are; every other value is JSON
_MOST_HEADER = 16 * 1024**2  # bytes: that of the largest network here has 0.3 MB
_MOST_TEXT = {"classes": 4 * 1024**2, "metrics": 4 * 1024**2}  # characters
_MOST_OTHER_TEXT = 10_000
_MOST_SIDE = 4096  # pixels


class NoMetadata(InputError):
    """A safetensors file that holds tensors and nothing of ours about them."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path that becomes ``path`` at the end, so no half-written file is ever there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        # Made in here: a signal may come as soon as it is there.
        os.close(os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        try:
            yield temporary
        except (RuntimeError, SafetensorError):
            _ask_the_system(temporary)
            raise
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _ask_the_system(file: Path) -> None:
    """Raise the OSError that torch and safetensors, whose writing failed, keep to themselves."""
    with file.open("ab") as end:
        end.write(bytes(_PROBE))
        end.flush()
        os.fsync(end.fileno())


def versions() -> dict[str, str]:
    """The versions of what computes: Python and torch."""
    return {"python": platform.python_version(), "torch": torch.__version__}


def digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal; names a checkpoint wherever its file lies."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def save_checkpoint(path: str | os.PathLike[str], model: nn.Module, **metadata: Any) -> Path:
    """Write a network of ours to one safetensors file, all at once.

    Args:
        path: the file; ends in ``.safetensors``.
        model: made by `create_model`, which knows how to rebuild it.
        metadata: what the module's docstring lists beyond the network itself, such as
            ``classes``, ``mean``, ``std``, ``input_size``, ``recipe``, ``epoch``, ``metrics``.
    """
    config = ModelConfig.of(model)
    values: dict[str, Any] = {
        "format_version": FORMAT_VERSION,
        "architecture": config.name,
        "options": config.options,
        "se": config.se.to_json() if config.se else "",
        "num_classes": config.num_classes,
        "in_chans": config.in_chans,
        "classes": [],
        "input_size": config.input_size,
        "mean": [],
        "std": [],
        "recipe": "",
        "epoch": None,
        "metrics": {},
        "versions": versions(),
        **metadata,
    }
    text = {
        key: str(value) if key in _TEXT else json.dumps(value, ensure_ascii=False)
        for key, value in values.items()
    }
    tensors = {name: t.detach().cpu().contiguous() for name, t in model.state_dict().items()}
    with replacing(Path(path)) as temporary:
        save_file(tensors, temporary, metadata=text)
    return Path(path)


def read_metadata(path: str | os.PathLike[str]) -> dict[str, Any]:
    """The decoded metadata of a checkpoint of ours, without its weights.

    Raises:
        InputError: where the file is missing, is no safetensors file, has none of our metadata,
            or comes from a newer version.
    """
    return _open(Path(path), weights=False)[0]


def load_checkpoint(path: str | os.PathLike[str]) -> tuple[nn.Module, dict[str, Any]]:
    """The network in eval mode, on the CPU, with its decoded metadata.

    Raises:
        InputError: as `read_metadata`, and where the weights do not fit the network that the
            metadata names.
    """
    metadata, weights = _open(Path(path), weights=True)
    model = skeleton(path, metadata, weights)
    # The file's tensors lie at any address; in aligned memory of their own they make the network
    # compute, to the last bit, what the saved one computed. A file may hold half-precision.
    kinds = {name: tensor.dtype for name, tensor in model.state_dict().items()}
    aligned = {name: tensor.to(kinds[name], copy=True) for name, tensor in weights.items()}
    model.load_state_dict(aligned, assign=True)
    return model.eval().requires_grad_(True), metadata


def skeleton(
    path: str | os.PathLike[str], metadata: dict[str, Any], weights: dict[str, torch.Tensor]
) -> nn.Module:
    """The network that the metadata names, on the meta device.

    Raises:
        InputError: where there is no such network, or the weights do not fit it.
    """
    try:
        with torch.device("meta"):  # allocates nothing, so a lying header cannot fill the memory
            model = create_model(
                metadata["architecture"],
                metadata["num_classes"],
                metadata["in_chans"],
                SEConfig.from_json(metadata["se"]) if metadata["se"] else None,
                **metadata["options"],
            )
    except (OverflowError, RuntimeError, TypeError, ValueError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise InputError(f"{path} names a network that cannot be made: {reason}") from error
    expected = _shapes(model.state_dict())
    found = _shapes(weights)
    if expected != found:
        odd = sorted(expected.items() ^ found.items())[0][0]
        raise InputError(
            f"{path} says that it holds a {metadata['architecture']}, but its weights do not fit "
            f"that network (first at {odd!r}); it was altered or made by another program"
        )
    return model


def _shapes(tensors: Mapping[str, torch.Tensor]) -> dict[str, tuple[tuple[int, ...], bool]]:
    """The shape of each tensor, and whether it holds floating-point numbers."""
    return {name: (tuple(t.shape), t.is_floating_point()) for name, t in tensors.items()}


def open_safetensors(path: Path) -> Any:
    """`safe_open`, but for files whose header would fill the memory.

    Raises:
        SafetensorError: for these, and for whatever is no such file.
    """
    with path.open("rb") as file:
        header = int.from_bytes(file.read(8), "little")
    if header > _MOST_HEADER:
        raise SafetensorError(f"its header would have {header // 1024**2:,} MB")
    return safe_open(path, framework="pt")


def _open(path: Path, *, weights: bool) -> tuple[dict[str, Any], dict[str, torch.Tensor]]:
    if path.is_dir():
        raise InputError(f"{path} is a folder; give the path of a .safetensors checkpoint")
    if not path.is_file():
        raise InputError(f"{path} is not there; give the path of a .safetensors checkpoint")
    try:
        with open_safetensors(path) as file:
            text: dict[str, str] = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()} if weights else {}  # noqa: SIM118
    except Exception as error:  # a kind of number that this torch has not: several errors
        raise InputError(
            f"{path} is no safetensors checkpoint ({error}); train one with train.py"
        ) from error
    return _decode(path, text), tensors


def _decode(path: Path, text: dict[str, str]) -> dict[str, Any]:
    if "architecture" not in text or "format_version" not in text:
        raise NoMetadata(
            f"{path} holds tensors but does not say which network they belong to; "
            "give it as --weights with --model NAME"
        )
    try:
        for key, value in text.items():
            if len(value) > _MOST_TEXT.get(key, _MOST_OTHER_TEXT):
                raise ValueError(key[:80])
        values = {k: v if k in _TEXT else read_json(v) for k, v in text.items()}
        if int(values["format_version"]) > FORMAT_VERSION:
            raise InputError(
                f"{path} has checkpoint format {values['format_version']}, newer than this "
                f"version's {FORMAT_VERSION}; update SENet Lab to open it"
            )
        _check_kinds(values)
        values["se"] = values.get("se", "")
    except InputError:
        raise
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise InputError(f"{path} has damaged metadata ({error}); use an intact copy") from error
    return values


def _check_kinds(values: dict[str, Any]) -> None:
    """An error with the entry's name where one is missing, of another kind or out of bounds."""
    kinds = {"num_classes": int, "in_chans": int, "options": dict, "classes": list}
    for key, kind in kinds.items():
        if type(values[key]) is not kind:  # a bool is an int too
            raise TypeError(key)
    for key in ("mean", "std"):
        numbers = values.get(key) or []
        if not isinstance(numbers, list) or len(numbers) not in (0, values["in_chans"]):
            raise TypeError(key)
        if not all(type(n) in (int, float) and math.isfinite(n) for n in numbers):
            raise ValueError(key)
    if not all(n > 0 for n in values.get("std") or []):
        raise ValueError("std")
    if not all(isinstance(name, str) for name in values["classes"]):
        raise TypeError("classes")
    if len(values["classes"]) > values["num_classes"]:
        raise ValueError("classes")
    "".join(values["classes"]).encode()  # half a surrogate pair is no text
    size = values.get("input_size")
    if size is not None and not (type(size) is int and 1 <= size <= _MOST_SIDE):
        raise ValueError("input_size")
    if not isinstance(values.get("metrics"), dict | None):
        raise TypeError("metrics")
    if type(values.get("epoch")) not in (int, type(None)):
        raise TypeError("epoch")
