"""Stores with anything in their files: the numbers, or a sentence."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import strategies as st

from analysis import compare, statistics
from analysis.again import image_words, network_words
from analysis.at_hand import open_network
from analysis.differences import facts_of
from analysis.export import export
from analysis.images import open_images
from analysis.intervene.results import results_name
from analysis.store import find_stores, gates_of, open_store, store_name
from analysis.tables import summary
from dashboard.parts.provenance import facts
from dashboard.sources.stores import Entry, open_entry
from tests.synthetic import synthetic_store, write_store
from tests.trust.fuzzing import CHANGES, DEEP, answered, changed, fuzz, json_values

GATES = (("layer1.0.se", 4), ("layer2.0.se", 6))
ATTRIBUTES = (
    *("format_version", "complete", "checkpoint", "checkpoint_file", "architecture", "weights"),
    *("se", "options", "dataset", "split", "dataset_digest", "root", "transform", "limit"),
    *("labels", "created", "versions", "gates", "parameters", "skipped", "seed", "weights_digest"),
)
GATE = {
    "path": "layer1.0.se",
    "kind": "se",
    "channels": 4,
    "stage": 2,
    "block": 1,
    "label": "SE_2_1",
}
TRANSFORM = {"image_size": 28, "in_chans": 1, "mean": [0.3], "std": [0.3]}
NEAR = st.sampled_from(
    [
        *("", "random", "model", "folder", "none", "se_cifar_resnet20", "imagenette", DEEP),
        *("../../etc", "a\0b", "x" * 300, "{", "[]", "{}", '{"reduction": []}', "timm:resnet18"),
    ]
) | st.dictionaries(st.sampled_from(sorted(GATE | TRANSFORM)), json_values, max_size=2).flatmap(
    lambda said: st.sampled_from(
        [json.dumps([GATE | said]), json.dumps(TRANSFORM | said), json.dumps(said)]
    )
)
FORMS = ("uint8", "int8", "float64", "bool", "string", "/", "big", "zstd", "sample", "class", DEEP)
INDEX = st.integers(0, 10**6)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of ours, with two gates and three classes."""
    data = synthetic_store(classes=("a", "b", "c"), per_class=6, gates=GATES)
    return write_store(data, tmp_path_factory.mktemp("fuzz") / "se.zarr")


def copied(store: Path, folder: Path) -> Path:
    """The store as it was before it was changed."""
    place = folder / store.name
    shutil.rmtree(place, ignore_errors=True)
    return Path(shutil.copytree(store, place))


def files_of(store: Path, pattern: str = "*") -> list[Path]:
    return sorted(file for file in store.rglob(pattern) if file.is_file())


def readers(store: Path) -> tuple[Callable[[], object], ...]:
    """What pages and commands read of a store."""
    open_entry.clear()
    entry = Entry("se", str(store), 0)
    return (
        lambda: find_stores(store.parent),
        lambda: about(entry),
        lambda: numbers(entry),
        lambda: summary(open_store(store)),
        lambda: export(open_store(store), store.parent / "out.csv"),
        lambda: network_words(open_entry(entry)),
        lambda: image_words(open_entry(entry)),
        lambda: open_network(open_entry(entry)),
        lambda: facts_of(open_entry(entry)),
    )


def about(entry: Entry) -> None:
    """What a page says of a store that opens, and that it is text."""
    data = open_entry(entry)
    said = {**facts(data), "name": store_name(data), "folder": results_name(data)}
    assert all(isinstance(value, str) for value in said.values())
    open_images(data)


def numbers(entry: Entry) -> None:
    """What a page draws of a store that opens."""
    data = open_entry(entry)
    for gate in gates_of(data):
        statistics.separation(data, gate.path)
        statistics.saturation(data, gate.path)
        statistics.channel_values(data, gate.path, 0)
        assert data[f"hist.{gate.path}"].values.ndim == 3
    compare.accuracy(data)
    compare.top_k(data, 0)


@fuzz(
    15,
    600,
    said=st.dictionaries(
        st.sampled_from(ATTRIBUTES),
        json_values | json_values.map(json.dumps) | NEAR,
        min_size=1,
        max_size=3,
    ),
    removed=st.none() | st.sampled_from(ATTRIBUTES),
)
def test_other_attributes_of_a_store(store, tmp_path, *, said, removed, slow):
    place = copied(store, tmp_path)
    described = json.loads((place / "zarr.json").read_text())
    described["attributes"] |= said
    described["attributes"].pop(removed, None)
    (place / "zarr.json").write_text(json.dumps(described))
    answered("store, attributes", *readers(place), slow=slow)


@fuzz(15, 600, file=INDEX, leaf=INDEX, value=json_values | st.sampled_from(FORMS))
def test_other_values_in_the_descriptions_of_a_store(store, tmp_path, *, file, leaf, value, slow):
    place = copied(store, tmp_path)
    described = files_of(place, "zarr.json")
    chosen = described[file % len(described)]
    content = json.loads(chosen.read_text())
    holders = list(places(content))
    holder, key = holders[leaf % len(holders)]
    holder[key] = value
    chosen.write_text(json.dumps(content))
    answered("store, descriptions", *readers(place), slow=slow)


@fuzz(15, 600, file=INDEX, changes=st.none() | CHANGES)
def test_changed_bytes_in_a_store(store, tmp_path, *, file, changes, slow):
    place = copied(store, tmp_path)
    there = files_of(place)
    chosen = there[file % len(there)]
    if changes is None:
        chosen.unlink()
    else:
        chosen.write_bytes(changed(chosen.read_bytes(), changes))
    answered("store, bytes", *readers(place), slow=slow)


def places(content: Any) -> Any:
    """Every value in JSON, as what holds it and its key there."""
    pairs = content.items() if isinstance(content, dict) else enumerate(content)
    for key, value in pairs:
        yield content, key
        if isinstance(value, dict | list):
            yield from places(value)
