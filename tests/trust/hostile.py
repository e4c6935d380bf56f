"""Files that mean harm: pickles that would run code, archives and headers that lie."""

import copy
import functools
import io
import json
import os
import pickle
import subprocess
import sys
import zipfile
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from senet_core.cli import run

MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001  # how torch's older files begin


class Call:
    """An object that a pickle makes by calling ``function``: in an evil one, any function."""

    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.function, self.arguments = function, arguments

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self.function, self.arguments


class Storage:
    """The numbers of a tensor: a record of the file, and how many it says that it has."""

    def __init__(self, key: str, numel: int, kind: Any = torch.FloatStorage) -> None:
        self.key, self.numel, self.kind = key, numel, kind


class _Pickler(pickle.Pickler):
    older = False

    def persistent_id(self, obj: Any) -> Any:
        if not isinstance(obj, Storage):
            return None
        said = ("storage", obj.kind, obj.key, "cpu", obj.numel)
        return (*said, None) if self.older else said


def pickled(content: Any, *, protocol: int = 2, older: bool = False) -> bytes:
    """The pickle of ``content`` as torch.save makes it, `Storage` and `Call` among its values."""
    stream = io.BytesIO()
    pickler = _Pickler(stream, protocol)
    pickler.older = older
    pickler.dump(content)
    return stream.getvalue()


def tensor(storage: Storage, size: Sequence[int], stride: Sequence[int], offset: int = 0) -> Call:
    """A tensor over a storage, whatever it says of itself."""
    rebuild = torch._utils._rebuild_tensor_v2
    return Call(rebuild, storage, offset, tuple(size), tuple(stride), False, OrderedDict())


def zipped(
    data: bytes,
    records: Mapping[str, bytes] | None = None,
    *,
    folder: str = "archive",
    deflated: bool = False,
    twins: int = 0,
) -> bytes:
    """A file of torch.save in its zip form.

    Args:
        data: its pickle.
        records: the numbers of its storages.
        folder: the name before every entry's.
        deflated: whether it is compressed, which torch.save never does.
        twins: entries that all show the first record again, under the next numbers.
    """
    stream = io.BytesIO()
    method = zipfile.ZIP_DEFLATED if deflated else zipfile.ZIP_STORED
    with zipfile.ZipFile(stream, "w", method, compresslevel=1) as archive:
        archive.writestr(f"{folder}/data.pkl", data)
        archive.writestr(f"{folder}/version", b"3\n")
        archive.writestr(f"{folder}/byteorder", b"little")
        for key, content in (records or {}).items():
            archive.writestr(f"{folder}/data/{key}", content)
        for number in range(1, twins + 1):
            twin = copy.copy(archive.getinfo(f"{folder}/data/0"))
            twin.filename = f"{folder}/data/{number}"
            archive.filelist.append(twin)
    return stream.getvalue()


def older(data: bytes, storages: Mapping[str, bytes] | None = None) -> bytes:
    """A file of torch.save in the form that it had before its version 1.6."""
    system = {"protocol_version": PROTOCOL, "little_endian": True, "type_sizes": {}}
    head = b"".join(pickle.dumps(part, 2) for part in (MAGIC, PROTOCOL, system))
    numbers = b"".join(
        (len(content) // 4).to_bytes(8, "little") + content for content in (storages or {}).values()
    )
    return head + data + pickle.dumps(list(storages or {}), 2) + numbers


def gadgets(canary: Path) -> dict[str, Any]:
    """Values whose pickles would make the file ``canary`` when they are read carelessly."""
    words, python = f"touch {canary}", f"open({str(canary)!r}, 'w').close()"
    call = Call(os.system, words)
    return {
        "os.system": call,
        "eval": Call(eval, python),
        "exec": Call(exec, python),
        "subprocess": Call(subprocess.call, ["touch", str(canary)]),
        "BUILD": Call(functools.partial(os.system, words)),  # its state comes by __setstate__
        "a pickle in a pickle": Call(pickle.loads, pickle.dumps(call, 2)),
        "an array of objects": np.array([call], dtype=object),
        "the kind of a storage": Storage("0", 1, call),
        "the key of a dictionary": {Call(eval, f"({python}, 1)[1]"): 0},
    }


def safetensors(header: Any, content: bytes = b"", *, length: int | None = None) -> bytes:
    """A safetensors file with any header: JSON, or bytes; ``length`` is what it says of it."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return (len(text) if length is None else length).to_bytes(8, "little") + text + content


def header_of(content: bytes) -> tuple[dict[str, Any], bytes]:
    """The header of a safetensors file, and the numbers behind it."""
    end = 8 + int.from_bytes(content[:8], "little")
    return json.loads(content[8:end]), content[end:]


def last_line(
    monkeypatch: pytest.MonkeyPatch, capsys: Any, main: Callable[..., None], *words: object
) -> str:
    """The last line on standard error of a command that ends with 2 and without a traceback."""
    monkeypatch.setattr(sys, "argv", ["program", *map(str, words)])
    with pytest.raises(SystemExit) as stop:
        run(main)
    said = capsys.readouterr().err
    assert stop.value.code == 2
    assert "Traceback" not in said
    return str(said.rstrip("\n").splitlines()[-1])
