"""Attributions to the gates of a block."""

import numpy as np
import pytest
import timm
import torch
import torchvision
from captum.attr import LayerIntegratedGradients

from analysis import find_gates, record_gates
from analysis.attribution import gate_attribution, mean_gates
from senet_core import SEConfig, create_model
from senet_core.errors import InputError
from tests.analysis.attribution.nets import gated, image, small
from tests.synthetic import synthetic_store


def gates_of(model, x, path):
    with torch.no_grad(), record_gates(model.eval()) as gates:
        model(x[None])
    return gates[path][0].numpy()


def test_where_logits_are_linear_in_the_gates_each_has_its_weight():
    model, x = gated(), image()
    baseline = np.linspace(0.1, 0.9, 6)
    found = gate_attribution(model, x, "se", baseline, target=3)
    table = found.table
    own = gates_of(model, x, "se")
    maps = model.stem(x[None]).detach().mean((0, 2, 3)).numpy()
    expected = model.fc.weight[3].detach().numpy() * maps * (own - baseline)
    np.testing.assert_allclose(table["attribution"], expected, atol=1e-6)
    np.testing.assert_allclose(table["gate"], own, atol=1e-6)
    np.testing.assert_allclose(table["class_mean"], baseline)
    assert table["channel"].tolist() == list(range(6))
    order = table.sort_values("rank")["attribution"].abs().to_numpy()
    assert sorted(table["rank"]) == [1, 2, 3, 4, 5, 6]
    assert (np.diff(order) <= 0).all()
    sums = found.completeness
    assert found.logit == pytest.approx(model(x[None])[0, 3].item(), abs=1e-6)
    assert sums.baseline_logit == pytest.approx(found.logit - expected.sum(), abs=1e-5)
    assert sums.reached
    assert (found.gate.path, found.target) == ("se", 3)


def with_gates(model, x, source, gates):
    """The network's logits with these gates in one block."""
    handle = model.get_submodule(source).register_forward_hook(
        lambda module, inputs, output: torch.as_tensor(gates, dtype=torch.float32).view_as(output)
    )
    with handle, torch.no_grad():
        return model(x[None])[0]


MODELS = {
    "ours": lambda: create_model("se_cifar_resnet20", 10),
    "pre-activation": lambda: create_model("se_resnet18", 10, se=SEConfig(placement="pre")),
    "torchvision": lambda: torchvision.models.mobilenet_v3_small(weights=None, num_classes=10),
    "timm": lambda: timm.create_model("seresnet18", num_classes=10),
}


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("place", [0, -1])
def test_attributions_add_up_to_what_the_gates_change(name, place):
    torch.manual_seed(0)
    model, x = MODELS[name]().eval(), image(32)
    gates = [*find_gates(model).values()]
    gate = gates[place]
    baseline = np.clip(gates_of(model, x, gate.path) - 0.3, 0, None)
    found = gate_attribution(model, x, gate.path, baseline, target=4)
    whole = model(x[None])[0, 4].item()
    less = with_gates(model, x, gate.source, baseline)[4].item()
    sums = found.completeness
    assert sums.difference == pytest.approx(whole - less, rel=1e-3, abs=1e-6)
    assert found.table["attribution"].sum() == pytest.approx(whole - less, rel=0.011, abs=1e-6)
    assert sums.reached or sums.exhausted


def test_it_equals_layer_integrated_gradients_from_another_image():
    torch.manual_seed(0)
    model, x, other = create_model("se_cifar_resnet20", 10).eval(), image(32), image(32, seed=5)
    gate = find_gates(model)["layer2.1.se"]
    found = gate_attribution(model, x, gate.path, gates_of(model, other, gate.path), target=2)
    peer = LayerIntegratedGradients(model, model.get_submodule(gate.source)).attribute(
        x[None], other[None], target=2, n_steps=found.completeness.steps
    )
    np.testing.assert_allclose(found.table["attribution"], peer[0].detach(), atol=1e-6)


def test_this_image_s_own_gates_change_nothing():
    model, x = gated(), image()
    found = gate_attribution(model, x, "se", gates_of(model, x, "se"))
    assert found.completeness.difference == pytest.approx(0, abs=1e-6)
    np.testing.assert_allclose(found.table["attribution"], 0, atol=1e-6)


def test_mean_gates_are_the_store_s():
    store = synthetic_store(per_class=(5, 0, 9, 3, 3, 3, 3, 3, 3, 3))
    path = "layer2.0.se"
    values, labels = store[f"gate.{path}"].values, store["label"].values
    np.testing.assert_allclose(mean_gates(store, path, 2), values[labels == 2].mean(0), atol=1e-6)
    np.testing.assert_allclose(mean_gates(store, path, None), values.mean(0), atol=1e-6)
    with pytest.raises(InputError, match="no images of class 1"):
        mean_gates(store, path, 1)
    for absent in (-1, 10):
        with pytest.raises(InputError, match=f"no class {absent}; choose from 0 to 9"):
            mean_gates(store, path, absent)
    with pytest.raises(InputError, match="no gate 'layer9'"):
        mean_gates(store, "layer9", 2)
    with pytest.raises(InputError, match="it is a baseline"):
        mean_gates(synthetic_store(gates=()), path, 2)


@pytest.mark.parametrize(
    ("model", "path", "baseline", "sentence"),
    [
        (small(), "se", [0.5], "no gates \\(it is a baseline\\)"),
        (gated(), "se2", [0.5] * 6, "no gate 'se2'; choose from se"),
        (gated(), "se", [0.5] * 5, r"each of the 6 gates of se, not shape \(5,\)"),
        (gated(), "se", [np.nan] * 6, "must have a finite number"),
        (gated(), "se", [[0.5] * 6], r"not shape \(1, 6\)"),
    ],
)
def test_what_does_not_fit_is_refused(model, path, baseline, sentence):
    with pytest.raises(InputError, match=sentence):
        gate_attribution(model, image(), path, baseline)


def test_gates_that_never_run_have_no_attribution():
    model = gated()
    model.forward = lambda x: model.fc(model.flat(model.mean(model.stem(x))))
    with pytest.raises(InputError, match="se never ran"):
        gate_attribution(model, image(), "se", [0.5] * 6)


def test_a_block_that_runs_twice_with_other_gates_cannot_be_set():
    model = gated()

    def twice(x):
        u = model.se(model.stem(x))
        return model.fc(model.flat(model.mean(model.se(u + 1))))

    model.forward = twice
    with pytest.raises(InputError, match="are not the same each time"):
        gate_attribution(model, image(), "se", [0.5] * 6)
