"""The sum of branch and shortcut, in place where nobody could notice."""

import pytest
import torch
from torch import nn

from senet_core import SEConfig
from senet_core.attention import Site
from senet_core.models.blocks import Block


def _joined(*, gated: bool = True) -> Block:
    torch.manual_seed(0)
    body = nn.Sequential(nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4))
    site = Site(2, 1, SEConfig(reduction=2) if gated else None)
    return Block(body, nn.Identity(), channels=(4, 4), site=site).eval()


@pytest.mark.parametrize("gated", [True, False])
@pytest.mark.parametrize("grad", [True, False])
def test_nothing_is_allocated_for_the_sum(gated, grad, monkeypatch):
    monkeypatch.setattr(torch, "add", None)  # what the sum elsewhere calls
    with torch.set_grad_enabled(grad):
        _joined(gated=gated)(torch.randn(2, 4, 5, 5))


@pytest.mark.parametrize("grad", [True, False])
def test_the_sum_in_place_has_the_bits_of_the_sum_elsewhere(grad):
    unit, x = _joined(), torch.randn(2, 4, 5, 5)
    with torch.set_grad_enabled(grad):
        y = unit(x)
        with unit.se.register_forward_hook(lambda *_: None):
            watched = unit(x)
    assert torch.equal(y, watched)


@pytest.mark.parametrize("path", ["body", "body.1", "se"])
def test_a_hook_on_the_branch_keeps_what_it_saw(path):
    unit, x, seen = _joined(), torch.randn(2, 4, 5, 5), []
    hook = unit.get_submodule(path).register_forward_hook(
        lambda module, inputs, output: seen.extend([output, output.detach().clone()])
    )
    with hook:
        unit(x)
    assert torch.equal(seen[0], seen[1])


@pytest.mark.parametrize("path", ["body", "body.1", "se"])
def test_full_backward_hooks_work_on_the_branch(path):
    unit, x, seen = _joined(), torch.randn(2, 4, 5, 5), []
    with unit.get_submodule(path).register_full_backward_hook(lambda *_: seen.append(1)):
        unit(x).sum().backward()
    assert seen == [1]


def test_units_leave_the_maps_of_the_units_before_as_they_are():
    first, second = _joined(), _joined()
    y = first(torch.randn(2, 4, 5, 5))
    before = y.detach().clone()
    second(y)
    assert torch.equal(y, before)


def out_of_place(unit: Block, x: torch.Tensor) -> torch.Tensor:
    """The unit's formula, for placement standard."""
    return torch.relu(unit.se(unit.body(x)) + unit.shortcut(x))


@pytest.mark.parametrize("last", [nn.Tanh, nn.Sigmoid, nn.ReLU, nn.Softmax2d, nn.Identity])
@pytest.mark.parametrize("where", ["se", "body"])
def test_gradients_flow_through_layers_that_keep_what_they_put_out(last, where):
    """Put in by a user: in the place of the gate, or at the end of the branch."""
    unit = _joined(gated=where == "se")
    if where == "se":
        unit.se = last()
    else:
        unit.body.append(last())
    x = torch.randn(2, 4, 5, 5)
    (grad,) = torch.autograd.grad(unit(x).square().sum(), unit.body[0].weight)
    expected = torch.autograd.grad(out_of_place(unit, x).square().sum(), unit.body[0].weight)[0]
    torch.testing.assert_close(grad, expected)


@pytest.mark.parametrize("gated", [True, False])
def test_a_unit_without_its_branch_leaves_its_input_alone(gated):
    unit, x = _joined(gated=gated), torch.randn(2, 4, 5, 5)
    unit.body = nn.Identity()
    kept = x.clone()
    with torch.no_grad():
        torch.testing.assert_close(unit(x), out_of_place(unit, kept))
    assert torch.equal(x, kept)


class Narrow(nn.Module):
    """What autocast does before a convolution."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.bfloat16()


@pytest.mark.parametrize("grad", [True, False])
def test_the_sum_has_the_wider_of_two_types(grad):
    """As under autocast behind a stem whose frozen batch norm keeps float32."""
    unit = _joined(gated=False).bfloat16()
    unit.body.insert(0, Narrow())
    with torch.set_grad_enabled(grad):
        assert unit(torch.randn(2, 4, 5, 5)).dtype == torch.float32
