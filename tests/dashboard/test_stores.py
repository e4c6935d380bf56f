"""Stores found, named and opened."""

import json

import pytest

from dashboard.shell.settings import Settings
from dashboard.shell.sidebar import distinct_names
from dashboard.sources import stores
from tests.synthetic import synthetic_store, write_store

TINY = synthetic_store(per_class=1, gates=())


def names(folder, monkeypatch, tmp_path) -> list[str]:
    monkeypatch.setattr(stores, "DEMO", tmp_path / "no-demo")
    stores.scan.clear()
    return [entry.name for entry in stores.scan(Settings(folder)).entries]


def test_a_store_is_called_like_its_file(tmp_path, monkeypatch):
    write_store(TINY, tmp_path / "runs" / "demo" / "se.fashion.zarr")
    write_store(TINY, tmp_path / "runs" / "deep" / "er" / "plain")
    assert names(tmp_path / "runs", monkeypatch, tmp_path) == ["plain", "se.fashion"]


def test_namesakes_are_told_apart_by_their_folders(tmp_path, monkeypatch):
    for place in ("a/gates.zarr", "b/gates.zarr", "other.zarr"):
        write_store(TINY, tmp_path / "runs" / place)
    assert names(tmp_path / "runs", monkeypatch, tmp_path) == ["a-gates", "b-gates", "other"]


def test_a_folder_that_is_a_store_is_found(tmp_path, monkeypatch):
    write_store(TINY, tmp_path / "one.zarr")
    assert names(tmp_path / "one.zarr", monkeypatch, tmp_path) == ["one"]


def test_a_store_written_anew_is_opened_anew(tmp_path, monkeypatch):
    monkeypatch.setattr(stores, "DEMO", tmp_path / "no-demo")
    opened = []
    for per_class in (1, 2):
        write_store(synthetic_store(per_class=per_class, gates=()), tmp_path / "runs" / "s.zarr")
        stores.scan.clear()
        entry = stores.scan(Settings(tmp_path / "runs")).entry("s")
        opened.append(stores.open_entry(entry).sizes["sample"])
    assert opened == [10, 20]


def unreadable_labels(store):
    for chunk in (store / "label" / "c").rglob("*"):
        chunk.is_file() and chunk.write_bytes(b"?")


def unreadable_description(store):
    (store / "label" / "zarr.json").write_text("{")


def lost_attribute(store):
    described = json.loads((store / "zarr.json").read_text())
    del described["attributes"]["created"]
    (store / "zarr.json").write_text(json.dumps(described))


def unknown_gates(store):
    text = (store / "zarr.json").read_text()
    (store / "zarr.json").write_text(text.replace('\\"path\\"', '\\"name\\"'))


@pytest.mark.parametrize(
    "harm", [unreadable_labels, unreadable_description, lost_attribute, unknown_gates]
)
def test_a_damaged_store_is_a_sentence_and_the_others_open(tmp_path, monkeypatch, harm):
    runs = tmp_path / "runs"
    harm(write_store(synthetic_store(per_class=1), runs / "bad.zarr"))
    write_store(TINY, runs / "good.zarr")
    assert names(runs, monkeypatch, tmp_path) == ["good"]
    ((name, sentence),) = stores.scan(Settings(runs)).faults
    assert name == "bad"
    assert "is damaged" in sentence
    assert "collect anew" in sentence


def test_repeated_class_names_are_numbered():
    assert distinct_names(["crane", "maillot", "crane", " "]) == [
        "crane",
        "maillot",
        "crane (2)",
        "(no name)",
    ]
