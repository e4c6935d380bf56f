import torch
from torch import nn

from senet_core import SEConfig, complexity
from tests.senet_core.models.ghosts import gates, ghost, parameters, randomise, shapes, sites

TRUNK = {
    "conv2d_1a": (32, 149),
    "conv2d_2a": (32, 147),
    "conv2d_2b": (64, 147),
    "maxpool_3a": (64, 73),
    "conv2d_3b": (80, 73),
    "conv2d_4a": (192, 71),
    "maxpool_5a": (192, 35),
    "mixed_5b": (320, 35),
    "block35": (320, 35),
    "mixed_6a": (1088, 17),
    "block17": (1088, 17),
    "mixed_7a": (2080, 8),
    "block8": (2080, 8),
    "conv2d_7b": (1536, 8),
}


def test_parameters():
    assert parameters(ghost("inception_resnet_v2")) == 55_843_464


def test_multiply_adds_which_the_papers_table_does_not_confirm():
    assert round(complexity(ghost("inception_resnet_v2")).macs / 1e9, 4) == 13.1558  # it has 11.75


def test_the_shape_of_each_part():
    found = shapes(ghost("inception_resnet_v2"), TRUNK, 299)
    assert {path: (c, h) for path, (c, h, _) in found.items()} == TRUNK


def test_one_gate_a_residual_unit():
    model = ghost("se_inception_resnet_v2", se=SEConfig(bias=False))
    weights = 2 * (10 * 320 * 20 + 20 * 1088 * 68 + 10 * 2080 * 130)
    assert parameters(model) - 55_843_464 == weights
    found = sites(model)
    assert len(found) == 40
    assert found["block35.0.se"] == (3, 1)
    assert found["block17.19.se"] == (4, 20)
    assert found["block8.9.se"] == (5, 10)
    assert len(gates(ghost("se_inception_resnet_v2", se=SEConfig(stages=(4,))))) == 20


def real(unit):
    """A unit off the meta device, with random weights."""
    unit = unit.to_empty(device="cpu")
    for parameter in unit.parameters():
        nn.init.normal_(parameter, std=0.1)
    return randomise(unit)


def test_the_gate_comes_before_the_scale_and_the_sum():
    unit = real(ghost("se_inception_resnet_v2").block35[3])
    x = torch.randn(2, 320, 5, 5)
    torch.testing.assert_close(unit(x), torch.relu(x + 0.17 * unit.se(unit.body(x))))


def test_the_last_unit_is_neither_scaled_nor_rectified():
    unit = real(ghost("se_inception_resnet_v2").block8[9])
    x = torch.randn(2, 2080, 2, 2)
    torch.testing.assert_close(unit(x), x + unit.se(unit.body(x)))
    assert [block.scale for block in ghost("inception_resnet_v2").block8] == [0.20] * 9 + [1.0]


def test_batch_norms_have_the_epsilon_of_the_original():
    norms = [m for m in ghost("inception_resnet_v2").modules() if isinstance(m, nn.BatchNorm2d)]
    assert {norm.eps for norm in norms} == {1e-3}
