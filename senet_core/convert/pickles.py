"""Files of torch.save, opened as torch.load may read them.

torch.load with ``weights_only=True`` runs no code of a file. But it lets a few bytes ask for all
memory (``bytearray(10**11)``) or for years (the hash of a tuple of tuples of tuples). So what a
pickle asks for is read here first, without doing any of it.
"""

import io
import pickletools
import re
from pathlib import Path
from typing import IO, Any
from zipfile import ZIP_STORED, ZipFile

from senet_core.errors import InputError, told

_PICKLES = 5  # the older format: a mark, a version, the system, the content, the storages' names
_ZIP = b"PK\x03\x04"
_LARGEST = 1000  # values in a tuple, in all; those around a tensor have about twenty
_WEIGHTS_NEED = re.compile(
    r"collections (OrderedDict|Counter)"
    r"|torch\._utils _rebuild_(tensor(_v2|_v3)?|parameter(_with_state)?)"
    r"|torch\.nn\.parameter Parameter"
    r"|torch\.storage (Typed|Untyped)Storage"
    r"|torch (\w+Storage|Size|device|b?float\w+|u?int\d+|complex\d+|bool)"
    r"|(builtins|__builtin__) set"
)


def opened(path: Path) -> IO[bytes]:
    """A copy of the file in memory, its pickles looked through.

    A copy, because two programs may see other content in one zip archive, and because a file may
    change: what was looked through is what is handed on.

    Raises:
        InputError: where it would unpack to more bytes than it has, where a pickle asks for more
            than tensors in dictionaries need, and where it is damaged.
    """
    try:
        with path.open("rb") as file:
            zipped = file.read(len(_ZIP)) == _ZIP
            file.seek(0)
            return _unzipped(file, path) if zipped else _older(file, path)
    except InputError:
        raise
    except Exception as error:  # zipfile and pickletools raise almost anything
        raise InputError(
            f"{path} is no file of weights ({str(error)[:120] or type(error).__name__}); "
            "give a .safetensors or .pth file that holds tensors alone"
        ) from error


def _older(file: IO[bytes], path: Path) -> IO[bytes]:
    """Of torch before 1.6: several pickles, then the numbers."""
    copy = io.BytesIO(file.read())
    for _ in range(_PICKLES):
        _require_plain(copy, path)
    copy.seek(0)
    return copy


def _unzipped(file: IO[bytes], path: Path) -> IO[bytes]:
    """A new archive with the entries of the old one."""
    copy = io.BytesIO()
    with ZipFile(file) as archive, ZipFile(copy, "w") as clean:
        entries = archive.infolist()
        # An entry that is compressed may unpack to more than the directory says of it.
        plain = all(
            entry.compress_type == ZIP_STORED and entry.compress_size == entry.file_size
            for entry in entries
        )
        if not plain or sum(entry.file_size for entry in entries) > path.stat().st_size:
            raise InputError(
                f"{path} is no file of weights (it would unpack to more than it has); "
                "torch.save compresses nothing, so save it with that"
            )
        if len({entry.filename for entry in entries}) < len(entries):
            raise ValueError(told("a name comes twice in it"))
        for entry in entries:
            content = archive.read(entry)
            if entry.filename.lower().endswith(".pkl"):
                _require_plain(io.BytesIO(content), path)
            clean.writestr(entry.filename, content)
    copy.seek(0)
    return copy


def _require_plain(pickle: IO[bytes], path: Path) -> None:
    """Follow one pickle's program, where only the number of values in each tuple is kept."""
    stack: list[int | None] = []  # None is a mark
    memo: dict[Any, int | None] = {}
    for op, argument, _ in pickletools.genops(pickle):
        if op.name == "STACK_GLOBAL" or (
            op.name in ("GLOBAL", "INST") and not _WEIGHTS_NEED.fullmatch(str(argument))
        ):
            raise InputError(
                f"{path} is no file of weights: it is damaged or holds code beside its tensors "
                f"({argument or told('under a name that it makes up')}), which is not run here; "
                "give a .safetensors or .pth file that holds tensors alone"
            )
        if op.name in ("BINGET", "LONG_BINGET"):  # torch knows no other
            stack.append(memo[argument])
        elif op.name in ("BINPUT", "LONG_BINPUT"):
            memo[argument] = stack[-1]
        else:
            values = _taken(stack, op)
            size = 1 + sum(values) if op.name.startswith("TUPLE") else 1
            if size > _LARGEST:
                raise ValueError(told("its tuples hold more than a tensor's do"))
            stack += [None if kind.name == "mark" else size for kind in op.stack_after]


def _taken(stack: list[int | None], op: pickletools.OpcodeInfo) -> list[int]:
    """What ``op`` takes from the stack, its mark left out."""
    kinds = [kind.name for kind in op.stack_before]
    start = len(stack) - len(kinds)
    if "mark" in kinds:
        mark = next(i for i in range(len(stack) - 1, -1, -1) if stack[i] is None)
        start = mark - kinds.index("mark")
    taken = stack[max(0, start) :]
    del stack[max(0, start) :]
    return [size for size in taken if size is not None]
