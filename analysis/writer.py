"""Fill a store chunk by chunk, so that a kill at any moment costs the chunk in hand alone.

A chunk of samples is done when its *part*, a small file with its moments, is there; the part
appears at once, after the chunk's regions of all arrays. At the end the parts are merged in
order, so the result does not depend on where earlier runs were killed.
"""

import json
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import zarr

from analysis.chunks import Chunk, Floats
from analysis.histogram import histograms
from analysis.layout import PARTS
from analysis.lazy import StoredArray
from analysis.moments import Moments
from analysis.naming import Gate
from analysis.store import MISSING, SAMPLES_PER_CHUNK, TOP, read_attributes
from senet_core.checkpoint import replacing
from senet_core.json_text import read_json

_THREADS = 4  # that sum up, a gate each; more would take more memory than time


class StoreWriter:
    """Writes to the store at ``path``, which `analysis.layout.create` made."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._group = zarr.open_group(path, mode="r+", use_consolidated=False)
        self._parts = path / PARTS
        self.gates = [Gate(**fields) for fields in read_json(read_attributes(path)["gates"])]
        self._labels = np.asarray(self._array("label")[:])
        self.samples = len(self._labels)
        self.outputs: int = self._array("logits").shape[1]
        self.chunks = -(-self.samples // SAMPLES_PER_CHUNK)

    def span(self, chunk: int) -> slice:
        """The samples of a chunk."""
        start = chunk * SAMPLES_PER_CHUNK
        return slice(start, min(start + SAMPLES_PER_CHUNK, self.samples))

    def size(self, chunk: int) -> int:
        """How many samples a chunk holds."""
        return len(range(self.samples)[self.span(chunk)])

    def pending(self) -> list[int]:
        """The chunks that are not done, in order."""
        return [chunk for chunk in range(self.chunks) if not self._part(chunk).exists()]

    def write(self, index: int, chunk: Chunk) -> None:
        """Write a chunk: its regions first, then the part that says that it is done."""
        span, labels = self.span(index), self._labels[self.span(index)]
        known, place = np.unique(labels[chunk.valid & (labels >= 0)], return_inverse=True)
        rows = np.full(len(labels), -1)
        rows[chunk.valid & (labels >= 0)] = place
        part: dict[str, Any] = {"classes": known, "valid": chunk.valid}
        part["skipped"] = json.dumps(chunk.skipped)
        self._array("logits")[span] = chunk.logits
        part["count"] = np.bincount(rows[rows >= 0], minlength=len(known))
        for gate in self.gates:
            values = chunk.gates[gate.path]
            self._array(f"gate.{gate.path}")[span] = encode(values) if gate.bounded else values
            moments = Moments.of(values, rows, len(known))
            part |= {f"mean.{gate.path}": moments.mean, f"m2.{gate.path}": moments.m2}
            part[f"range.{gate.path}"] = _range(values[chunk.valid])
        with replacing(self._part(index)) as temporary, temporary.open("wb") as file:
            np.savez(file, **part)

    def finish(self, *, advance: Callable[[], object] = lambda: None) -> dict[str, str]:
        """Summarise by class and mark the store complete.

        Args:
            advance: called after each gate.

        Returns:
            The images that could not be read: name to reason.
        """
        skipped: dict[str, str] = {}
        count = np.zeros(self._array("count").shape[0], np.int64)
        valid = []
        for part in self._read_parts():
            skipped |= read_json(str(part["skipped"]))
            count[part["classes"]] += part["count"]
            valid.append(part["valid"])
        self._array("count")[:] = count
        self._array("valid")[:] = np.concatenate(valid)
        with ThreadPoolExecutor(_THREADS) as threads:
            for _ in threads.map(self._summarise, self.gates):
                advance()
        self._set_attributes(complete=1, skipped=json.dumps(skipped))
        self.tidy()
        return skipped

    def tidy(self) -> None:
        """Remove the parts of a complete store, and what killed runs left half-written."""
        shutil.rmtree(self._parts, ignore_errors=True)
        for pattern in ("*.partial", ".zarr.json.*"):  # Zarr's own and `replacing`'s
            for litter in self.path.rglob(pattern):
                litter.unlink(missing_ok=True)

    def _summarise(self, gate: Gate) -> None:
        mean = self._array(f"mean.{gate.path}")
        total = Moments.empty(*mean.shape)
        low, high = (0.0, 1.0) if gate.bounded else (np.inf, -np.inf)
        for part in self._read_parts():
            classes = part["classes"]
            own = Moments(part["count"], part[f"mean.{gate.path}"], part[f"m2.{gate.path}"])
            total.put(classes, total.rows(classes).merge(own))
            if not gate.bounded:
                lowest, highest = part[f"range.{gate.path}"]
                low, high = min(low, float(lowest)), max(high, float(highest))
        mean[:] = total.means()
        self._array(f"std.{gate.path}")[:] = total.std()
        hist = self._array(f"hist.{gate.path}")
        values = StoredArray(self.path / f"gate.{gate.path}", decoded=False)
        for classes, counts in histograms(values, self._labels, mean.shape[0], low, high):
            hist[classes] = counts
        if not gate.bounded:
            _update_attributes(self.path / f"hist.{gate.path}", {"range": [low, high]})

    def _array(self, name: str) -> Any:
        return self._group[name]

    def _part(self, chunk: int) -> Path:
        return self._parts / f"{chunk:08d}.npz"

    def _read_parts(self) -> Iterator[Any]:
        for chunk in range(self.chunks):
            with np.load(self._part(chunk), allow_pickle=False) as part:
                yield part

    def _set_attributes(self, **values: Any) -> None:
        _update_attributes(self.path, values)


def encode(gates: Floats) -> npt.NDArray[np.uint16]:
    """Gates in [0, 1] as 16-bit fixed point; NaN, an image that could not be read, as `MISSING`."""
    codes = np.multiply(gates, TOP, dtype=np.float64)
    np.clip(np.rint(codes, out=codes), 0, TOP, out=codes)
    codes[np.isnan(codes)] = MISSING
    return codes.astype(np.uint16)


def _range(values: Floats) -> npt.NDArray[np.float64]:
    """(2,): the smallest and the largest; an empty interval where there are none."""
    if not values.size:
        return np.array([np.inf, -np.inf])
    return np.array([values.min(), values.max()], np.float64)


def _update_attributes(node: Path, values: dict[str, Any]) -> None:
    """Set attributes of a group or array; all at once, unlike Zarr's own way in its versions."""
    file = node / "zarr.json"
    metadata = read_json(file.read_text("utf-8"))
    metadata.setdefault("attributes", {}).update(values)
    with replacing(file) as temporary:
        temporary.write_text(json.dumps(metadata, indent=2), "utf-8")
