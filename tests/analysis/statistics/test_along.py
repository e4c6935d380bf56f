"""Statistics that come gate by gate are those that come all at once."""

import numpy as np
import pandas as pd
import pytest

from analysis import statistics
from analysis.statistics.along import (
    cka_along,
    probe_along,
    saturation_along,
    shared_gates,
    spread_by_depth,
)
from senet_core.errors import InputError
from tests.synthetic import GATES, synthetic_store

NAMES = ["label", "path", "depth"]


@pytest.fixture(scope="module")
def store():
    return synthetic_store(seed=1)


def test_spread_and_saturation_are_those_of_the_profile(store):
    profile = statistics.profile_by_depth(store)
    columns = [*NAMES, "between", "within"]
    pd.testing.assert_frame_equal(spread_by_depth(store), profile[columns])
    rows = pd.DataFrame(list(saturation_along(store)))
    pd.testing.assert_frame_equal(rows, profile[[*NAMES, "low", "high"]])


def test_the_probe_is_that_of_all_gates(store):
    rows = pd.DataFrame(list(probe_along(store, most=200)))
    whole = statistics.probe_by_depth(store, per_class=20)
    pd.testing.assert_frame_equal(rows, whole[rows.columns])
    assert (rows["images"] == 200).all()


def test_the_probe_takes_five_of_each_class_at_least(store):
    rows = list(probe_along(store.isel(sample=slice(None)), most=1))
    assert {row["per_class"] for row in rows} == {5}


def test_cka_is_of_the_gates_at_the_same_place(store):
    gates = (*GATES[:2], ("layer2.1.se", 8), GATES[3])
    other = synthetic_store(seed=2, gates=gates)
    assert [gate.label for gate, _ in shared_gates(store, other)] == ["SE_1_1", "SE_1_2", "SE_3_2"]
    rows = list(cka_along(store, other, most=300))
    assert [(row["label"], row["depth"]) for row in rows] == [
        ("SE_1_1", 1),
        ("SE_1_2", 2),
        ("SE_3_2", 4),
    ]
    path = "layer3.1.se"
    wanted = statistics.cka(store, path, other, path, debiased=True, most=300)
    assert rows[-1]["cka"] == pytest.approx(wanted)
    assert np.isfinite(wanted)


def test_different_images_have_no_cka(store):
    with pytest.raises(InputError, match="different images"):
        list(cka_along(store, synthetic_store(per_class=3), most=100))
