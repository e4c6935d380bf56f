"""Make an empty store: every array in its final shape, so that writers only fill regions."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import zarr
from zarr.codecs import BloscCodec

from analysis.naming import Gate
from analysis.store import BINS, FORMAT_VERSION, MISSING, SAMPLES_PER_CHUNK, TOP

# The folder, inside a half-written store, of what `analysis.writer` still needs. It lies in an
# array's folder because Zarr warns of strangers in a group's.
PARTS = "valid/.done"
CLASSES_PER_CHUNK = 16  # of the histograms
# What a chunk holds at most. Processes that collect together share no chunk of gates and logits;
# all else is written by the first of them.
_GATES = {"sample": SAMPLES_PER_CHUNK}
_HISTOGRAMS = {"class": CLASSES_PER_CHUNK}
# As small as with Zarr's default, zstd, and read four times as fast.
_OF_COUNTS = BloscCodec(cname="lz4", clevel=5, shuffle="bitshuffle")
_WIDE = 1024  # of classes and channels
_LONG = 65536  # of labels and names of samples
Integers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """What decides the shape of a store, known before the first forward pass.

    Attributes:
        gates: in the network's order.
        classes: their names; ``labels`` are places in it.
        labels: (N,) ascending, -1 where there is no label.
        keys: (N,) places in the data set, or paths under ``root``.
        outputs: names of the logits where they are not ``classes``, else None.
        attributes: what the store says of its making.
    """

    gates: tuple[Gate, ...]
    classes: tuple[str, ...]
    labels: Integers
    keys: Integers | list[str]
    outputs: tuple[str, ...] | None
    attributes: Mapping[str, Any]

    def described(self) -> dict[str, Any]:
        """All attributes of the store but for those that the writer sets."""
        gates = json.dumps([asdict(gate) for gate in self.gates])
        return {"format_version": FORMAT_VERSION, **self.attributes, "gates": gates}


def create(path: Path, layout: Layout) -> None:
    """Make an empty store at ``path``, where nothing is yet; it appears there all at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unborn = path.parent / f".{path.name}.new"
    shutil.rmtree(unborn, ignore_errors=True)
    attributes = {"complete": 0, "skipped": "{}", **layout.described()}
    group = zarr.create_group(unborn, zarr_format=3, attributes=attributes)
    _create_samples(group, layout)
    _create_summaries(group, layout)
    (unborn / PARTS).mkdir(parents=True)
    if path.is_dir():
        path.rmdir()  # empty: the caller made sure
    unborn.rename(path)


def _create_samples(group: zarr.Group, layout: Layout) -> None:
    """Arrays with a row a sample."""
    n, output = len(layout.labels), "class" if layout.outputs is None else "output"
    _add(group, "class", np.asarray(layout.classes, dtype=object), ("class",))
    if layout.outputs is not None:
        _add(group, "output", np.asarray(layout.outputs, dtype=object), ("output",))
    _add(group, "label", layout.labels, ("sample",))
    if isinstance(layout.keys, list):
        _add(group, "path", np.asarray(layout.keys, dtype=object), ("sample",))
    else:
        _add(group, "index", layout.keys, ("sample",))
    _array(group, "valid", (n,), "bool", ("sample",), fill=True)
    width = len(layout.classes if layout.outputs is None else layout.outputs)
    _plain(group, "logits", (n, width), "float32", ("sample", output), most=_GATES)
    for gate in layout.gates:
        dims = ("sample", f"channel.{gate.path}")
        dtype = "uint16" if gate.bounded else "float32"
        _plain(group, f"gate.{gate.path}", (n, gate.channels), dtype, dims, most=_GATES)


def _create_summaries(group: zarr.Group, layout: Layout) -> None:
    """Arrays with a row a class."""
    classes = len(layout.classes)
    _array(group, "count", (classes,), "int64", ("class",), fill=0)
    for gate in layout.gates:
        dims, shape = ("class", f"channel.{gate.path}"), (classes, gate.channels)
        for kind in ("mean", "std"):
            _plain(group, f"{kind}.{gate.path}", shape, "float32", dims)
        _array(
            group,
            f"hist.{gate.path}",
            (*shape, BINS),
            "uint32",
            (*dims, "bin"),
            fill=0,
            most=_HISTOGRAMS,
            compressors=_OF_COUNTS,
            attributes={"range": [0.0, 1.0]} if gate.bounded else {},
        )


def _add(group: zarr.Group, name: str, values: npt.NDArray[Any], dims: tuple[str, ...]) -> None:
    dtype = "string" if values.dtype == object else values.dtype.name
    fill = "" if values.dtype == object else 0
    _array(group, name, values.shape, dtype, dims, fill=fill)[:] = values


def _plain(
    group: zarr.Group,
    name: str,
    shape: tuple[int, int],
    dtype: str,
    dims: tuple[str, str],
    *,
    most: Mapping[str, int] = MappingProxyType({}),
) -> None:
    """An array of gates, logits or moments: uint16 means fixed point.

    To a compressor these are noise: it would save a few per cent of the disk, and reading would
    take several times as long.
    """
    coding = {"scale_factor": 1 / TOP, "_FillValue": MISSING}
    _array(
        group,
        name,
        shape,
        dtype,
        dims,
        fill=MISSING if dtype == "uint16" else np.nan,
        most=most,
        compressors=None,
        attributes=coding if dtype == "uint16" else {},
    )


def _array(
    group: zarr.Group,
    name: str,
    shape: tuple[int, ...],
    dtype: str,
    dims: tuple[str, ...],
    *,
    fill: Any,
    most: Mapping[str, int] = MappingProxyType({}),
    compressors: Any = "auto",
    attributes: dict[str, Any] | None = None,
) -> "zarr.Array[Any]":
    widest = {"sample": _LONG, **most}
    return group.create_array(
        name,
        shape=shape,
        chunks=tuple(
            max(1, min(size, widest.get(dim, _WIDE))) for dim, size in zip(dims, shape, strict=True)
        ),
        dtype=dtype,
        fill_value=fill,
        compressors=compressors,
        dimension_names=dims,
        attributes=attributes,
    )
