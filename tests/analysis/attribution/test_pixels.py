"""Attributions to pixels, against sums by hand and loops."""

import numpy as np
import pytest
import torch
from torch import nn

from analysis.attribution import input_x_gradient, integrated_gradients, occlusion
from analysis.attribution.integral import FIRST_STEPS
from senet_core import create_model
from senet_core.errors import InputError
from tests.analysis.attribution.nets import Function, image, linear, small


def weights(model, target, shape):
    return model[1].weight[target].detach().reshape(shape)


def test_integrated_gradients_of_a_linear_network_are_input_times_weights():
    model, x = linear(), image(4)
    found = integrated_gradients(model, x, target=2)
    np.testing.assert_allclose(found.raw, x * weights(model, 2, x.shape), atol=1e-6)
    np.testing.assert_allclose(found.map, found.raw.sum(0), atol=1e-6)
    assert found.map.dtype == found.raw.dtype == np.float32
    assert (found.method, found.target) == ("integrated_gradients", 2)
    assert found.logit == pytest.approx(model(x[None])[0, 2].item(), abs=1e-6)
    assert found.completeness.baseline_logit == pytest.approx(model[1].bias[2].item(), abs=1e-6)
    assert found.map.min() < 0 < found.map.max()


def test_the_path_begins_at_the_baseline():
    model, x, black = linear(), image(4), image(4, seed=9)
    for baseline in (black, black[None], -2.0):
        found = integrated_gradients(model, x, target=1, baseline=baseline)
        expected = (x - torch.as_tensor(baseline)).reshape(3, 4, 4) * weights(model, 1, x.shape)
        np.testing.assert_allclose(found.raw, expected, atol=1e-6)


def test_input_times_gradient_is_the_derivative_at_the_image():
    model, x = small().eval(), image()
    leaf = x[None].clone().requires_grad_()
    (gradient,) = torch.autograd.grad(model(leaf)[0, 3], leaf)
    found = input_x_gradient(model, x, target=3)
    np.testing.assert_allclose(found.raw, x * gradient[0], atol=1e-6)
    assert found.completeness is None


@pytest.mark.parametrize("name", ["se_cifar_resnet20", "cifar_resnet20", "se_resnet18"])
def test_attributions_add_up_to_the_difference_of_logits(name):
    torch.manual_seed(0)
    model, x = create_model(name, 10).eval(), image(32)
    found = integrated_gradients(model, x)
    sums = found.completeness
    with torch.no_grad():
        logits = model(torch.stack([x, torch.zeros_like(x)]))[:, found.target]
    assert found.target == int(model(x[None]).argmax())
    assert sums.difference == pytest.approx(float(logits[0] - logits[1]), rel=1e-4)
    assert float(found.raw.astype(np.float64).sum()) - sums.difference == pytest.approx(
        sums.delta, abs=1e-6
    )
    assert sums.reached
    assert sums.share < 0.01
    assert abs(sums.delta) < 0.01 * abs(sums.difference)


def steep(x):
    """Two logits, the first of which rises all at once when the pixels pass 0.3."""
    rise = torch.sigmoid(300 * (x.mean((1, 2, 3)) - 0.3))
    return torch.stack([rise, -rise], 1)


def test_steps_are_doubled_until_the_sum_holds():
    found = integrated_gradients(Function(steep), torch.ones(1, 4, 4), target=0)
    assert found.completeness.reached
    assert found.completeness.steps > FIRST_STEPS
    steps = [FIRST_STEPS]
    while steps[-1] < found.completeness.steps:
        steps.append(2 * steps[-1])
    assert found.passes == 1 + 2 + sum(steps)  # the logit, both ends, and every attempt


def test_where_the_bound_is_met_first_it_is_said():
    found = integrated_gradients(Function(steep), torch.ones(1, 4, 4), target=0, most_steps=40)
    sums = found.completeness
    assert not sums.reached
    assert not sums.exhausted
    assert sums.share > 0.01
    assert sums.steps in (32, 40)
    assert found.passes == 1 + 2 + 32 + 40
    assert found.raw.sum() == pytest.approx(1 + sums.delta, abs=1e-5)


def test_steps_end_where_only_rounding_is_left():
    wavy = Function(lambda x: 1000 + 1e-5 * torch.stack([x.sum((1, 2, 3)), x.sum((1, 2, 3))], 1))
    found = integrated_gradients(wavy, torch.ones(1, 2, 2), target=0)
    assert found.completeness.steps == FIRST_STEPS
    assert found.completeness.exhausted
    constant = Function(lambda x: 0 * x.flatten(1) + 1)
    found = integrated_gradients(constant, torch.ones(1, 2, 2), target=0)
    assert (found.completeness.share, found.completeness.reached) == (0, True)
    assert not found.raw.any()


def test_memory_is_bounded_by_the_batch():
    sizes = []
    model = small()
    model.conv1.register_forward_pre_hook(lambda module, inputs: sizes.append(len(inputs[0])))
    integrated_gradients(model, image(), batch=5)
    occlusion(model, image(), batch=5)
    assert max(sizes) == 5


@pytest.mark.parametrize(("window", "stride"), [(3, 2), (2, 2), (4, 1), (8, 8)])
def test_occlusion_equals_a_loop(window, stride):
    model, x = small().eval(), image()
    found = occlusion(model, x, target=1, window=window, stride=stride, baseline=0.5)
    falls, cover = np.zeros((8, 8)), np.zeros((8, 8))
    starts = [*range(0, 8 - window + 1, stride)]
    if starts[-1] < 8 - window:
        starts.append(starts[-1] + stride)  # the last window reaches over the edge
    with torch.no_grad():
        whole = model(x[None])[0, 1]
        for row in starts:
            for column in starts:
                covered = x.clone()
                covered[:, row : row + window, column : column + window] = 0.5
                place = np.s_[row : row + window, column : column + window]
                falls[place] += float(whole - model(covered[None])[0, 1])
                cover[place] += 1
    np.testing.assert_allclose(found.map, falls / cover, atol=1e-5)
    assert found.raw.shape == (1, 8, 8)
    assert found.passes >= len(starts) ** 2


def test_occlusion_needs_no_gradient():
    model = Function(lambda x: x.detach().flatten(1)[:, :4])
    found = occlusion(model, image(), target=0, window=2)
    assert found.map[0, 0] != 0
    assert not found.map[4:].any()


def test_windows_are_an_eighth_of_the_image():
    found = occlusion(small(), image(32), target=0)
    assert found.passes == 1 + 1 + 15**2  # of 4 x 4, moved by 2


@pytest.mark.parametrize(
    ("method", "words", "sentence"),
    [
        (occlusion, {"window": 9}, "choose 1 <= stride <= window <= 8"),
        (occlusion, {"window": 2, "stride": 3}, "window of 2 pixels moved by 3"),
        (occlusion, {"stride": 0}, "cannot cover an image of 8 x 8"),
        (occlusion, {"baseline": torch.zeros(2)}, r"shape \(2,\) does not fit.*\(3, 8, 8\)"),
        (integrated_gradients, {"baseline": torch.zeros(3, 4, 4)}, "does not fit"),
    ],
)
def test_what_does_not_fit_is_refused(method, words, sentence):
    with pytest.raises(InputError, match=sentence):
        method(small(), image(), **words)


def test_half_of_a_network_in_double_precision_is_explained_too():
    found = integrated_gradients(small().double(), image())
    assert found.map.dtype == np.float32
    assert found.completeness.reached


def test_a_network_that_begins_in_place_leaves_the_image_alone():
    x = image()
    kept = x.clone()
    model = nn.Sequential(nn.ReLU(inplace=True), *small())
    for method in (integrated_gradients, input_x_gradient, occlusion):
        found = method(model, x)
        assert torch.equal(x, kept)
        assert np.isfinite(found.map).all()
    assert not integrated_gradients(model, x).raw[kept.numpy() < 0].any()
