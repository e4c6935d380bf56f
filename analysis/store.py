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
`analysis.lazy` reads them at the speed of memory. Stores with other chunks open too, and packed by
zstd or blosc. A store may come from a stranger: what it says of itself is checked when it is opened
(`analysis.metadata`, `.described`, `.intact`), and nothing outside of its folder is read.

Imports no torch.
"""

import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr
from xarray.core import indexing

from analysis.described import require_attributes
from analysis.folders import walk
from analysis.guarded import GuardedStore, damaged
from analysis.intact import require_chunks, require_fitting, require_sound
from analysis.lazy import RAISED, PackedArray, StoredArray, reason
from analysis.metadata import ArrayInfo, Damage, read_array, read_object, require_own
from analysis.naming import Gate
from analysis.readable import readable
from senet_core.errors import InputError, told
from senet_core.json_text import read_json

FORMAT_VERSION = 1
SAMPLES_PER_CHUNK = 256
BINS = 50  # of `hist`: shares below 0.1 and above 0.9 are whole bins
TOP = 65534  # fixed point: a gate g is stored as round(g * TOP), so that 0 and 1 are exact
MISSING = 65535  # the fixed-point code of an image that could not be read
NAMED = ("class", "output")  # dimensions whose places have names
_TABLES = ("gate.", "mean.", "std.", "logits")  # arrays of two dimensions, read by us
_SHOWN = ("architecture", "created", "dataset", "split")  # attributes
_SMALL = ("class", "count", "index", "label", "output", "path", "valid")  # are in memory
_VERSIONLESS = told("its attribute 'format_version' cannot be right")
_HERE = {"format_version", "dataset_digest"}  # attributes that other Zarr groups do not have


class StoreError(InputError):
    """A path that is no store, or a store that cannot be used as it is."""


def open_store(path: str | os.PathLike[str]) -> xr.Dataset:
    """Open a store; beside labels, counts and names nothing is read until it is asked for.

    Gates come as float32. What is read is not kept, so memory stays as small as the slice. Names
    of classes come without characters that are not seen (`analysis.readable`).

    Raises:
        StoreError: where there is no store, or it is half-written, damaged or from a newer version.
    """
    store = Path(path)
    attributes = read_attributes(store)
    if not attributes.get("complete"):
        raise StoreError(
            f"{store} is half-written; run the command that began it again, or let its job go on, "
            "to finish it"
        )
    try:
        return _opened(store, require_attributes(attributes))
    except Damage as fault:
        raise StoreError(str(damaged(store, str(fault)))) from fault
    except InputError as fault:
        raise StoreError(str(fault)) from fault
    except RAISED as fault:
        raise StoreError(str(damaged(store, reason(fault)))) from fault


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
    version = attributes["format_version"]
    if type(version) is not int or version < 1:
        raise StoreError(str(damaged(path, _VERSIONLESS)))
    if version > FORMAT_VERSION:
        raise StoreError(
            f"{path} has store format {version}, newer than this version's "
            f"{FORMAT_VERSION}; update SENet Lab to open it"
        )
    return attributes


def is_store(path: Path) -> bool:
    """Whether a path holds a store of ours, complete or not."""
    return _peek(path) is not None


def gates_of(data: xr.Dataset) -> list[Gate]:
    """The gates of a store in the network's order; empty for a baseline."""
    return [Gate(**fields) for fields in read_json(data.attrs["gates"])]


def class_slice(data: xr.Dataset, class_index: int) -> slice:
    """Where the samples of one class lie; they are neighbours."""
    start, stop = np.searchsorted(data["label"].values, [class_index, class_index + 1])
    return slice(int(start), int(stop))


def same_names(a: xr.Dataset, b: xr.Dataset) -> bool:
    """Whether every place holds the same image: its path, or its place in the data set."""
    key = "path" if "path" in a.coords else "index"
    return key in b.coords and np.array_equal(a[key].values, b[key].values)


def find_stores(directory: str | os.PathLike[str], strays: list[Path] | None = None) -> list[Path]:
    """Every store under a folder, sorted; the half-written ones too, which do not open.

    Args:
        directory: where to look. Links are followed where they stay inside.
        strays: takes the links to folders elsewhere, which are not followed.
    """
    folders = walk(Path(directory), lambda path: (path / "zarr.json").exists(), strays=strays)
    return sorted(folder for folder in folders if is_store(folder) or _is_wreck(folder))


def store_name(data: xr.Dataset) -> str:
    """A short title for people: ``se_cifar_resnet20 · fashion_mnist``."""
    title = f"{data.attrs['architecture']} · {data.attrs['dataset']}"
    return f"{title} · random weights" if data.attrs["weights"] == "random" else title


def _opened(store: Path, gates: list[Gate]) -> xr.Dataset:
    """A store whose attributes are sound.

    Raises:
        Damage: where its arrays are not, naming what is wrong.
    """
    real, variables = os.path.realpath(store), _variables(gates)
    infos = _infos(store, variables, real)
    require_fitting(infos, gates, BINS)
    small = [name for name in infos if name.startswith(_SMALL)]
    guarded: Any = GuardedStore(store, {name: infos[name] for name in small})
    data = xr.open_dataset(
        guarded,
        engine="zarr",
        chunks=None,
        cache=False,
        consolidated=False,
        mask_and_scale=False,
        drop_variables={path.name for path in store.iterdir()}.difference(small),
    ).load()
    valid, count = data["valid"].values, data["count"].values
    index = data["index"].values if "index" in data else None
    require_sound(data["label"].values, count, valid, index)
    for name in variables:
        if name.startswith(_TABLES):
            needed = count > 0 if infos[name].dims[0] == "class" else valid
            require_chunks(store / name, infos[name], needed)
    data = data.assign(
        {name: _lazy(store / name, infos[name]) for name in infos if name not in small}
    )
    data = data.set_coords([name for name in ("label", "index", "path") if name in data])
    data = data.assign_coords({d: _texts(data[d].values) for d in NAMED if d in data})
    data = data[variables].drop_vars("valid")
    data.attrs |= {name: readable(data.attrs[name]) for name in _SHOWN if name in data.attrs}
    return data if valid.all() else data.isel(sample=np.flatnonzero(valid))


def _lazy(path: Path, info: ArrayInfo) -> xr.Variable:
    """An array that is read when it is asked for."""
    array = (StoredArray if path.name.startswith(_TABLES) else PackedArray)(path, info)
    attributes = {name: info.attributes[name] for name in ("range",) if name in info.attributes}
    return xr.Variable(array.dims, indexing.LazilyIndexedArray(array), attributes)


def _infos(store: Path, variables: list[str], real: str) -> dict[str, ArrayInfo]:
    """What each array of a store is, by name; ``real`` is its folder without links."""
    infos = {}
    for name in (*variables, "class", "label", "index", "path", "output"):
        there = (store / name / "zarr.json").is_file()
        if there:
            require_own(store / name / "zarr.json", real)
            infos[name] = read_array(store / name)
        elif name not in ("index", "path", "output"):
            raise Damage(f"it has no {name!r}")
    if "index" not in infos and "path" not in infos:
        raise Damage("it does not say which images its samples are")
    return infos


def _texts(values: npt.NDArray[Any]) -> npt.NDArray[np.str_]:
    """In NumPy's own fixed width: its strings of any width are news to pandas and plotly."""
    return np.array([readable(str(name)) for name in values], dtype=np.str_)


def _is_wreck(path: Path) -> bool:
    """Whether a folder is named like a store, and nobody can read what it says of itself."""
    file = path / "zarr.json"
    return path.suffix == ".zarr" and file.exists() and read_object(file) is None


def _peek(path: Path) -> dict[str, Any] | None:
    """The attributes, read without Zarr; None where this is no store of ours."""
    attributes = (read_object(path / "zarr.json") or {}).get("attributes")
    if not isinstance(attributes, dict) or not attributes.keys() >= _HERE:
        return None
    return attributes


def _variables(gates: list[Gate]) -> list[str]:
    """The variables that a store must have, in the network's order."""
    own = [f"{kind}.{gate.path}" for gate in gates for kind in ("gate", "mean", "std", "hist")]
    return [*own, "logits", "count", "valid"]
