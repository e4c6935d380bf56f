"""The spread between class means after each epoch, by hand."""

import numpy as np
import pytest
import xarray as xr

from analysis.evolution import create_evolution, open_evolution, write_epoch
from analysis.naming import Gate
from analysis.statistics import evolution
from analysis.statistics.evolution import spread_by_epoch

GATES = {
    "layer1.0.se": Gate("layer1.0.se", "se", 2, 1, 1, "SE_1_1"),
    "layer2.0.se": Gate("layer2.0.se", "se", 3, 2, 1, "SE_2_1"),
}


@pytest.fixture
def recorded(tmp_path) -> xr.Dataset:
    """Three epochs of four, of three classes, of which the last has no images."""
    create_evolution(tmp_path, GATES, ["a", "b", "c"], 4)
    for epoch in (1, 2, 4):
        first = np.array([[0.5, 0.5], [0.5 + 0.1 * epoch, 0.5], [np.nan, np.nan]], np.float32)
        second = np.full((3, 3), 0.25, np.float32)
        second[2] = np.nan
        write_epoch(tmp_path, epoch, {"layer1.0.se": first, "layer2.0.se": second})
    return open_evolution(tmp_path)


def test_it_is_the_deviation_between_class_means(recorded):
    table = spread_by_epoch(recorded)
    assert table["epoch"].tolist() == [1, 1, 2, 2, 4, 4]
    assert table["label"].tolist() == ["SE_1_1", "SE_2_1"] * 3
    # Two classes 0.1 e apart in one channel of two: deviation 0.05 e there, 0 in the other.
    first = table[table["depth"] == 1]
    wanted = 0.05 * first["epoch"] / np.sqrt(2)
    np.testing.assert_allclose(first["between"], wanted, rtol=1e-5)
    np.testing.assert_allclose(first["mean"], 0.5 + 0.025 * first["epoch"], rtol=1e-5)
    assert table.loc[table["depth"] == 2, "between"].tolist() == [0, 0, 0]


def test_blocks_of_epochs_are_no_different(recorded, monkeypatch):
    whole = spread_by_epoch(recorded)
    monkeypatch.setattr(evolution, "_VALUES", 7)
    assert spread_by_epoch(recorded).equals(whole)


def test_one_class_has_no_spread(recorded):
    table = spread_by_epoch(recorded.isel({"class": [0, 2]}))
    assert table["between"].isna().all()
    assert table["mean"].notna().all()
