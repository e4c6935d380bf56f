"""Stores with known properties, for tests: in memory, or written in the store's format.

    from tests.synthetic import synthetic_store, write_store

Class separation grows with depth and the last gate saturates, as in real SE networks.
"""

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import xarray as xr

CLASSES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
GATES = (("layer1.0.se", 16), ("layer1.1.se", 16), ("layer2.0.se", 32), ("layer3.1.se", 64))
BINS = 50
TOP = 65534


def synthetic_store(
    *,
    classes: Sequence[str] = CLASSES,
    per_class: int | Sequence[int] = 40,
    gates: Sequence[tuple[str, int]] = GATES,
    accuracy: float = 0.9,
    labels: str = "model",
    seed: int = 0,
    architecture: str | None = None,
) -> xr.Dataset:
    """A store in memory, as `analysis.open_store` gives it.

    Stores of the same ``classes`` and ``per_class`` hold "the same images", whatever the seed;
    the seed decides gates and predictions. ``gates=()`` makes a baseline.
    """
    rng = np.random.default_rng(seed)
    counts = np.broadcast_to(np.asarray(per_class, np.int64), len(classes))
    label = np.repeat(np.arange(len(classes)), counts)
    if labels == "none":
        label, counts = np.full(len(label), -1), np.zeros_like(counts)
    data = {
        "count": ("class", counts.copy()),
        "logits": (("sample", "class"), _logits(rng, label, len(classes), accuracy)),
    }
    for depth, (path, channels) in enumerate(gates):
        deep = (depth + 1) / len(gates)
        values = _gate(rng, label, (len(classes), channels), deep)
        data |= gate_variables(path, values, label, len(classes))
    images = hashlib.sha256(f"{list(classes)} {counts} {len(label)}".encode()).hexdigest()
    coordinates = {
        "class": ("class", np.asarray(list(classes), dtype=object)),
        "label": ("sample", label.astype(np.int64)),
        "index": ("sample", np.arange(len(label))),
    }
    return xr.Dataset(data, coordinates, _attributes(gates, images, labels, architecture))


def flattened(store: xr.Dataset, *paths: str, height: float = 9e-4) -> xr.Dataset:
    """The store with some gates all but constant: from 0.5, ``height`` higher for the last class.

    All of the variation is between classes: η² is 1.
    """
    label, classes = store["label"].values, store.sizes["class"]
    step = (0.5 + height * label / (classes - 1)).astype(np.float32)
    for path in paths:
        values = np.repeat(step[:, None], store.sizes[f"channel.{path}"], axis=1)
        store = store.assign(gate_variables(path, values, label, classes))
    return store


def gate_variables(
    path: str, values: np.ndarray, label: np.ndarray, classes: int
) -> dict[str, tuple[tuple[str, ...], np.ndarray]]:
    """The four variables of one gate, from its raw values (N, C)."""
    own = [values[label == k].astype(np.float64) for k in range(classes)]
    blank = np.full(values.shape[1], np.nan)
    mean = np.stack([v.mean(0) if len(v) else blank for v in own]).astype(np.float32)
    std = np.stack([v.std(0) if len(v) else blank for v in own]).astype(np.float32)
    edges = np.linspace(0, 1, BINS + 1)
    hist = [[np.histogram(column, edges)[0] for column in v.T] for v in own]
    channel = f"channel.{path}"
    return {
        f"gate.{path}": (("sample", channel), values.astype(np.float32)),
        f"mean.{path}": (("class", channel), mean),
        f"std.{path}": (("class", channel), std),
        f"hist.{path}": (("class", channel, "bin"), np.asarray(hist, dtype=np.uint32)),
    }


def write_store(ds: xr.Dataset, path: Path) -> Path:
    """Write a store as `analysis.collect` does: `analysis.open_store(path)` gives it back."""
    on_disk = ds.reset_coords([name for name in ("label", "index", "path") if name in ds.coords])
    on_disk["valid"] = ("sample", np.ones(ds.sizes["sample"], bool))
    encoding = {}
    for name in on_disk.data_vars:
        if str(name).startswith("gate."):
            encoding[name] = {
                "dtype": "uint16",
                "scale_factor": 1 / TOP,
                "_FillValue": 65535,
                "chunks": (256, ds[name].shape[1]),
            }
    on_disk.to_zarr(path, mode="w", zarr_format=3, consolidated=False, encoding=encoding)
    return path


def _gate(
    rng: np.random.Generator, label: np.ndarray, shape: tuple[int, int], deep: float
) -> np.ndarray:
    """Gates (N, C) of a block at relative depth ``deep``, for ``shape`` (K, C)."""
    base = rng.normal(0.0, 0.8, shape[1]) + (2.5 if deep == 1 else 0.0)
    by_class = rng.normal(0.0, 0.15 + 0.9 * deep, shape)
    logits = base + by_class[label] + rng.normal(0.0, 0.5, (len(label), shape[1]))
    return np.rint(TOP / (1 + np.exp(-logits))).astype(np.float32) / np.float32(TOP)


def _logits(
    rng: np.random.Generator, label: np.ndarray, classes: int, accuracy: float
) -> np.ndarray:
    """Noise, with one class lifted clear of it: the true one in ``accuracy`` of the samples.

    Errors fall on the neighbour classes more often than on others.
    """
    logits = rng.normal(0.0, 1.0, (len(label), classes))
    step = 1 + rng.geometric(0.5, len(label)) % max(classes - 1, 1)
    wrong = rng.random(len(label)) >= accuracy
    chosen = np.where(wrong, (label + step) % classes, label)
    rows = np.arange(len(label))
    logits[rows, chosen] = logits.max(axis=1) + rng.gamma(2.0, 1.5, len(label)) + 0.01
    return logits.astype(np.float32)


def _attributes(
    gates: Sequence[tuple[str, int]], digest: str, labels: str, architecture: str | None
) -> dict[str, object]:
    described = [
        {
            "path": path,
            "kind": "se",
            "channels": channels,
            "stage": int(path[5]),
            "block": int(path[7]) + 1,
            "label": f"SE_{path[5]}_{int(path[7]) + 1}",
            "bounded": True,
            "source": f"{path}.gate",
            "function": "",
        }
        for path, channels in gates
    ]
    return {
        "format_version": 1,
        "complete": 1,
        "checkpoint": "",
        "checkpoint_file": "",
        "architecture": architecture or ("se_cifar_resnet20" if gates else "cifar_resnet20"),
        "weights": "trained",
        "se": "{}" if gates else "",
        "options": "{}",
        "dataset": "fashion_mnist",
        "split": "test",
        "dataset_digest": digest,
        "root": "/nowhere",
        "transform": "{}",
        "limit": 0,
        "labels": labels,
        "created": "2025-01-01",
        "versions": "{}",
        "gates": json.dumps(described),
        "parameters": 274_490,
        "skipped": "{}",
    }
