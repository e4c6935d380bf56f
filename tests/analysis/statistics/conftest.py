"""A store of classes of all sizes, among them an empty one and one with a single image."""

import numpy as np
import pytest
import xarray as xr

from tests.synthetic import gate_variables, synthetic_store

PER_CLASS = (30, 41, 0, 17, 25, 33, 2, 40, 1, 60)


@pytest.fixture(scope="module")
def store() -> xr.Dataset:
    return synthetic_store(per_class=PER_CLASS)


def with_gate(store: xr.Dataset, values: np.ndarray, gate: str = "layer2.0.se") -> xr.Dataset:
    """The store with other values in a gate, and moments to match."""
    variables = gate_variables(gate, values, store["label"].values, store.sizes["class"])
    return store.assign(variables)
