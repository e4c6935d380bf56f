"""Blocks of a gate, put together, are the gate."""

import numpy as np
import pytest

from analysis import open_store
from analysis.stream import stream_gate
from senet_core import InputError
from tests.synthetic import synthetic_store, write_store

GATE = "layer3.1.se"  # of 64 channels


@pytest.fixture(scope="module")
def memory():
    return synthetic_store(per_class=[70, 0, 500, 30, 1, 9, 20, 100, 3, 7])


@pytest.mark.parametrize("block", [None, 1, 100, 256, 5000])
def test_blocks_follow_one_another_and_hold_the_whole_gate(memory, tmp_path, block):
    ds = open_store(write_store(memory, tmp_path / "s.zarr"))
    places, values = zip(*stream_gate(ds, GATE, block=block), strict=True)
    assert [place.start for place in places] == [0, *(place.stop for place in places[:-1])]
    assert places[-1].stop == 740
    assert [len(own) for own in values] == [place.stop - place.start for place in places]
    assert {own.dtype.name for own in values} == {"float32"}
    assert np.array_equal(np.concatenate(values), ds[f"gate.{GATE}"].values)
    np.testing.assert_allclose(np.concatenate(values), memory[f"gate.{GATE}"].values, atol=1e-6)


def test_some_samples_of_a_store_in_memory(memory):
    some = memory.isel(sample=[3, 700, 5])
    ((place, values),) = stream_gate(some, GATE)
    assert place == slice(0, 3)
    assert np.array_equal(values, memory[f"gate.{GATE}"].values[[3, 700, 5]])


def test_a_block_is_the_readers_to_keep(memory, tmp_path):
    ds = open_store(write_store(memory, tmp_path / "s.zarr"))
    whole = ds[f"gate.{GATE}"].values
    for place, values in stream_gate(ds, GATE, block=200):
        assert np.array_equal(values, whole[place])
        values[:] = -1
    assert np.array_equal(ds[f"gate.{GATE}"].values, whole)


def test_a_gate_that_is_not_there_is_named(memory):
    with pytest.raises(InputError, match=r"no gate 'x'; choose from .* layer1\.0\.se, layer1"):
        stream_gate(memory, "x")
    with pytest.raises(InputError, match=r"no gate 'x'; .*: it has none"):
        stream_gate(synthetic_store(gates=()), "x")
