"""The numbers of a store for other tools: Parquet, CSV or NPZ. Imports no torch."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import xarray as xr
from scipy import special

from analysis.compare import predictions
from analysis.spreadsheet import csv
from analysis.store import gates_of
from analysis.stream import stream_rows
from senet_core.checkpoint import replacing
from senet_core.errors import InputError, writing


def export(ds: xr.Dataset, out: Path) -> None:
    """Write a store's numbers to one file; its ending decides what and how.

    ``.parquet`` and ``.csv`` hold `class_means`, or, for a network without gates, `predicted`.
    ``.npz`` holds every array under its name in the store, gates as float32, and is written a
    block of samples at a time.

    Raises:
        InputError: for another ending, or where the file cannot be written.
    """
    with writing(out, otherwise="give another --out"):
        out.parent.mkdir(parents=True, exist_ok=True)
        match out.suffix.lower():
            case ".npz":
                with replacing(out) as temporary:
                    _write_npz(ds, temporary)
            case ".parquet":
                with replacing(out) as temporary:
                    _table(ds).to_parquet(temporary, index=False)
            case ".csv":
                with replacing(out) as temporary:
                    temporary.write_bytes(csv(_table(ds)))
            case _:
                raise InputError(f"{out} must end in .parquet, .csv or .npz")


def class_means(ds: xr.Dataset) -> pd.DataFrame:
    """A row for each gate, class with samples, and channel.

    Returns:
        ``gate`` (the paper's name), ``path``, ``class``, ``channel``, ``count`` (the class's
        images), ``mean`` and ``std`` (population, ddof 0).
    """
    count = ds["count"].values
    present = np.flatnonzero(count)
    parts = []
    for gate in gates_of(ds):
        mean, std = (ds[f"{kind}.{gate.path}"].values[present] for kind in ("mean", "std"))
        rows, channels = mean.shape
        parts.append(
            pd.DataFrame(
                {
                    "gate": gate.label,
                    "path": gate.path,
                    "class": np.repeat(ds["class"].values[present].astype(object), channels),
                    "channel": np.tile(np.arange(channels), rows),
                    "count": np.repeat(count[present], channels),
                    "mean": mean.ravel(),
                    "std": std.ravel(),
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def predicted(ds: xr.Dataset) -> pd.DataFrame:
    """A row an image.

    Returns:
        ``path`` or ``index`` (the image), ``label`` (the name of its class, or empty),
        ``prediction`` and its ``probability`` (softmax over all outputs).
    """
    key = "path" if "path" in ds.coords else "index"
    logits, label = ds["logits"], ds["label"].values
    outputs, classes = ds[str(logits.dims[1])].values, ds["class"].values
    most = [special.softmax(block, axis=1).max(axis=1) for _, block in stream_rows(logits.variable)]
    return pd.DataFrame(
        {
            key: ds[key].values,
            "label": np.where(label >= 0, classes[np.maximum(label, 0)], "").astype(object),
            "prediction": outputs[predictions(ds)].astype(object),
            "probability": np.concatenate([np.empty(0, np.float32), *most]),
        }
    )


def _table(ds: xr.Dataset) -> pd.DataFrame:
    return class_means(ds) if gates_of(ds) and ds["count"].values.any() else predicted(ds)


def _write_npz(ds: xr.Dataset, out: Path) -> None:
    """What `numpy.savez` would write, without an array of samples in memory."""
    with zipfile.ZipFile(out, "w") as archive:
        for name in (*ds.coords, *ds.data_vars):
            array = ds[name]
            member = zipfile.ZipInfo(f"{name}.npy")  # without the time: one store, one file
            with archive.open(member, "w", force_zip64=True) as file:
                if array.dims[:1] == ("sample",) and array.ndim == 2:
                    first = array[:0].values
                    header = {"descr": first.dtype.str, "fortran_order": False}
                    np.lib.format.write_array_header_2_0(file, {**header, "shape": array.shape})
                    for _, block in stream_rows(array.variable):
                        file.write(np.ascontiguousarray(block).tobytes())
                else:
                    values = array.values
                    texts = values.dtype.kind in "OU"
                    buffer = io.BytesIO()
                    np.save(buffer, values.astype(np.str_) if texts else values)
                    file.write(buffer.getvalue())
