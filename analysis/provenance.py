"""What a store says of its making, and whether a second run would make the same."""

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

import zarr
from torch import nn

from analysis.classes import Integers, Matching
from analysis.samples import Samples
from analysis.source import Source, weights_digest
from analysis.store import StoreError, read_attributes
from senet_core.checkpoint import digest, versions
from senet_core.json_text import read_json
from senet_core.registry import ModelConfig

# What must agree before a run goes on: attribute, what it is called, and whether to quote it.
_IDENTITY = (
    ("dataset", "data set", True),
    ("split", "split", True),
    ("dataset_digest", "images", False),
    ("architecture", "network", True),
    ("se", "SE blocks", True),
    ("options", "options", True),
    ("weights_digest", "weights", False),
    ("transform", "preprocessing", True),
    ("limit", "limit", True),
    ("order", "classes", False),
)
# And before a half-written store is filled, by a later version perhaps.
_FORM = (("gates", "gates", False),)


def provenance(
    model: nn.Module,
    source: Source,
    samples: Samples,
    matching: Matching,
    *,
    order: Integers,
    limit: int | None,
) -> dict[str, Any]:
    """The attributes of a store but for those that its writer sets.

    Args:
        model: the network.
        source: where it comes from.
        samples: the data set.
        matching: the meaning of its labels.
        order: (N,) places in the data set, in the store's order.
        limit: images of each class, or None for all.
    """
    config = getattr(model, "config", None)
    ours = config if isinstance(config, ModelConfig) else None
    file = source.checkpoint
    attributes = {
        "checkpoint": digest(file) if file else "",
        "checkpoint_file": str(file.resolve()) if file else "",
        "weights_digest": weights_digest(model),
        "architecture": source.architecture or (ours.name if ours else type(model).__name__),
        "weights": source.weights,
        "se": ours.se.to_json() if ours and ours.se else "",
        "options": json.dumps(ours.options if ours else {}),
        "parameters": sum(p.numel() for p in model.parameters()),
        "dataset": samples.name,
        "split": samples.split,
        "dataset_digest": samples.digest,
        "root": samples.root,
        "transform": samples.transform,
        "limit": limit or 0,
        "labels": matching.kind,
        "order": _order_digest(matching, order),
        "created": date.today().isoformat(),
        "versions": json.dumps({**versions(), "zarr": zarr.__version__}),
    }
    return attributes if source.seed is None else {**attributes, "seed": source.seed}


def require_same(store: Path, attributes: dict[str, Any]) -> None:
    """Make sure that the store at ``store`` was begun with what ``attributes`` describe.

    Raises:
        StoreError: where it was not, naming what differs first.
    """
    earlier = read_attributes(store)
    for key, called, quoted in _IDENTITY if earlier.get("complete") else _IDENTITY + _FORM:
        was, now = earlier.get(key), attributes[key]
        if was != now:
            differs = f"{called} {_contrast(was, now)}" if quoted else f"other {called} than these"
            raise StoreError(
                f"{store} was begun with {differs}; give another --out, or delete that store"
            )


def _contrast(was: Any, now: Any) -> str:
    """Two values side by side; of two JSON objects the fields that differ."""
    try:
        old, new = read_json(str(was)), read_json(str(now))
        fields = [k for k in {**old, **new} if old.get(k) != new.get(k)]
    except (ValueError, TypeError, AttributeError):
        return f"{was or 'none'}, not {now or 'none'}"
    return ", ".join(f"{k} {old.get(k)}, not {new.get(k)}" for k in fields)


def _order_digest(matching: Matching, order: Integers) -> str:
    """Of everything that decides which sample and which class lies where in the store."""
    content = hashlib.sha256(json.dumps([matching.classes, matching.outputs]).encode())
    content.update(order.tobytes())
    content.update(matching.labels[order].tobytes())
    return content.hexdigest()
