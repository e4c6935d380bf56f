import pytest
import torch

from senet_core import SEConfig, complexity, create_model
from tests.senet_core.models.ghosts import gates, ghost, parameters, randomise, shapes, sites

MODULES = ["3a", "3b", "3c", "4a", "4b", "4c", "4d", "4e", "5a", "5b"]
WIDTHS = [256, 320, 576, 576, 576, 608, 608, 1056, 1024, 1024]


def test_parameters():
    assert parameters(ghost("bn_inception")) == 11_285_224
    assert parameters(ghost("se_bn_inception")) == 11_931_622


def test_parameters_of_the_gates():
    without_bias = parameters(ghost("se_bn_inception", se=SEConfig(bias=False)))
    assert 11_931_622 - without_bias == 7_038


def test_multiply_adds():
    assert round(complexity(ghost("bn_inception")).macs / 1e9, 4) == 2.0326
    assert round(complexity(ghost("se_bn_inception")).macs / 1e9, 2) == 2.03


def test_one_gate_a_module_numbered_as_inception_does():
    model = ghost("se_bn_inception")
    assert list(gates(model)) == [f"inception_{name}.se" for name in MODULES]
    assert [gate.channels for gate in gates(model).values()] == WIDTHS
    found = sites(model)
    assert found["inception_3a.se"] == (3, 1)
    assert found["inception_4e.se"] == (4, 5)
    assert found["inception_5b.se"] == (5, 2)


def test_the_hidden_widths_of_the_released_network():
    hidden = {path: gate.fc1.out_features for path, gate in gates(ghost("se_bn_inception")).items()}
    assert hidden["inception_3a.se"] == 16
    assert hidden["inception_3b.se"] == 20
    assert hidden["inception_3c.se"] == 36


def test_the_shape_of_each_module():
    found = shapes(ghost("bn_inception"), [f"inception_{name}" for name in MODULES], 224)
    assert [c for c, _, _ in found.values()] == WIDTHS
    assert [h for _, h, _ in found.values()] == [28, 28, 14, 14, 14, 14, 14, 7, 7, 7]


def test_the_gate_recalibrates_the_whole_concatenation():
    block = randomise(create_model("se_bn_inception", 2)).inception_3c
    x = torch.randn(2, 320, 6, 6)
    body = block.body
    concatenation = torch.cat((body.conv3x3(x), body.double3x3(x), body.pool(x)), 1)
    with torch.no_grad():
        torch.testing.assert_close(block(x), block.se(concatenation))


@pytest.mark.parametrize("size", [32, 75, 215, 216, 225, 299])
def test_any_size_of_image_goes_through(size):
    model = ghost("se_bn_inception", 10)
    assert model(torch.empty(2, 3, size, size, device="meta")).shape == (2, 10)


def test_on_maps_of_odd_size_the_pooling_covers_the_last_row_and_column():
    pool = create_model("bn_inception", 2).inception_3c.body.pool
    x = -torch.rand(1, 2, 7, 7)
    y = pool(x)
    assert y.shape == (1, 2, 4, 4)
    assert torch.equal(y[..., 3, 3], x[..., 6, 6])
    assert torch.equal(y[..., 0, 0], x[..., :3, :3].amax((2, 3)))
