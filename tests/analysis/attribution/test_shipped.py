"""The shipped networks: every method holds on trained weights."""

from pathlib import Path

import numpy as np
import pytest
import torch

from analysis import find_gates, open_store
from analysis.attribution import METHODS, gate_attribution, mean_gates, side_by_side
from senet_core import load_checkpoint

DEMO = Path(__file__).resolve().parents[3] / "dashboard" / "demo"


def drawn(channels, side):
    """Something like a photograph: smooth light with a bright box, normalised."""
    rows, columns = torch.meshgrid(*[torch.linspace(-1, 1, side)] * 2, indexing="ij")
    light = 0.6 * rows + 0.4 * torch.sin(7 * columns)
    light[side // 4 : side // 2, side // 3 : 2 * side // 3] += 1.5
    return light.expand(channels, -1, -1).clone()


@pytest.mark.parametrize("data", ["fashion_mnist", "imagenette"])
def test_the_shipped_pairs_are_explained_completely(data):
    names = {"fashion_mnist": "cifar_resnet20", "imagenette": "resnet50"}[data]
    loaded = [load_checkpoint(DEMO / f"{se}{names}.{data}.safetensors") for se in ("se_", "")]
    models = tuple(model for model, _ in loaded)
    known = loaded[0][1]
    x = drawn(known["in_chans"], known["input_size"])
    methods = METHODS if data == "fashion_mnist" else METHODS[:2]
    found = side_by_side(models, (x, x), methods=methods)
    assert tuple(found) == methods
    for own in found["integrated_gradients"]:
        assert own.completeness.reached, own.completeness
    for pair in found.values():
        for own in pair:
            assert own.map.shape == x.shape[1:]
            assert np.isfinite(own.map).all()
            assert own.map.any()


@pytest.mark.parametrize("label", ["SE_2_1", "SE_4_6", "SE_5_3"])
def test_the_gates_of_the_shipped_network_are_explained_from_its_store(label):
    model, known = load_checkpoint(DEMO / "se_resnet50.imagenette.safetensors")
    store = open_store(DEMO / "se_resnet50.imagenette.zarr")
    gate = next(gate for gate in find_gates(model).values() if gate.label == label)
    baseline = mean_gates(store, gate.path, 7)
    x = drawn(3, known["input_size"])
    found = gate_attribution(model, x, gate.path, baseline, target=7)
    assert found.completeness.reached or found.completeness.exhausted
    assert len(found.table) == gate.channels
    np.testing.assert_allclose(found.table["class_mean"], baseline)
    total = found.table["attribution"].sum()
    assert total == pytest.approx(found.completeness.difference, rel=0.01, abs=1e-5)
