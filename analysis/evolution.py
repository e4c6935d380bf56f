"""How excitation evolves in training: each class's mean gates after every epoch, in a run's folder.

``gates.zarr`` has a variable ``mean.NAME`` (epoch, class, channel.NAME) for each gate. Each epoch
is a chunk of its own: a kill while one is written leaves the others as they are, and the run
writes the epoch in hand again. Imports no torch.
"""

import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import xarray as xr
import zarr

from analysis.naming import Gate
from senet_core.errors import InputError

NAME = "gates.zarr"
FORMAT_VERSION = 1
_DONE = "done"  # (epoch,) whether an epoch was recorded


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
    data = xr.open_dataset(place, engine="zarr", chunks=None, cache=False, consolidated=False)
    done = np.flatnonzero(data[_DONE].values)
    if not len(done):
        raise InputError(f"{place} has no epoch yet; wait until the first one is over")
    classes = json.loads(data.attrs["classes"])
    ordered = [f"mean.{gate['path']}" for gate in json.loads(data.attrs["gates"])]
    epochs = np.arange(1, data.sizes["epoch"] + 1)
    named = data[ordered].assign_coords({"class": classes, "epoch": epochs})
    return named.isel(epoch=done)


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
