"""Every way to index a stored array gives what NumPy gives, with and without compression."""

import shutil

import numpy as np
import pytest
import xarray as xr
import zarr
from hypothesis import given, settings
from hypothesis import strategies as st
from xarray.core import indexing

from analysis.lazy import StoredArray
from senet_core import InputError

N, C = 70, 23  # with chunks of 16 x 5, whose last ones are not full
SCALE = 1 / 65534
CODES = np.random.default_rng(0).integers(0, 65535, (N, C)).astype(np.uint16)
CODES[37] = 65535
FLOATS = np.random.default_rng(1).normal(0, 3, (N, C)).astype(np.float32)
DECODED = np.where(CODES == 65535, np.nan, CODES.astype(np.float32) * np.float32(SCALE))


@pytest.fixture(scope="module")
def arrays(tmp_path_factory):
    """Name to an array as xarray holds it and what it should hold."""
    root, held = tmp_path_factory.mktemp("arrays"), {}
    for name, values in {"codes": CODES, "floats": FLOATS}.items():
        for compressors in (None, "auto"):
            path = root / f"{name}-{compressors}"
            coding = {"scale_factor": SCALE, "_FillValue": 65535} if name == "codes" else {}
            zarr.create_array(
                path,
                data=values,
                chunks=(16, 5),
                compressors=compressors,
                fill_value=65535 if name == "codes" else np.nan,
                dimension_names=("sample", "channel"),
                attributes=coding,
            )
            lazy = StoredArray(path)
            variable = xr.Variable(lazy.dims, indexing.LazilyIndexedArray(lazy))
            held[path.name] = variable, DECODED if name == "codes" else FLOATS
    return held


NAMES = [f"{name}-{way}" for name in ("codes", "floats") for way in (None, "auto")]


def keys(size):
    place = st.integers(-size, size - 1)
    edge = st.none() | st.integers(-size - 3, size + 3)
    backwards = st.sampled_from([slice(None, None, -1), slice(size - 2, 3, -3)])
    return (
        place
        | st.builds(slice, edge, edge, st.sampled_from([None, 1, 2, 7]))
        | backwards
        | st.lists(place, max_size=12).map(lambda places: np.array(places, np.int64))
        | st.lists(st.booleans(), min_size=size, max_size=size).map(np.array)
    )


@pytest.mark.parametrize("name", NAMES)
@settings(deadline=None, max_examples=60)
@given(rows=keys(N), columns=keys(C))
def test_what_is_read_equals_numpy(arrays, name, rows, columns):
    variable, values = arrays[name]
    read = variable[{"sample": rows}][{"channel": columns}]  # composed before it is read
    wanted = values[rows][..., columns]
    assert not read._in_memory
    assert read.dtype == np.float32
    assert read.values.shape == wanted.shape
    assert np.array_equal(read.values, wanted.astype(np.float32), equal_nan=True)


def test_what_is_stored_can_be_read_undecoded(arrays, tmp_path_factory):
    for name in ("codes-None", "codes-auto"):
        path = arrays[name][0]._data.array._path
        raw = StoredArray(path, decoded=False).rows(np.array([69, 37, 3, 4]), slice(4, 11))
        assert raw.dtype == np.uint16
        assert np.array_equal(raw, CODES[[69, 37, 3, 4], 4:11])


@pytest.mark.parametrize("name", NAMES)
def test_a_chunk_that_is_not_there_is_missing(arrays, tmp_path, name):
    variable, values = arrays[name]
    copy = shutil.copytree(variable._data.array._path, tmp_path / name)
    (copy / "c" / "1" / "2").unlink()
    read = StoredArray(copy).rows(np.arange(N), slice(0, C))
    expected = values.astype(np.float32)
    expected[16:32, 10:15] = np.nan
    assert np.array_equal(read, expected, equal_nan=True)


def test_a_chunk_that_was_cut_is_damage(arrays, tmp_path):
    copy = shutil.copytree(arrays["floats-None"][0]._data.array._path, tmp_path / "cut")
    file = copy / "c" / "1" / "2"
    file.write_bytes(file.read_bytes()[:-4])
    with pytest.raises(InputError, match=r"c/1/2 is damaged; delete the store and collect it anew"):
        StoredArray(copy).rows(np.arange(N), slice(0, C))
