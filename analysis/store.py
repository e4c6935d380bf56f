"""Stores: what one pass over a data set left behind, opened as one lazy `xarray.Dataset`.

A store is a Zarr v3 group. Dimensions: ``sample`` (sorted by class), ``class``,
``channel.PATH`` for each gate, ``bin``, and ``output`` where the labels are not the network's
classes. Variables:

| name | dimensions | |
|---|---|---|
| ``gate.PATH`` | sample, channel.PATH | gates in [0, 1] as uint16 fixed point, others as float32 |
| ``mean.PATH``, ``std.PATH`` | class, channel.PATH | float32; NaN where a class has no sample |
| ``hist.PATH`` | class, channel.PATH, bin | uint32 counts in `BINS` bins over its ``range`` |
| ``logits`` | sample, class (or output) | float32 |
| ``count`` | class | samples of each class |
| ``label`` | sample | place in ``class``, -1 where there is no label |
| ``index`` or ``path`` | sample | place in the data set, or path under the attribute ``root`` |
| ``valid`` | sample | False where an image could not be read; `open_store` drops those |

Chunks of gates and logits hold at most 256 samples, and like the moments they are not compressed:
`analysis.lazy` reads them at the speed of memory. Stores with other chunks and codecs open too.

Imports no torch.
"""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr
from xarray.core import indexing

from analysis.lazy import StoredArray
from analysis.naming import Gate
from senet_core.errors import InputError

FORMAT_VERSION = 1
SAMPLES_PER_CHUNK = 256
BINS = 50  # of `hist`: shares below 0.1 and above 0.9 are whole bins
TOP = 65534  # fixed point: a gate g is stored as round(g * TOP), so that 0 and 1 are exact
MISSING = 65535  # the fixed-point code of an image that could not be read
NAMED = ("class", "output")  # dimensions whose places have names
_TABLES = ("gate.", "mean.", "std.", "logits")  # arrays of two dimensions, read by us
_HERE = "dataset_digest"  # an attribute that tells our stores from other Zarr groups


class StoreError(InputError):
    """A path that is no store, or a store that cannot be used as it is."""


def open_store(path: str | os.PathLike[str]) -> xr.Dataset:
    """Open a store; nothing but coordinates of classes and samples is read until it is asked for.

    Gates come as float32. What is read is not kept, so memory stays as small as the slice.

    Raises:
        StoreError: where there is no store, or it is half-written, damaged or from a newer version.
    """
    store = Path(path)
    attributes = read_attributes(store)
    if not attributes.get("complete"):
        raise StoreError(
            f"{store} is half-written; run the `collect` command that began it again to finish it"
        )
    variables = _variables(attributes)
    tables = [name for name in variables if name.startswith(_TABLES)]
    for name in (*variables, "class", "label"):
        if not (store / name / "zarr.json").is_file():
            raise StoreError(f"{store} is damaged: it has no {name!r}; delete it and collect anew")
    data = xr.open_dataset(
        store,
        engine="zarr",
        chunks=None,
        cache=False,
        consolidated=False,
        mask_and_scale=False,
        drop_variables=tables,
    )
    arrays = {name: StoredArray(store / name) for name in tables}
    data = data.assign({n: (a.dims, indexing.LazilyIndexedArray(a)) for n, a in arrays.items()})
    data = data.set_coords([name for name in ("label", "index", "path") if name in data])
    data = data.assign_coords({d: _texts(data[d].values) for d in NAMED if d in data})
    data = data[variables]
    valid = data["valid"].values
    data = data.drop_vars("valid")
    return data if valid.all() else data.isel(sample=np.flatnonzero(valid))


def read_attributes(path: Path) -> dict[str, Any]:
    """The attributes of a store, also of a half-written one.

    Raises:
        StoreError: where the path holds no store of ours, or a newer version's.
    """
    if not path.exists():
        raise StoreError(f"{path} is not there; make it with `python -m analysis collect`")
    attributes = _peek(path)
    if attributes is None:
        raise StoreError(f"{path} is no store; `python -m analysis collect` makes one")
    if attributes["format_version"] > FORMAT_VERSION:
        raise StoreError(
            f"{path} has store format {attributes['format_version']}, newer than this version's "
            f"{FORMAT_VERSION}; update SENet Lab to open it"
        )
    return attributes


def is_store(path: Path) -> bool:
    """Whether a path holds a store of ours, complete or not."""
    return _peek(path) is not None


def gates_of(data: xr.Dataset) -> list[Gate]:
    """The gates of a store in the network's order; empty for a baseline."""
    return [Gate(**fields) for fields in json.loads(data.attrs["gates"])]


def class_slice(data: xr.Dataset, class_index: int) -> slice:
    """Where the samples of one class lie; they are neighbours."""
    start, stop = np.searchsorted(data["label"].values, [class_index, class_index + 1])
    return slice(int(start), int(stop))


def same_names(a: xr.Dataset, b: xr.Dataset) -> bool:
    """Whether every place holds the same image: its path, or its place in the data set."""
    key = "path" if "path" in a.coords else "index"
    return key in b.coords and np.array_equal(a[key].values, b[key].values)


def find_stores(directory: str | os.PathLike[str]) -> list[Path]:
    """Every store under a folder, sorted; the half-written ones too, which do not open."""
    return sorted(_walk(Path(directory)))


def store_name(data: xr.Dataset) -> str:
    """A short title for people: ``se_cifar_resnet20 · fashion_mnist``."""
    title = f"{data.attrs['architecture']} · {data.attrs['dataset']}"
    return f"{title} · random weights" if data.attrs["weights"] == "random" else title


def _texts(values: npt.NDArray[Any]) -> npt.NDArray[np.str_]:
    """In NumPy's own fixed width: its strings of any width are news to pandas and plotly."""
    return np.array(values.tolist(), dtype=np.str_)


def _walk(folder: Path) -> Iterator[Path]:
    if is_store(folder):
        yield folder
    elif folder.is_dir() and not (folder / "zarr.json").exists():
        for child in folder.iterdir():
            if child.is_dir() and not child.name.startswith("."):
                yield from _walk(child)


def _peek(path: Path) -> dict[str, Any] | None:
    """The attributes, read without Zarr; None where this is no store of ours."""
    try:
        attributes = json.loads((path / "zarr.json").read_text("utf-8"))["attributes"]
        ours = isinstance(attributes["format_version"], int) and _HERE in attributes
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return attributes if ours else None


def _variables(attributes: dict[str, Any]) -> list[str]:
    """The variables that a store must have, in the network's order."""
    paths = [gate["path"] for gate in json.loads(attributes["gates"])]
    own = [f"{kind}.{path}" for path in paths for kind in ("gate", "mean", "std", "hist")]
    return [*own, "logits", "count", "valid"]
