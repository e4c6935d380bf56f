"""The sum of branch and shortcut, in place where nobody could notice."""

import pytest
import torch
from torch import nn

from senet_core import SEConfig
from senet_core.attention import Site
from senet_core.models.blocks import Block


def _joined() -> Block:
    torch.manual_seed(0)
    body = nn.Sequential(nn.Conv2d(4, 4, 1), nn.BatchNorm2d(4))
    site = Site(2, 1, SEConfig(reduction=2))
    return Block(body, nn.Identity(), channels=(4, 4), site=site).eval()


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
