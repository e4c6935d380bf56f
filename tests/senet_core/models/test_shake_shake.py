import pytest
import torch
from torch import nn
from torch.nn import functional as F

from senet_core import SEConfig, create_model
from senet_core.models.shake_shake import Mix, Shake, TwoPathShortcut
from tests.senet_core.models.ghosts import gates, ghost, parameters, randomise, shapes, sites

SHAKE26, EVEN29 = "cifar_shake_shake26_2x96d", "cifar_shake_even29_2x4x64d"


class Fixed(nn.Module):
    """A branch that puts out one value everywhere, whatever comes in."""

    def __init__(self, value):
        super().__init__()
        self.value = nn.Parameter(torch.tensor(value))

    def forward(self, x):
        return self.value * torch.ones_like(x)


def coefficients(backward, images=500):
    """The coefficient of each image forward (alpha) and backward (beta)."""
    x = torch.zeros(images, 1, 2, 2)
    a, b = torch.ones_like(x, requires_grad=True), torch.zeros_like(x, requires_grad=True)
    shake = Shake(nn.Identity(), nn.Identity(), backward)
    shake.branch1.forward, shake.branch2.forward = (lambda _: a), (lambda _: b)
    y = shake(x)
    y.sum().backward()
    assert torch.equal(y.amin((1, 2, 3)), y.amax((1, 2, 3)))  # one an image
    torch.testing.assert_close(a.grad + b.grad, torch.ones_like(x))
    return y[:, 0, 0, 0].detach(), a.grad[:, 0, 0, 0]


@pytest.mark.parametrize(
    ("name", "classes", "count", "millions"),
    [(SHAKE26, 10, 26_192_922, 26.2), (EVEN29, 100, 34_529_700, None), (EVEN29, 10, None, 34.4)],
)
def test_parameters(name, classes, count, millions):
    found = parameters(ghost(name, classes))
    assert count in (None, found)
    assert millions in (None, round(found / 1e6, 1))


@pytest.mark.parametrize(
    ("name", "widths", "depth"), [(SHAKE26, (96, 192, 384), 4), (EVEN29, (256, 512, 1024), 3)]
)
def test_one_gate_a_unit(name, widths, depth):
    gated = ghost(f"se_{name}", 10, se=SEConfig(bias=False))
    assert parameters(gated) - parameters(ghost(name, 10)) == depth * sum(
        2 * c * c // 16 for c in widths
    )
    assert list(sites(gated).values()) == [
        (stage, block) for stage in (1, 2, 3) for block in range(1, depth + 1)
    ]
    found = shapes(gated, ["layer1", "layer2", "layer3"], 32)
    assert list(found.values()) == [(c, h, h) for c, h in zip(widths, (32, 16, 8), strict=True)]


def test_mix_goes_forward_by_alpha_and_backward_by_beta():
    a, b = (torch.randn(3, 2, 4, 4, requires_grad=True) for _ in range(2))
    alpha, beta = torch.rand(3, 1, 1, 1), torch.rand(3, 1, 1, 1)
    weights = torch.randn(3, 2, 4, 4)
    y = Mix.apply(a, b, alpha, beta)
    torch.testing.assert_close(y, alpha * a + (1 - alpha) * b)
    (y * weights).sum().backward()
    torch.testing.assert_close(a.grad, beta * weights)
    torch.testing.assert_close(b.grad, (1 - beta) * weights)


def test_shake_draws_anew_for_each_image_and_each_direction():
    torch.manual_seed(0)
    alpha, beta = coefficients("shake")
    for drawn in (alpha, beta):
        assert 0 <= drawn.min() < 0.05
        assert 0.95 < drawn.max() <= 1
        assert drawn.mean().item() == pytest.approx(0.5, abs=0.05)
        assert drawn.std().item() == pytest.approx(12**-0.5, abs=0.03)
    assert torch.corrcoef(torch.stack((alpha, beta)))[0, 1].abs() < 0.15


def test_even_draws_forward_and_halves_backward():
    alpha, beta = coefficients("even")
    assert alpha.std() > 0.25
    assert torch.equal(beta, torch.full_like(beta, 0.5))


def test_in_eval_mode_the_branches_are_averaged():
    shake = Shake(Fixed(1.0), Fixed(4.0), "shake").eval()
    y = shake(torch.zeros(2, 1, 3, 3))
    assert torch.equal(y, torch.full_like(y, 2.5))
    y.sum().backward()
    assert shake.branch1.value.grad == shake.branch2.value.grad == 9


def test_the_gate_recalibrates_the_mixed_branch():
    unit = randomise(create_model(f"se_{SHAKE26}", 2)).layer1[1]
    x = torch.randn(2, 96, 4, 4)
    kept = x.clone()
    mean = (unit.body.branch1(x) + unit.body.branch2(x)) / 2
    with torch.no_grad():
        torch.testing.assert_close(unit(x), x + unit.se(mean))
    assert torch.equal(x, kept)


def test_a_basic_branch_activates_before_its_convolutions():
    unit = randomise(create_model(SHAKE26, 2)).layer1[1]
    x = torch.randn(2, 96, 4, 4)
    branch = unit.body.branch2
    torch.testing.assert_close(branch(x), branch.conv2(branch.conv1(x.relu())))


def test_the_units_of_shake_even_are_resnexts():
    unit = ghost(EVEN29).layer2[0]
    convolutions = [layer.conv for layer in unit.body.branch1.children()]
    assert [c.groups for c in convolutions] == [1, 4, 1]
    assert [c.stride[0] for c in convolutions] == [1, 2, 1]
    assert convolutions[1].weight.shape == (512, 128, 3, 3)
    assert isinstance(unit.act, nn.ReLU)


def test_the_shortcuts_second_path_sees_other_pixels():
    shortcut = TwoPathShortcut(1, 2, 2).eval()
    nn.init.ones_(shortcut.conv1.weight)
    nn.init.ones_(shortcut.conv2.weight)
    x = torch.arange(16.0).reshape(1, 1, 4, 4)
    y = shortcut(x)[0] * (1 + shortcut.norm.eps) ** 0.5
    torch.testing.assert_close(y[0], torch.tensor([[0.0, 2], [8, 10]]))
    torch.testing.assert_close(y[1], torch.tensor([[0.0, 0], [0, 5]]))
    assert torch.equal(F.pad(x, (1, -1, 1, -1))[0, 0, 1:, 1:], x[0, 0, :3, :3])


def test_conv3x3_gates_each_branch():
    model = ghost(f"se_{EVEN29}", se=SEConfig(placement="conv3x3"))
    assert len(gates(model)) == 18
    assert list(gates(model))[:2] == ["layer1.0.body.branch1.se", "layer1.0.body.branch2.se"]
