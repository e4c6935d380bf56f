"""How excitation evolves in training: each class's mean gates after every epoch, in a run's folder.

``gates.zarr`` has a variable ``mean.NAME`` (epoch, class, channel.NAME) for each gate. Each epoch
is a chunk of its own: a kill while one is written leaves the others as they are, and the run
writes the epoch in hand again. Imports no torch.
"""

import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr
import zarr
from xarray.core import indexing

from analysis.described import as_json, require_gates
from analysis.lazy import RAISED, PackedArray, reason
from analysis.metadata import Damage, read_array, read_object, require_own
from analysis.naming import Gate
from analysis.readable import readable
from senet_core.errors import InputError, told

NAME = "gates.zarr"
FORMAT_VERSION = 1
_DONE = "done"  # (epoch,) whether an epoch was recorded
_MENDED = told("delete it; a new training records the gates again")


def open_evolution(path: str | Path) -> xr.Dataset:
    """The recorded epochs of a run's folder, or of the ``gates.zarr`` in it, lazily.

    Returns:
        ``mean.NAME`` (epoch, class, channel.NAME) in float32, NaN for a class without images;
        ``epoch`` counts from 1. The attribute ``gates`` is as in a store.

    Raises:
        InputError: where no epoch was recorded.
    """
    root = Path(path)
    place = root if root.name == NAME else root / NAME
    if not (place / "zarr.json").is_file():
        raise InputError(
            f"{root} has no {NAME}; train a network that has gates with train.py to record them"
        )
    try:
        return _opened(place)
    except Damage as fault:
        raise InputError(f"{place} is damaged ({fault}); {_MENDED}") from fault
    except (*RAISED, RecursionError) as fault:
        if isinstance(fault, InputError):
            raise
        raise InputError(f"{place} is damaged ({reason(fault)}); {_MENDED}") from fault


def create_evolution(
    path: Path, gates: Mapping[str, Gate], classes: Sequence[str], epochs: int
) -> None:
    """Make an empty ``gates.zarr`` in a run's folder; it appears there all at once."""
    unborn = path / f".{NAME}.new"
    shutil.rmtree(unborn, ignore_errors=True)
    attributes = {
        "format_version": FORMAT_VERSION,
        "gates": json.dumps([asdict(gate) for gate in gates.values()]),
        "classes": json.dumps(list(classes)),
    }
    group = zarr.create_group(unborn, zarr_format=3, attributes=attributes)
    _array(group, _DONE, (epochs,), "bool", ("epoch",), fill=False)
    for name, gate in gates.items():
        dims = ("epoch", "class", f"channel.{name}")
        shape = (epochs, len(classes), gate.channels)
        _array(group, f"mean.{name}", shape, "float32", dims, fill=np.nan)
    unborn.rename(path / NAME)


def write_epoch(path: Path, epoch: int, means: Mapping[str, npt.NDArray[np.float32]]) -> None:
    """Write one epoch, from 1, of a run's folder: path of each gate to its means (class, C)."""
    group = zarr.open_group(path / NAME, mode="r+", use_consolidated=False)
    for name, values in means.items():
        group[f"mean.{name}"][epoch - 1] = values  # type: ignore[index]
    group[_DONE][epoch - 1] = True  # type: ignore[index]


def _opened(place: Path) -> xr.Dataset:
    """The recorded epochs; raises Damage where the arrays are not what they should be."""
    root = os.path.realpath(place)
    require_own(place / "zarr.json", root)
    said = (read_object(place / "zarr.json") or {}).get("attributes")
    if not isinstance(said, dict):
        raise Damage("it says nothing of itself")
    gates, classes = require_gates(said.get("gates")), as_json(said.get("classes"))
    if not isinstance(classes, list) or not all(isinstance(name, str) for name in classes):
        raise Damage("it does not say what its classes are")
    infos = {}
    for name in (_DONE, *(f"mean.{gate.path}" for gate in gates)):
        require_own(place / name / "zarr.json", root)
        infos[name] = read_array(place / name)
    epochs = infos[_DONE].shape[:1]
    for gate in gates:
        found, shape = infos[f"mean.{gate.path}"], (*epochs, len(classes), gate.channels)
        if (found.kind, found.shape) != ("f", shape) or len(infos[_DONE].shape) != 1:
            raise Damage(f"the means of {gate.path} are not those of its epochs and classes")
    done = PackedArray(place / _DONE, infos[_DONE]).select((slice(None),))
    if not done.any():
        raise InputError(f"{place} has no epoch yet; wait until the first one is over")
    variables = {
        name: xr.Variable(
            ("epoch", "class", f"channel.{name.removeprefix('mean.')}"),
            indexing.LazilyIndexedArray(PackedArray(place / name, info)),
        )
        for name, info in infos.items()
        if name != _DONE
    }
    names = {"class": [readable(name) for name in classes], "epoch": np.arange(1, epochs[0] + 1)}
    return xr.Dataset(variables, names, said).isel(epoch=np.flatnonzero(done))


def _array(
    group: zarr.Group,
    name: str,
    shape: tuple[int, ...],
    dtype: str,
    dims: tuple[str, ...],
    *,
    fill: Any,
) -> None:
    """An array whose every epoch is a chunk."""
    chunks = (1, *shape[1:])
    group.create_array(
        name, shape=shape, chunks=chunks, dtype=dtype, fill_value=fill, dimension_names=dims
    )
