"""Zarr's own way to the files of a store, with a guard at the door. Imports no torch.

Nothing is read through a link that leads out of the store, nor a chunk that would unpack to
another size than its array says: a few kilobytes can become gigabytes.
"""

import asyncio
import os
import struct
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Self

from zarr.abc.store import ByteRequest
from zarr.core.buffer import Buffer, BufferPrototype
from zarr.storage import LocalStore

from analysis.metadata import MOST_UNPACKED, ArrayInfo, Damage, require_own
from senet_core.errors import InputError


def damaged(store: Path, why: str) -> InputError:
    """The sentence on a store of which something is wrong."""
    return InputError(f"{store} is damaged ({why}); delete it and collect anew")


class GuardedStore(LocalStore):
    """The files under ``root``, of which chunks belong to the arrays in ``known`` alone."""

    def __init__(self, root: Path, known: Mapping[str, ArrayInfo]) -> None:
        super().__init__(root, read_only=True)
        self._known = known
        self._real = os.path.realpath(root)

    def with_read_only(self, read_only: bool = False) -> Self:
        """It is never anything else."""
        if not read_only:
            raise ValueError("a guarded store is read-only")
        return self

    def get_sync(
        self,
        key: str,
        *,
        prototype: BufferPrototype | None = None,
        byte_range: ByteRequest | None = None,
    ) -> Buffer | None:
        """The content of a file, or None where there is none."""
        try:
            require_own(self.root / key, self._real)
            found = super().get_sync(key, prototype=prototype, byte_range=byte_range)
            if found is not None and not key.endswith("zarr.json"):
                self._weigh(key, found)
        except Damage as fault:
            raise damaged(self.root, str(fault)) from fault
        return found

    async def get(
        self,
        key: str,
        prototype: BufferPrototype | None = None,
        byte_range: ByteRequest | None = None,
    ) -> Buffer | None:
        """As `get_sync`."""
        return await asyncio.to_thread(
            self.get_sync, key, prototype=prototype, byte_range=byte_range
        )

    async def get_partial_values(
        self,
        prototype: BufferPrototype,
        key_ranges: Iterable[tuple[str, ByteRequest | None]],
    ) -> list[Buffer | None]:
        """As `get`, of several."""
        return [await self.get(key, prototype, part) for key, part in key_ranges]

    def _weigh(self, key: str, found: Buffer) -> None:
        """Refuse a chunk that says that it unpacks to another size than it should."""
        name = key.split("/", maxsplit=1)[0]
        info = self._known.get(name)
        if info is None:
            raise Damage(f"{name} is no array of it")
        head = found[: min(len(found), 32)].to_bytes()
        size = _unpacked(head, info.packer, len(found))
        right = size <= MOST_UNPACKED if info.unpacked is None else size == info.unpacked
        if not right:
            raise Damage(f"the chunk {key} is not of the size that it should be")


def _unpacked(head: bytes, packer: str, length: int) -> int:
    """Bytes that a chunk unpacks to, as it says itself; -1 where it does not say."""
    if packer == "zstd":
        return _of_frame(head)
    if packer == "blosc":
        return int(struct.unpack_from("<I", head, 4)[0]) if len(head) >= 16 else -1
    return length


def _of_frame(head: bytes) -> int:
    """The content size in the header of a Zstandard frame (RFC 8878, 3.1.1)."""
    if len(head) < 6 or head[:4] != b"\x28\xb5\x2f\xfd":
        return -1
    flags = head[4]
    single = flags >> 5 & 1
    width = (single, 2, 4, 8)[flags >> 6]
    start = 5 + (not single) + (0, 1, 2, 4)[flags & 3]
    if not width or len(head) < start + width:
        return -1
    return int.from_bytes(head[start : start + width], "little") + 256 * (width == 2)
