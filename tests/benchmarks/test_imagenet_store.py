"""The synthetic store is a store, the same each time, whole or in two runs."""

import json

import pytest

from analysis import open_store
from analysis.store import gates_of
from analysis.writer import StoreWriter
from tests.analysis.small import files_of
from tests.benchmarks.imagenet_store import make_store


def test_it_is_as_large_as_it_says_and_the_same_each_time(tmp_path, monkeypatch):
    one = make_store(tmp_path / "one.zarr", classes=6, per_class=50)
    ds = open_store(one)
    assert (len(gates_of(ds)), sum(gate.channels for gate in gates_of(ds))) == (16, 15_104)
    assert ds["logits"].shape == (300, 6)
    assert ds["count"].values.tolist() == [50] * 6
    assert json.loads(ds.attrs["skipped"]) == {}

    with monkeypatch.context() as patch:
        patch.setattr(StoreWriter, "finish", lambda self: {})
        make_store(tmp_path / "two.zarr", classes=6, per_class=50)
    two = make_store(tmp_path / "two.zarr", classes=6, per_class=50)
    assert files_of(two) == files_of(one)
    assert make_store(two, classes=6, per_class=50) == two  # complete: nothing to do
    assert files_of(two) == files_of(one)


def test_another_store_is_left_alone(tmp_path):
    make_store(tmp_path / "s.zarr", classes=2, per_class=3)
    with pytest.raises(SystemExit, match="is another thing; give another path"):
        make_store(tmp_path / "s.zarr", classes=2, per_class=4)
