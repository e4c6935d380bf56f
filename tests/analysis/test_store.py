"""Opening stores: lazy, float32, exact at the ends, and one sentence for what does not open."""

import json
import shutil
import warnings

import numpy as np
import pytest
import xarray as xr

from analysis import open_store
from analysis.chunks import Chunk
from analysis.layout import Layout, create
from analysis.naming import Gate
from analysis.store import StoreError, class_slice, find_stores, gates_of, store_name
from analysis.writer import StoreWriter, encode
from tests.synthetic import synthetic_store, write_store

GATES = (
    Gate("a.se", "se", 600, 2, 1, "SE_2_1", bounded=True, source="a.se.gate"),
    Gate("b.se", "se", 3, 2, 2, "SE_2_2", bounded=False, source="b.se.gate"),
)
LABELS = np.repeat([-1, 0, 2], [20, 300, 280])
ATTRIBUTES = {"dataset_digest": "d", "architecture": "net", "dataset": "data", "weights": "random"}
ATTRIBUTES |= dict.fromkeys(("checkpoint", "checkpoint_file", "root", "se", "split"), "")
ATTRIBUTES |= {"created": "2025-01-01", "labels": "model", "parameters": 1, "transform": ""}
ATTRIBUTES |= {"versions": "{}"}


def values_of(seed=0):
    rng = np.random.default_rng(seed)
    n = len(LABELS)
    bounded = rng.random((n, 600), np.float32)
    bounded[0, :2], bounded[7] = (0, 1), 1
    return {"a.se": bounded, "b.se": rng.normal(0, 3, (n, 3)).astype(np.float32)}


def write(path, values, *, broken=(), finish=True):
    logits = np.arange(len(LABELS) * 3, dtype=np.float32).reshape(-1, 3)
    layout = Layout(
        gates=GATES,
        classes=("x", "y", "z"),
        labels=LABELS,
        keys=[f"{i}é.png" for i in range(len(LABELS))],
        outputs=None,
        attributes=ATTRIBUTES,
    )
    create(path, layout)
    writer = StoreWriter(path)
    for index in writer.pending():
        span = writer.span(index)
        chunk = Chunk.blank(span.stop - span.start, GATES, 3)
        good = np.array([i for i in range(span.start, span.stop) if i not in broken])
        rows = good - span.start
        for gate in GATES:
            chunk.gates[gate.path][rows] = values[gate.path][good]
        chunk.logits[rows], chunk.valid[rows] = logits[good], True
        chunk.skipped.update(
            {f"{i}é.png": "no image" for i in broken if span.start <= i < span.stop}
        )
        writer.write(index, chunk)
    if finish:
        writer.finish()
    return path


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return write(tmp_path_factory.mktemp("stores") / "whole.zarr", values_of())


def set_attributes(path, **values):
    described = json.loads((path / "zarr.json").read_text())
    described["attributes"].update(values)
    (path / "zarr.json").write_text(json.dumps(described))


def test_fixed_point_is_near_and_exact_at_the_ends(store):
    ds, values = open_store(store), values_of()["a.se"]
    read = ds["gate.a.se"].values
    assert read.dtype == np.float32
    assert np.abs(read.astype(np.float64) - values).max() <= 7.7e-6
    assert read[0, 0] == 0
    assert (read[7] == 1).all()


def test_fixed_point_covers_every_gate_evenly():
    gates = np.linspace(0, 1, 200_001, dtype=np.float32)
    read = encode(gates).astype(np.float32) * np.float32(1 / 65534)
    assert np.abs(read.astype(np.float64) - gates).max() <= 7.7e-6
    assert (read[0], read[-1]) == (0, 1)
    assert encode(np.array([np.nan], np.float32)) == 65535


def test_unbounded_gates_are_kept_as_they_are(store):
    assert np.array_equal(open_store(store)["gate.b.se"].values, values_of()["b.se"])


def test_moments_and_counts_equal_numpy(store):
    ds = open_store(store)
    assert ds["count"].values.tolist() == [300, 0, 280]
    for path, values in values_of().items():
        for k in (0, 2):
            own = values[k == LABELS].astype(np.float64)
            np.testing.assert_allclose(ds[f"mean.{path}"].values[k], own.mean(0), rtol=1e-6)
            np.testing.assert_allclose(ds[f"std.{path}"].values[k], own.std(0), rtol=1e-6)
        assert np.isnan(ds[f"mean.{path}"].values[1]).all()
        assert np.isnan(ds[f"std.{path}"].values[1]).all()


def test_histograms_count_the_stored_gates(store):
    ds = open_store(store)
    for path in ("a.se", "b.se"):
        hist, gates = ds[f"hist.{path}"], ds[f"gate.{path}"].values.astype(np.float64)
        low, high = hist.attrs["range"]
        edges = np.linspace(low, high, 51)
        edges[[0, -1]] += (-1e-9, 1e-9)
        for k in (0, 2):
            for channel in (0, 2):
                own = gates[k == LABELS, channel]
                assert np.array_equal(hist.values[k, channel], np.histogram(own, edges)[0])
        assert hist.values[1].sum() == 0
    assert ds["hist.a.se"].attrs["range"] == [0, 1]
    assert ds["hist.b.se"].attrs["range"] == [values_of()["b.se"].min(), values_of()["b.se"].max()]


def test_shares_of_saturated_gates_can_be_read_from_whole_bins(store):
    ds = open_store(store)
    hist, gates = ds["hist.a.se"].values.sum((0, 1)), ds["gate.a.se"].values[20:]
    assert hist[:5].sum() == (gates < 0.1).sum()
    assert hist[45:].sum() == (gates > 0.9).sum()


def test_opening_is_lazy(store):
    ds = open_store(store)
    for name in ds.data_vars.keys() - {"count"}:
        assert not ds[name].variable._in_memory
    piece = ds["gate.a.se"][300:310, 5]
    assert not piece.variable._in_memory
    read = ds["gate.a.se"][300:310, 5].values
    assert read.shape == (10,)


def test_what_is_read_is_not_kept(store, tmp_path):
    copy = shutil.copytree(store, tmp_path / "copy.zarr")
    ds = open_store(copy)
    assert np.isfinite(ds["gate.a.se"].values).all()
    shutil.rmtree(copy / "gate.a.se" / "c")
    assert np.isnan(ds["gate.a.se"].values).all()


def test_one_slice_reads_one_chunk(store, tmp_path):
    copy = shutil.copytree(store, tmp_path / "copy.zarr")
    ds = open_store(copy)
    for chunk in (copy / "gate.a.se" / "c").iterdir():
        if chunk.name != "1":
            shutil.rmtree(chunk)
            chunk.write_bytes(b"not a folder: reading it would fail")
    read = ds["gate.a.se"][256:512].values
    assert np.array_equal(read, open_store(store)["gate.a.se"].values[256:512])


def test_processes_share_no_chunk_of_what_they_write(store):
    """Each fills whole chunks of 256 samples; what has larger ones is written by one alone."""
    shapes = {
        name: json.loads((store / name / "zarr.json").read_text())["chunk_grid"]["configuration"]
        for name in ("gate.a.se", "gate.b.se", "logits")
    }
    assert {shape["chunk_shape"][0] for shape in shapes.values()} == {256}


def test_variables_come_in_the_networks_order(store):
    ds = open_store(store)
    assert gates_of(ds) == list(GATES)
    assert [str(name) for name in ds.data_vars][:5] == [
        *("gate.a.se", "mean.a.se", "std.a.se", "hist.a.se"),
        "gate.b.se",
    ]
    assert set(ds.coords) == {"class", "label", "path"}
    assert [str(path) for path in ds["path"].values[:2]] == ["0é.png", "1é.png"]
    assert store_name(ds) == "net · data · random weights"


def test_a_class_is_one_slice(store):
    ds = open_store(store)
    assert [class_slice(ds, k) for k in range(3)] == [
        slice(20, 320),
        slice(320, 320),
        slice(320, 600),
    ]


def test_unreadable_images_are_dropped_and_named(tmp_path):
    broken = (0, 5, 258, 599)
    ds = open_store(write(tmp_path / "broken.zarr", values_of(), broken=broken))
    kept = [i for i in range(len(LABELS)) if i not in broken]
    assert ds.sizes["sample"] == 596
    assert not ds["gate.a.se"].variable._in_memory
    assert np.abs(ds["gate.a.se"].values - values_of()["a.se"][kept]).max() <= 7.7e-6
    assert np.array_equal(ds["label"].values, LABELS[kept])
    assert ds["count"].values.tolist() == [299, 0, 279]
    assert json.loads(ds.attrs["skipped"]) == {f"{i}é.png": "no image" for i in broken}
    assert ds["hist.a.se"].values.sum() == (299 + 279) * 600
    assert "valid" not in ds.variables


def test_plain_xarray_reads_a_store_too(store):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ds = xr.open_zarr(store, chunks=None, consolidated=False)
        ours = open_store(store)
    np.testing.assert_allclose(ds["gate.a.se"].values, ours["gate.a.se"].values, atol=1e-7)


def test_a_store_is_not_there(tmp_path):
    with pytest.raises(StoreError, match=r"nothing\.zarr is not there; make it with"):
        open_store(tmp_path / "nothing.zarr")


@pytest.mark.parametrize("content", ["", "[]", '{"attributes": {}}', '{"attributes": null}'])
def test_a_path_is_no_store(tmp_path, content):
    (tmp_path / "zarr.json").write_text(content)
    with pytest.raises(StoreError, match="is no store"):
        open_store(tmp_path)


def test_a_file_is_no_store(tmp_path):
    (tmp_path / "file").write_text("text")
    with pytest.raises(StoreError, match="is no store"):
        open_store(tmp_path / "file")


def test_a_half_written_store_says_how_to_finish_it(tmp_path):
    write(tmp_path / "half.zarr", values_of(), finish=False)
    with pytest.raises(StoreError, match=r"half-written; run the command .* again, or"):
        open_store(tmp_path / "half.zarr")


def test_a_newer_format_is_refused(store, tmp_path):
    copy = shutil.copytree(store, tmp_path / "newer.zarr")
    set_attributes(copy, format_version=2)
    with pytest.raises(StoreError, match="format 2, newer than this version's 1; update"):
        open_store(copy)


@pytest.mark.parametrize("name", ["logits", "mean.b.se", "class", "label"])
def test_a_store_that_lost_a_variable_is_damaged(store, tmp_path, name):
    copy = shutil.copytree(store, tmp_path / "damaged.zarr")
    shutil.rmtree(copy / name)
    with pytest.raises(StoreError, match=rf"is damaged \(it has no '{name}'\); delete it"):
        open_store(copy)


def test_stores_are_found_and_other_groups_are_not(store, tmp_path):
    shutil.copytree(store, tmp_path / "run" / "b.zarr")
    write(tmp_path / "half.zarr", values_of(), finish=False)
    xr.Dataset({"x": ("t", [1])}).to_zarr(tmp_path / "run" / "gates.zarr", consolidated=False)
    assert find_stores(tmp_path) == [tmp_path / "half.zarr", tmp_path / "run" / "b.zarr"]
    assert find_stores(tmp_path / "run" / "b.zarr") == [tmp_path / "run" / "b.zarr"]
    assert find_stores(tmp_path / "nowhere") == []


def test_the_synthetic_stores_of_other_tests_have_the_same_form(tmp_path):
    ours = synthetic_store(per_class=5)
    read = open_store(write_store(ours, tmp_path / "s.zarr"))
    assert gates_of(read) == gates_of(ours)
    xr.testing.assert_allclose(read.load(), ours, atol=1e-6)
