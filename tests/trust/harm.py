"""Stores as `collect` writes them, and what strangers may do to them."""

import json
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import zarr
from numcodecs import Blosc, Zstd

from analysis.chunks import Chunk
from analysis.layout import Layout, create
from analysis.store import gates_of
from analysis.writer import StoreWriter
from tests.synthetic import synthetic_store

GATES = (("layer1.0.se", 4), ("layer2.0.se", 6))
FIRST, LAST = (path for path, _ in GATES)
SAMPLES = 300
"""In two chunks."""

Harm = Callable[[Path], object]


def collected(path: Path, classes: Sequence[str] = ("ant", "bee", "cat"), **said: Any) -> Path:
    """A whole store, written as a collection writes it; ``said`` are other attributes."""
    data = synthetic_store(classes=classes, per_class=SAMPLES // len(classes), gates=GATES, seed=3)
    gates, label = tuple(gates_of(data)), data["label"].values
    made_by_writer = ("gates", "complete", "skipped", "format_version")
    attributes = {key: value for key, value in data.attrs.items() if key not in made_by_writer}
    layout = Layout(
        gates=gates,
        classes=tuple(classes),
        labels=label,
        keys=[f"{place}.png" for place in range(len(label))],
        outputs=None,
        attributes=attributes | said,
    )
    create(path, layout)
    writer = StoreWriter(path)
    for index in writer.pending():
        span, size = writer.span(index), writer.size(index)
        chunk = Chunk.blank(size, gates, len(classes))
        chunk.valid[:], chunk.logits[:] = True, data["logits"].values[span]
        for gate in gates:
            chunk.gates[gate.path][:] = data[f"gate.{gate.path}"].values[span]
        writer.write(index, chunk)
    writer.finish()
    return path


def described(name: str = "", **changes: Any) -> Harm:
    """Another ``zarr.json`` of an array or, without a name, of the store."""

    def harm(store: Path) -> None:
        file = store / name / "zarr.json"
        content = json.loads(file.read_text())
        file.write_text(json.dumps(content | changes))

    return harm


def attribute(name: str, value: Any) -> Harm:
    """Another attribute of the store; None removes it."""

    def harm(store: Path) -> None:
        file = store / "zarr.json"
        content = json.loads(file.read_text())
        content["attributes"][name] = value
        if value is None:
            del content["attributes"][name]
        file.write_text(json.dumps(content))

    return harm


def gate(**changes: Any) -> Harm:
    """Other words on its first gate."""

    def harm(store: Path) -> None:
        gates = json.loads(json.loads((store / "zarr.json").read_text())["attributes"]["gates"])
        attribute("gates", json.dumps([gates[0] | changes, *gates[1:]]))(store)

    return harm


def values(name: str, changed: Callable[[np.ndarray], object]) -> Harm:
    """Other numbers in an array, written as Zarr writes them."""

    def harm(store: Path) -> None:
        array = zarr.open_array(store / name, mode="r+")
        numbers = np.asarray(array[:])
        changed(numbers)
        array[:] = numbers

    return harm


def put(place: Any, value: Any) -> Callable[[np.ndarray], object]:
    """Set some of an array's numbers."""
    return lambda numbers: numbers.__setitem__(place, value)


def content(name: str, changed: Callable[[bytes], bytes]) -> Harm:
    """Other bytes in a file."""

    def harm(store: Path) -> None:
        (store / name).write_bytes(changed((store / name).read_bytes()))

    return harm


def removed(name: str) -> Harm:
    """Without a file or folder."""

    def harm(store: Path) -> None:
        place = store / name
        shutil.rmtree(place) if place.is_dir() else place.unlink()

    return harm


def linked(name: str) -> Harm:
    """A file or folder lies elsewhere, and a link leads to it."""

    def harm(store: Path) -> None:
        away = store.parent / f"{store.name}-away" / name
        away.parent.mkdir(parents=True)
        (store / name).rename(away)
        (store / name).symlink_to(away)

    return harm


def sized(samples: int, *, chunk: int = 256) -> Harm:
    """All arrays with a row a sample claim to have ``samples`` of them; nothing else is changed."""

    def harm(store: Path) -> None:
        for file in store.glob("*/zarr.json"):
            said = json.loads(file.read_text())
            if said["dimension_names"][0] == "sample":
                said["shape"][0] = samples
                said["chunk_grid"]["configuration"]["chunk_shape"][0] = chunk
                file.write_text(json.dumps(said))

    return harm


def bomb(packer: str, megabytes: int) -> bytes:
    """A chunk of a few kilobytes that unpacks to so many MB of zeros."""
    zeros = np.zeros(megabytes << 20, np.uint8)
    return Zstd(1).encode(zeros) if packer == "zstd" else Blosc("lz4", 9).encode(zeros)


def all_at_once(*harms: Harm) -> Harm:
    """One after the other."""

    def harm(store: Path) -> None:
        for each in harms:
            each(store)

    return harm


def as_it_lies(folder: Path) -> dict[str, tuple[int, int]]:
    """Each file and folder under ``folder`` with its size and the time of its last change."""
    found = {}
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            state = os.lstat(os.path.join(place, name))  # noqa: PTH118, of thousands
            found[os.path.join(place, name)] = (state.st_size, state.st_mtime_ns)  # noqa: PTH118
    return found
