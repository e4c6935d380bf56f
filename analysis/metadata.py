"""What the files ``zarr.json`` of a store say, read without Zarr and with nothing believed.

A store may come from a stranger: it may claim more samples than any disk holds, packings that
unpack to terabytes, or types that run code. Imports no torch.
"""

import math
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from senet_core.errors import InputError
from senet_core.json_text import read_json

MOST_JSON = 2**24
"""Bytes of one ``zarr.json``: it names the images that could not be read."""
MOST_PLACES = 2**24
"""Samples, classes or channels: more images than ImageNet-22k has."""
MOST_UNPACKED = 2**28
"""Bytes of one chunk."""
MOST_CHUNKS = 2**14
"""Of an array that Zarr reads: it looks for every one of them."""
PLAIN = [{"name": "bytes", "configuration": {"endian": "little"}}]
_KEYS = {"name": "default", "configuration": {"separator": "/"}}
_PACKERS = ("zstd", "blosc")
_OF_ONE_BYTE = {"bool", "int8", "uint8"}
_NUMBERS = _OF_ONE_BYTE | {
    *("int16", "int32", "int64", "uint16", "uint32", "uint64"),
    *("float16", "float32", "float64"),
}


class Damage(InputError):
    """What is wrong with a store, as it stands in a sentence that names the store."""


@dataclass(frozen=True, slots=True)
class ArrayInfo:
    """What an array is, as far as that can be believed.

    Attributes:
        shape, chunk: as long as each other; all chunks are of one size.
        dims: the names of the dimensions.
        dtype: of the numbers as they are stored; None for texts.
        packer: ``zstd``, ``blosc``, or empty where chunks are not packed.
        plain: whether a chunk's file is its numbers and nothing else.
        absent: the value where there is no chunk.
        attributes: what else is said of it.
    """

    shape: tuple[int, ...]
    chunk: tuple[int, ...]
    dims: tuple[str, ...]
    dtype: np.dtype[Any] | None
    packer: str
    plain: bool
    absent: Any
    attributes: dict[str, Any]

    @property
    def kind(self) -> str:
        """NumPy's letter of what it holds: ``f``, ``i``, ``u``, ``b``; ``T`` for texts."""
        return "T" if self.dtype is None else self.dtype.kind

    @property
    def unpacked(self) -> int | None:
        """Bytes of a chunk; None for texts, whose length nobody knows."""
        return None if self.dtype is None else math.prod(self.chunk) * self.dtype.itemsize

    @property
    def chunks(self) -> tuple[int, ...]:
        """How many chunks there are along each dimension."""
        return tuple(-(-size // one) for size, one in zip(self.shape, self.chunk, strict=True))


def read_object(file: Path) -> dict[str, Any] | None:
    """A file of JSON that holds an object, of a size that is to be expected; else None."""
    try:
        state = file.stat()
        if not stat.S_ISREG(state.st_mode) or state.st_size > MOST_JSON:
            return None  # a pipe would never end
        content = read_json(file.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None


def read_array(path: Path) -> ArrayInfo:
    """What the array in the folder ``path`` is.

    Raises:
        Damage: where its ``zarr.json`` is none, or describes what no store of ours holds.
    """
    name, said = path.name, read_object(path / "zarr.json")
    if said is None:
        raise Damage(f"{name}/zarr.json is no JSON")
    try:
        info = _info(said)
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError) as fault:
        if isinstance(fault, Damage):
            raise
        raise Damage(f"{name}/zarr.json describes no array that is known here") from fault
    sizes = (*info.shape, *info.chunk)
    if not info.plain and math.prod(info.chunks) > MOST_CHUNKS:
        raise Damage(f"{name} is cut into {math.prod(info.chunks):,} chunks")
    if max(sizes, default=0) > MOST_PLACES or (info.unpacked or 0) > MOST_UNPACKED:
        raise Damage(f"{name} claims to have {max(sizes):,} rows, more than any data set")
    return info


def require_own(path: str | os.PathLike[str], root: str) -> None:
    """Refuse a link that leads out of the folder ``root``, which has no links in it.

    Raises:
        Damage: naming the link.
    """
    real = os.path.realpath(path)
    if real != root and not real.startswith(f"{root.rstrip(os.sep)}{os.sep}"):
        name = os.path.relpath(path, root)
        raise Damage(f"{name} is a link that leads out of it; copy what it leads to")


def _info(said: dict[str, Any]) -> ArrayInfo:
    grid, codecs = said["chunk_grid"], said["codecs"]
    right = said["node_type"] == "array" and said["zarr_format"] == 3
    right = right and grid["name"] == "regular" and said["chunk_key_encoding"] == _KEYS
    right = right and not said.get("storage_transformers")
    shape = _sizes(said["shape"], least=0)
    chunk = _sizes(grid["configuration"]["chunk_shape"], least=1)
    dims, attributes = tuple(said["dimension_names"]), said.get("attributes", {})
    right = right and len(shape) == len(chunk) == len(dims) and isinstance(attributes, dict)
    if not right or not all(isinstance(dim, str) for dim in dims):
        raise ValueError
    dtype = _dtype(said["data_type"])
    absent = said["fill_value"] if dtype is None else np.asarray(said["fill_value"]).astype(dtype)
    packer = _packer(codecs, texts=dtype is None)
    plain = codecs == PLAIN or (
        dtype is not None and dtype.itemsize == 1 and codecs == [{"name": "bytes"}]
    )
    return ArrayInfo(shape, chunk, dims, dtype, packer, plain, absent, attributes)


def _sizes(said: Any, *, least: int) -> tuple[int, ...]:
    if not all(type(size) is int and size >= least for size in said):
        raise ValueError
    return tuple(said)


def _dtype(said: Any) -> np.dtype[Any] | None:
    """Numbers and texts: no other type is made here, and some run code when they are read."""
    if said == "string":
        return None
    if said not in _NUMBERS:
        raise ValueError
    dtype: np.dtype[Any] = np.dtype(said)
    return dtype


def _packer(codecs: list[dict[str, Any]], *, texts: bool) -> str:
    """The one packer among the codecs; a second could unpack to what the first does not say."""
    names = [codec["name"] for codec in codecs]
    first, *others = names
    if first != ("vlen-utf8" if texts else "bytes"):
        raise ValueError
    if len(others) > 1 or not set(others) <= set(_PACKERS):
        raise Damage(f"it is packed by {', '.join(map(str, names))}, which is not read here")
    return others[0] if others else ""
