"""What two stores differ in: network, options, SE settings, cost, training, data, preparation."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import xarray as xr

from analysis.at_hand import find_checkpoint
from analysis.runs import is_run, read_run
from analysis.store import gates_of
from analysis.words import marked
from senet_core.attention import SEConfig
from senet_core.checkpoint import read_metadata
from senet_core.complexity import Complexity, count
from senet_core.errors import InputError
from senet_core.json_text import read_json
from senet_core.registry import list_models
from senet_core.unfilled import create_unfilled

Value = str | int | float | None
Facts = dict[tuple[str, str], Value]
"""By name, which is a text for people, and detail, such as an option's name; None: not known."""

_NOT_SETTINGS = frozenset(
    {
        # What the store says of the network and its data.
        *("recipe", "model", "dataset", "images", "data_dir", "image_size", "se", "width"),
        *("stride_on", "pool", "weights"),
        # What does not change what is learned.
        *("out", "resume", "device", "workers", "save_minutes", "compile"),
    }
)


@dataclass(frozen=True, slots=True)
class Difference:
    """One fact about two stores.

    Attributes:
        name: what it is about, a text for people.
        detail: which option, field or setting; mostly empty.
        a, b: of the stores; None where nobody knows.
    """

    name: str
    detail: str
    a: Value
    b: Value

    @property
    def known(self) -> bool:
        """Whether both are known."""
        return self.a is not None and self.b is not None

    @property
    def same(self) -> bool:
        """Whether the two are known to agree."""
        return self.known and self.a == self.b


def differences(a: Facts, b: Facts) -> list[Difference]:
    """Both stores' facts side by side, in the order of `facts_of`.

    What one of two networks cannot have, such as SE settings of a baseline, is not known of it.
    """
    order = list(dict.fromkeys(key for pair in _aligned(list(a), list(b)) for key in pair))
    found = [
        Difference(name, detail, a.get((name, detail)), b.get((name, detail)))
        for name, detail in order
    ]
    return [each for each in found if not (each.a is None and each.b is None)]


def facts_of(ds: xr.Dataset, folders: Sequence[Path] = ()) -> Facts:
    """What a store, its network and its checkpoint say of themselves.

    Args:
        ds: a store.
        folders: where its checkpoint is looked for, by name, if it is not where it was.
    """
    said = ds.attrs
    gates = gates_of(ds)
    cost = cost_of(ds)
    facts: Facts = {
        (marked("Network"), ""): said["architecture"],
        (marked("Weights"), ""): said["weights"],
        **{(marked("Option"), key): _plain(value) for key, value in _json(ds, "options").items()},
        (marked("SE blocks"), ""): len(gates),
        **{(marked("SE setting"), key): _plain(value) for key, value in _json(ds, "se").items()},
        (marked("Channels with gates"), ""): sum(gate.channels for gate in gates),
        (marked("Parameters"), ""): said.get("parameters"),
        (marked("Multiply-adds (MACs)"), ""): None if cost is None else cost.macs,
        **_training(ds, folders),
        (marked("Data set"), ""): said["dataset"],
        (marked("Split"), ""): said["split"] or None,
        (marked("Images"), ""): ds.sizes["sample"],
        (marked("Digest of the images"), ""): said["dataset_digest"][:12],
        **{
            (marked("Preparation"), key): _plain(value)
            for key, value in _json(ds, "transform").items()
        },
    }
    return facts


def cost_of(ds: xr.Dataset) -> Complexity | None:
    """Parameters and MACs of a store's network for its images; None where it is not one of ours."""
    name = ds.attrs["architecture"]
    if name not in list_models():
        return None
    transform, options = _json(ds, "transform"), _json(ds, "options")
    if channels := transform.get("in_chans"):
        options = {**options, "in_chans": channels}
    outputs = ds.sizes["output" if "output" in ds.sizes else "class"]
    try:
        se = SEConfig.from_json(ds.attrs["se"]) if ds.attrs["se"] not in ("", "{}") else None
        return count(create_unfilled(name, outputs, se, **options), transform.get("image_size"))
    except (InputError, TypeError, ValueError):
        return None  # a store may be of a later version, or altered


def _training(ds: xr.Dataset, folders: Sequence[Path]) -> Facts:
    """What the checkpoint says of its training, and the settings of its run if they lie beside."""
    try:
        file = find_checkpoint(ds, folders)
        metadata = read_metadata(file)
    except InputError:
        return {}
    facts: Facts = {
        (marked("Recipe"), ""): metadata.get("recipe") or None,
        (marked("Epoch"), ""): metadata.get("epoch"),
    }
    if is_run(file.parent):
        try:
            config = read_run(file.parent).config
        except InputError:
            return facts
        settings = {key: value for key, value in config.items() if key not in _NOT_SETTINGS}
        facts |= {(marked("Setting"), key): _plain(value) for key, value in settings.items()}
    return facts


def _json(ds: xr.Dataset, attribute: str) -> dict[str, Any]:
    try:
        found = read_json(ds.attrs.get(attribute) or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _plain(value: Any) -> Value:
    """A value of JSON as a table shows it; nothing is written as nothing chosen."""
    if value is None:
        return ""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return json.dumps(value)
    return value


def _aligned(a: list[Any], b: list[Any]) -> list[list[Any]]:
    """Keys of both in one order: each name's keys together, where the first list has the name."""
    names = list(dict.fromkeys(name for name, _ in (*a, *b)))
    return [[key for key in (*a, *b) if key[0] == name] for name in names]
