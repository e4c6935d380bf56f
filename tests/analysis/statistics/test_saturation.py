"""Shares and dead channels of hand-made gates."""

import numpy as np
import pytest
import xarray as xr

from analysis.statistics.saturation import dead_channels, saturation, saturation_intervals
from senet_core.errors import InputError
from tests.synthetic import gate_variables, synthetic_store

GATE = "layer1.0.se"


def store(values: np.ndarray, labels: np.ndarray) -> xr.Dataset:
    """A store whose one gate has the values (N, C)."""
    ds = synthetic_store(classes=("a", "b"), per_class=len(labels) // 2, gates=[(GATE, 4)])
    own = gate_variables(GATE, values.astype(np.float32), labels, 2)
    return ds.assign(own)


@pytest.fixture
def made() -> xr.Dataset:
    labels = np.repeat([0, 1], 10)
    values = np.full((20, 4), 0.5)
    values[:, 0] = 0.05  # shut, always the same
    values[:, 1] = np.linspace(0.92, 0.99, 20)  # open, and it varies
    values[:5, 2] = 0.95
    return store(values, labels)


def test_shares_are_counted_by_hand(made):
    table = saturation(made, GATE)
    assert table["low"].tolist() == [1, 0, 0, 0]
    assert table["high"].tolist() == [0, 1, 0.25, 0]


def test_channels_that_say_the_same_for_every_image(made):
    table = dead_channels(made, GATE)
    assert table["never_opens"].tolist() == [True, False, False, False]
    assert table["never_shuts"].tolist() == [False, True, False, False]
    assert table["never_varies"].tolist() == [True, False, False, True]


def test_unlabelled_images_count_too(made):
    bare = made.assign_coords(label=("sample", np.full(20, -1)))
    bare["count"] = xr.zeros_like(made["count"])
    for kind in ("mean", "std"):
        bare[f"{kind}.{GATE}"] = made[f"{kind}.{GATE}"] * np.nan
    bare[f"hist.{GATE}"] = xr.zeros_like(made[f"hist.{GATE}"])
    assert saturation(bare, GATE).equals(saturation(made, GATE))
    assert dead_channels(bare, GATE).equals(dead_channels(made, GATE))


def test_the_share_has_its_interval(made):
    low, high = saturation_intervals(made, GATE)
    assert (low.value, low.low, low.high) == pytest.approx((0.25, 0.25, 0.25))
    assert high.value == pytest.approx(0.25 + 0.25 / 4)
    assert high.low < high.value < high.high


def test_bounds_are_needed(made):
    made.attrs["gates"] = made.attrs["gates"].replace('"bounded": true', '"bounded": false')
    for of in (saturation, saturation_intervals, dead_channels):
        with pytest.raises(InputError, match="which cannot saturate"):
            of(made, GATE)
