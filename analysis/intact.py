"""Whether the arrays of a store fit each other, and whether all of their chunks are there.

What is checked costs a look at each file and a number a sample; gates and logits are not read. So
a flipped bit in them stays unseen: they carry no checksum, since that would have whole chunks read
where a few rows are asked for. Imports no torch.
"""

import itertools
import os
import stat
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from analysis.metadata import ArrayInfo, Damage, require_own
from analysis.naming import Gate

Integers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
_REAL = "f"
_WHOLE = "iu"


def require_fitting(infos: Mapping[str, ArrayInfo], gates: Sequence[Gate], bins: int) -> None:
    """Check the types and shapes of a store's arrays against each other.

    Args:
        infos: by name; those that a store must have are there.
        gates: what the store says that it has.
        bins: of the histograms.

    Raises:
        Damage: naming an array that does not fit.
    """
    outputs = "output" if "output" in infos else "class"
    samples, classes = infos["label"].shape[:1], infos["class"].shape[:1]
    width = infos[outputs].shape[:1]
    wanted: dict[str, tuple[tuple[str, ...], tuple[int, ...], str]] = {
        "class": (("class",), classes, "T"),
        "count": (("class",), classes, _WHOLE),
        "label": (("sample",), samples, _WHOLE),
        "valid": (("sample",), samples, "b"),
        "index": (("sample",), samples, _WHOLE),
        "path": (("sample",), samples, "T"),
        "output": (("output",), width, "T"),
        "logits": (("sample", outputs), (*samples, *width), _REAL),
    }
    for gate in gates:
        channel, own = f"channel.{gate.path}", gate.channels
        by_class = (("class", channel), (*classes, own), _REAL)
        wanted |= {
            f"gate.{gate.path}": (("sample", channel), (*samples, own), f"{_REAL}u"),
            **dict.fromkeys((f"mean.{gate.path}", f"std.{gate.path}"), by_class),
            f"hist.{gate.path}": (("class", channel, "bin"), (*classes, own, bins), _WHOLE),
        }
    for name, info in infos.items():
        dims, shape, kinds = wanted[name]
        if info.dims != dims or info.kind not in kinds or not _is_coded(info):
            raise Damage(f"{name} is not the kind of array that it should be")
        if info.shape != shape:
            raise Damage(
                f"{name} has the sizes {_sizes(info.shape)} where {_sizes(shape)} are needed"
            )


def require_sound(label: Integers, count: Integers, valid: Flags, index: Integers | None) -> None:
    """Check the labels of a store against its counts.

    Args:
        label: (N,) places of classes; -1 where there is none.
        count: (K,) what the store says of the images of each class.
        valid: (N,) whether an image could be read.
        index: (N,) places in the data set, where the store has them.

    Raises:
        Damage: naming what disagrees.
    """
    if not valid.any():
        raise Damage("it has no image")
    if label.min() < -1 or label.max() >= len(count):
        raise Damage("a label is none of its classes")
    if (label[1:] < label[:-1]).any():
        raise Damage("its images are not in the order of their classes")
    own = label[valid & (label >= 0)]
    if not np.array_equal(count, np.bincount(own, minlength=len(count))):
        raise Damage("its counts do not agree with its labels")
    if index is not None and index.min() < 0:
        raise Damage("an image lies at a negative place")


def require_chunks(path: Path, info: ArrayInfo, needed: Flags) -> None:
    """Check that the chunks of a table are there, each a file of the right size.

    Args:
        path: the array's folder.
        info: what it is.
        needed: (N,) which rows hold numbers; a chunk with none of them may be missing.

    Raises:
        Damage: naming the chunk.
    """
    height = info.chunk[0]
    starts = np.arange(0, len(needed), height)
    wanted = np.logical_or.reduceat(needed, starts) if len(needed) else needed
    root = os.path.realpath(path.parent)
    require_own(path / "c", root)
    for row, column in itertools.product(range(len(starts)), range(info.chunks[1])):
        name = f"{path.name}/c/{row}/{column}"
        folder, file = f"{path}/c/{row}", f"{path}/c/{row}/{column}"
        found = [_look(place, root) for place in (folder, file)]
        if None in found:
            if wanted[row]:
                raise Damage(f"the chunk {name} is missing")
            continue
        state = found[1]
        assert state is not None
        right = not info.plain or state.st_size == info.unpacked
        if not stat.S_ISREG(state.st_mode) or not right:
            raise Damage(f"the chunk {name} is not of the size that it should be")


def _look(place: str, root: str) -> os.stat_result | None:
    """What lies there, within ``root``; None where nothing does."""
    try:
        state = os.lstat(place)
        if stat.S_ISLNK(state.st_mode):
            require_own(place, root)
            return Path(place).stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return state


def _is_coded(info: ArrayInfo) -> bool:
    """Whether what its attributes say of its numbers can be: a scale, a range."""
    scale, span = info.attributes.get("scale_factor"), info.attributes.get("range")
    if info.dims[0] == "sample" and info.kind == "u" and len(info.dims) == 2 and scale is None:
        return False
    if scale is not None and not (_is_number(scale) and scale > 0):
        return False
    if span is None:
        return True
    pair = isinstance(span, list) and len(span) == 2 and all(map(_is_number, span))
    return pair and span[0] <= span[1]


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and bool(np.isfinite(value))


def _sizes(shape: tuple[int, ...]) -> str:
    return " × ".join(f"{size:,}" for size in shape)
