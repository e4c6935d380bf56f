"""Networks are left as they were, whatever happens."""

import numpy as np
import pytest
import torch
from torch import nn

from analysis import attribution
from senet_core.errors import InputError
from tests.analysis.attribution.nets import Function, Raising, gated, image, small


def of_gates(model, x, **words):
    path = next(name for name, module in model.named_modules() if name.endswith("se"))
    return attribution.gate_attribution(model, x, path, [0.5] * 6, **words)


METHODS = {
    "integrated_gradients": attribution.integrated_gradients,
    "grad_cam": attribution.grad_cam,
    "occlusion": attribution.occlusion,
    "input_x_gradient": attribution.input_x_gradient,
    "gates": of_gates,
}


def state(model):
    """What must be as before: modes, flags, gradients, hooks and values."""
    hooks = [
        (len(m._forward_hooks), len(m._forward_pre_hooks), len(m._backward_hooks), m.training)
        for m in model.modules()
    ]
    flags = [(p.requires_grad, p.grad is None) for p in model.parameters()]
    return hooks, flags, {name: t.clone() for name, t in model.state_dict().items()}


def assert_unchanged(before, model):
    after = state(model)
    assert after[:2] == before[:2]
    for name, value in before[2].items():
        assert torch.equal(value, after[2][name]), name


def mixed(model):
    """Training, but for one part, and one parameter frozen."""
    model.train()
    model.mean.eval()
    next(model.parameters()).requires_grad_(False)
    model.stem.register_forward_hook(lambda *_: None)
    return model


@pytest.mark.parametrize("name", METHODS)
def test_the_network_is_left_as_it_was(name):
    model, x = mixed(gated()), image()
    model.drop = nn.Dropout(0.5)
    before = state(model)
    first = METHODS[name](model, x, target=1)
    assert_unchanged(before, model)
    again = METHODS[name](model, x, target=1)  # in eval mode, so nothing is random
    for kept in ("map", "raw"):
        if hasattr(first, kept):
            np.testing.assert_array_equal(getattr(first, kept), getattr(again, kept))
    assert not x.requires_grad


@pytest.mark.parametrize("after", [0, 1, 2, 3])
@pytest.mark.parametrize("name", METHODS)
def test_nothing_is_left_behind_where_the_network_raises(name, after):
    model = Raising(mixed(gated()), after)
    before = state(model)
    try:
        METHODS[name](model, image(), target=1)
    except ZeroDivisionError:
        assert_unchanged(before, model)
    else:  # one pass for the logit, one for the gradient, and one to find Grad-CAM's layer
        assert after >= {"input_x_gradient": 2, "grad_cam": 3}[name]


@pytest.mark.parametrize("off", [torch.no_grad, torch.inference_mode])
@pytest.mark.parametrize("name", METHODS)
def test_the_caller_may_have_switched_gradients_off(name, off):
    model, x = gated().eval(), image()
    expected = METHODS[name](model, x, target=1)
    with off():
        found = METHODS[name](model, x, target=1)
        assert not torch.is_grad_enabled()
    if name == "gates":
        assert found.table.equals(expected.table)
    else:
        np.testing.assert_array_equal(found.map, expected.map)


def test_frozen_networks_are_explained():
    model, x = gated(), image()
    expected = {name: method(model, x, target=1) for name, method in METHODS.items()}
    model.requires_grad_(False)
    for name, method in METHODS.items():
        found = method(model, x, target=1)
        if name == "gates":
            np.testing.assert_allclose(found.table, expected[name].table, atol=1e-6)
        else:
            np.testing.assert_allclose(found.map, expected[name].map, atol=1e-6)
    assert not any(p.requires_grad for p in model.parameters())


def test_the_predicted_class_is_the_default():
    model, x = small().eval(), image()
    logits = model(x[None])[0]
    found = attribution.input_x_gradient(model, x)
    assert found.target == int(logits.argmax())
    assert found.logit == pytest.approx(logits.max().item(), abs=1e-6)
    batched = attribution.input_x_gradient(model, x[None])
    np.testing.assert_array_equal(found.map, batched.map)


@pytest.mark.parametrize(
    ("model", "x", "words", "sentence"),
    [
        (small(), image()[0], {}, r"one image \(C, H, W\).*not \(8, 8\)"),
        (small(), torch.zeros(2, 3, 8, 8), {}, "one image"),
        (small(), torch.zeros(3, 8, 8, dtype=torch.uint8), {}, "not .* of torch.uint8"),
        (small(), image(channels=1), {}, r"cannot take an image of shape \(1, 8, 8\)"),
        (small(), torch.full((3, 8, 8), torch.nan), {}, "not finite"),
        (small(), image(), {"target": 4}, "no class 4; choose from 0 to 3"),
        (small(), image(), {"target": -1}, "no class -1"),
        (nn.Conv2d(3, 4, 1), image(), {}, r"puts out \(1, 4, 8, 8\), not logits"),
        (Function(lambda x: (x, x)), image(), {}, "puts out tuple, not logits"),
    ],
)
def test_what_does_not_fit_is_refused(model, x, words, sentence):
    for name in ("integrated_gradients", "grad_cam", "occlusion", "input_x_gradient"):
        with pytest.raises(InputError, match=sentence):
            METHODS[name](model, x, **words)


def test_networks_without_gradients_are_refused_by_name():
    cut = Function(lambda x: x.detach().flatten(1)[:, :4])
    for method in (attribution.integrated_gradients, attribution.input_x_gradient):
        with pytest.raises(InputError, match=r"no gradient flows.*use occlusion"):
            method(cut, image())


def test_networks_that_overwrite_what_gradients_need_are_refused_by_name():
    def spoiling(x):
        y = x.flatten(1)[:, :4].sigmoid()
        y += 1  # its gradient needs the sigmoid's output
        return y

    for method in (attribution.integrated_gradients, attribution.input_x_gradient):
        with pytest.raises(InputError, match="changes in place what its gradient needs"):
            method(Function(spoiling), image())
    assert attribution.occlusion(Function(spoiling), image()).map.any()


def test_other_faults_keep_their_traceback():
    model = Raising(small(), 1)
    with pytest.raises(ZeroDivisionError, match="on purpose"):
        attribution.integrated_gradients(model, image())
