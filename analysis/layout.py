"""Make an empty store: every array in its final shape, so that writers only fill regions."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import zarr

from analysis.naming import Gate
from analysis.store import BINS, FORMAT_VERSION, MISSING, SAMPLES_PER_CHUNK, TOP

# The folder, inside a half-written store, of what `analysis.writer` still needs. It lies in an
# array's folder because Zarr warns of strangers in a group's.
PARTS = "valid/.parts"
CLASSES_PER_CHUNK = 16  # of the histograms
_MEANS_PER_CHUNK = 1024
_CHANNELS_PER_CHUNK = 512
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
        attributes: the store's attributes but for those that the writer sets itself.
    """

    gates: tuple[Gate, ...]
    classes: tuple[str, ...]
    labels: Integers
    keys: Integers | list[str]
    outputs: tuple[str, ...] | None
    attributes: Mapping[str, Any]


def create(path: Path, layout: Layout) -> None:
    """Make an empty store at ``path``, where nothing is yet; it appears there all at once."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unborn = path.parent / f".{path.name}.new"
    shutil.rmtree(unborn, ignore_errors=True)
    attributes = {
        "format_version": FORMAT_VERSION,
        "complete": 0,
        **layout.attributes,
        "gates": json.dumps([asdict(gate) for gate in layout.gates]),
        "skipped": "{}",
    }
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
    _array(group, "logits", (n, width), "float32", ("sample", output), fill=np.nan)
    for gate in layout.gates:
        dims = ("sample", f"channel.{gate.path}")
        shape, name = (n, gate.channels), f"gate.{gate.path}"
        if gate.bounded:
            coding = {"scale_factor": 1 / TOP, "_FillValue": MISSING}
            _array(group, name, shape, "uint16", dims, fill=MISSING, attributes=coding)
        else:
            _array(group, name, shape, "float32", dims, fill=np.nan)


def _create_summaries(group: zarr.Group, layout: Layout) -> None:
    """Arrays with a row a class."""
    classes = len(layout.classes)
    _array(group, "count", (classes,), "int64", ("class",), fill=0)
    for gate in layout.gates:
        dims, shape = ("class", f"channel.{gate.path}"), (classes, gate.channels)
        for kind in ("mean", "std"):
            _array(group, f"{kind}.{gate.path}", shape, "float32", dims, fill=np.nan)
        _array(group, f"hist.{gate.path}", (*shape, BINS), "uint32", (*dims, "bin"), fill=0)


def _add(group: zarr.Group, name: str, values: npt.NDArray[Any], dims: tuple[str, ...]) -> None:
    dtype = "string" if values.dtype == object else values.dtype.name
    fill = "" if values.dtype == object else 0
    _array(group, name, values.shape, dtype, dims, fill=fill)[:] = values


def _array(
    group: zarr.Group,
    name: str,
    shape: tuple[int, ...],
    dtype: str,
    dims: tuple[str, ...],
    *,
    fill: Any,
    attributes: dict[str, Any] | None = None,
) -> "zarr.Array[Any]":
    most = {"sample": SAMPLES_PER_CHUNK, "bin": BINS}
    if dims[0] == "class":
        most["class"] = CLASSES_PER_CHUNK if "bin" in dims else _MEANS_PER_CHUNK
    chunks = tuple(
        max(1, min(size, most.get(dim, _CHANNELS_PER_CHUNK)))
        for dim, size in zip(dims, shape, strict=True)
    )
    return group.create_array(
        name,
        shape=shape,
        chunks=chunks,
        dtype=dtype,
        fill_value=fill,
        dimension_names=dims,
        attributes=attributes,
    )
