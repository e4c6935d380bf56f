"""Tables of a store, such as gates by sample, read a part at a time and decoded in one pass.

Zarr takes about a quarter of a millisecond for each chunk that it reads, and xarray decodes fixed
point in several passes. Chunks without compression are plain memory: they are read here with
nothing in between, and of each only the rows that are asked for. Zarr reads all others.
"""

import struct
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import zarr
from xarray.backends import BackendArray
from xarray.core import indexing

from analysis.guarded import GuardedStore, damaged
from analysis.metadata import ArrayInfo, read_array
from senet_core.errors import InputError

Integers = npt.NDArray[np.int64]


RAISED = (
    *(OSError, ValueError, LookupError, TypeError, RuntimeError, ArithmeticError, MemoryError),
    struct.error,
)
"""What Zarr and its codecs raise on bytes that are none of theirs."""


class PackedArray(BackendArray):
    """A Zarr array of any shape as xarray wants it: read by Zarr, guarded, and then not kept.

    Args:
        path: the array's folder, in that of the store.
        info: what it is.

    Attributes:
        shape, dtype, dims: of what is read.
    """

    def __init__(self, path: Path, info: ArrayInfo) -> None:
        assert info.dtype is not None
        self.shape, self.dims, self.dtype = info.shape, info.dims, info.dtype
        self._path, self._info = path, info
        self._array: Any = None

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        support = indexing.IndexingSupport.OUTER
        return indexing.explicit_indexing_adapter(key, self.shape, support, self.select)

    def select(self, key: tuple[Any, ...]) -> npt.NDArray[Any]:
        """What ``key`` names of each dimension: a place, a slice or an array of places."""
        try:
            if self._array is None:
                name, root = self._path.name, self._path.parent
                guarded = GuardedStore(root, {name: self._info})
                self._array = zarr.open_array(guarded, path=name, mode="r")
            return np.asarray(self._array.oindex[key])
        except InputError:
            raise
        except RAISED as fault:
            raise damaged(self._path.parent, f"{self._path.name}: {reason(fault)}") from fault


def reason(fault: Exception) -> str:
    """What a library says of a fault, in a line."""
    said = f"{fault}".strip().splitlines()
    return said[0][:200] if said else type(fault).__name__


class StoredArray(BackendArray):
    """A Zarr array (N, C) as xarray wants it: read when it is asked for, then not kept.

    Fixed point is decoded to float32. Where a chunk is not there its values are missing, as in
    Zarr.

    Args:
        path: the array's folder.
        info: what it is, where that is known already.
        decoded: False for what is stored as it is.

    Attributes:
        shape: (N, C).
        dtype: of what is read.
        dims: the names of the two dimensions.
    """

    def __init__(self, path: Path, info: ArrayInfo | None = None, *, decoded: bool = True) -> None:
        info = info or read_array(path)
        assert info.dtype is not None
        self.shape, self.dims, self._chunk = info.shape, info.dims, info.chunk
        self._path, self._info, self._packed = path, info, PackedArray(path, info)
        self._stored, self._absent = info.dtype, info.absent
        scale = info.attributes.get("scale_factor") if decoded else None
        self._scale = None if scale is None else np.float32(scale)
        self.dtype = self._stored if scale is None else np.dtype(np.float32)

    def __getitem__(self, key: indexing.ExplicitIndexer) -> Any:
        support = indexing.IndexingSupport.OUTER
        return indexing.explicit_indexing_adapter(key, self.shape, support, self._select)

    def rows(self, places: Integers, columns: slice) -> npt.NDArray[Any]:
        """Some rows (n,), in any order, of neighbouring columns: (n, c)."""
        read = np.empty((len(places), columns.stop - columns.start), self.dtype)
        if self._info.plain:
            for rows, into in _runs(places, self._chunk[0]):
                self._read(rows, columns, read[into])
        else:
            codes = self._packed.select((_compact(places), columns))
            self._decode(codes, read, codes)
        return read

    def _select(self, key: tuple[int | slice | Integers, int | slice | Integers]) -> Any:
        """What ``key`` names of each dimension."""
        rows, columns = (_places(one, n) for one, n in zip(key, self.shape, strict=True))
        if not rows.size or not columns.size:
            return np.empty((*rows.shape, *columns.shape), self.dtype)
        # Channels are few: all that lie between two of them are read.
        span = slice(int(columns.min()), int(columns.max()) + 1)
        read = self.rows(rows.reshape(-1), span)
        return (read if rows.ndim else read[0])[..., _compact(columns - span.start)]

    def _read(self, rows: slice, columns: slice, out: npt.NDArray[Any]) -> None:
        """Rows that lie within one row of chunks into ``out`` (n, c)."""
        height, width = self._chunk
        codes = np.empty((rows.stop - rows.start, width), self._stored)
        for j in range(columns.start // width, -(-columns.stop // width)):
            left = j * width
            start, stop = max(columns.start, left), min(columns.stop, left + width)
            into = out[:, start - columns.start : stop - columns.start]
            self._load(f"{self._path}/c/{rows.start // height}/{j}", rows, codes)
            # An image is missing in all channels or in none: one of them tells.
            self._decode(codes[:, start - left : stop - left], into, codes[:, :1])

    def _load(self, file: str, rows: slice, codes: npt.NDArray[Any]) -> None:
        """Rows of the array from a chunk's file into ``codes``."""
        try:
            with open(file, "rb", buffering=0) as chunk:  # noqa: PTH123, for every chunk a Path
                chunk.seek(rows.start % self._chunk[0] * codes.strides[0])
                if chunk.readinto(codes.data) < codes.nbytes:
                    raise InputError(f"{file} is damaged; delete the store and collect it anew")
        except FileNotFoundError:
            codes[:] = self._absent

    def _decode(
        self, codes: npt.NDArray[Any], out: npt.NDArray[Any], tells: npt.NDArray[Any]
    ) -> None:
        """Codes (n, c) to ``out``; ``tells``, of their shape or (n, 1), has the missing ones."""
        if self._scale is None:
            out[:] = codes
            return
        np.multiply(codes, self._scale, out=out, dtype=np.float32, casting="unsafe")
        missing = tells == self._absent
        if missing.any():
            out[np.broadcast_to(missing, out.shape)] = np.nan


def _places(key: int | slice | Integers, size: int) -> Integers:
    """What an index of a dimension means, counted from its start."""
    if isinstance(key, slice):
        return np.arange(*key.indices(size))
    places = np.asarray(key)
    return np.where(places < 0, places + size, places)


def _compact(places: Integers) -> Integers | slice:
    """Neighbouring places in order as a slice, which is faster and copies nothing."""
    if not places.ndim or (np.diff(places) != 1).any():
        return places
    return slice(int(places[0]), int(places[-1]) + 1)


def _runs(rows: Integers, height: int) -> Iterator[tuple[slice, slice]]:
    """Neighbouring rows of one row of chunks, and their places in ``rows``."""
    breaks = (np.diff(rows) != 1) | (np.diff(rows // height) != 0)
    edges = [0, *(np.flatnonzero(breaks) + 1).tolist(), len(rows)]
    for start, stop in pairwise(edges):
        first = int(rows[start])
        yield slice(first, first + stop - start), slice(start, stop)
