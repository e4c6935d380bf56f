import torch
from torch import nn

from senet_core import SEConfig, complexity, create_model
from senet_core.models.shufflenet import ChannelShuffle
from tests.senet_core.models.ghosts import gates, ghost, parameters, randomise, shapes, sites

BRANCHES = [216, 240, 240, 240, 240, *[480] * 7, 480, *[960] * 3]


def test_parameters():
    assert parameters(ghost("shufflenet_v1_g3")) == 1_865_728  # Table 3 has 1.8M
    assert parameters(ghost("se_shufflenet_v1_g3")) == 2_484_533  # and 2.4M; see the ledger


def test_the_gates_add_the_weights_of_equation_5():
    model = ghost("se_shufflenet_v1_g3", se=SEConfig(bias=False))
    assert [gate.channels for gate in gates(model).values()] == BRANCHES
    by_equation = sum(2 * c**2 / 16 for c in BRANCHES)
    assert by_equation == 610_632
    # the first branch has 216 channels, so equation 5 asks for half a hidden unit that cannot be
    assert parameters(model) - 1_865_728 == by_equation - 216 == 610_416


def test_multiply_adds():
    macs = complexity(ghost("shufflenet_v1_g3")).macs
    assert macs == 137_460_672
    assert round(macs / 1e6) == 137  # ShuffleNet's own paper, for three groups
    with_gates = complexity(ghost("se_shufflenet_v1_g3")).macs
    pooling = 28**2 * sum(BRANCHES[:4]) + 14**2 * sum(BRANCHES[4:12]) + 7**2 * sum(BRANCHES[12:])
    assert round((with_gates + pooling - macs) / 1e6) == 2  # as from 140 to 142


def test_one_gate_a_unit_numbered_as_shufflenet_does():
    found = sites(ghost("se_shufflenet_v1_g3"))
    assert list(found.values()) == [
        (stage, block) for stage, depth in ((2, 4), (3, 8), (4, 4)) for block in range(1, depth + 1)
    ]
    assert next(iter(found)) == "layer1.0.se"


def test_the_shape_of_each_stage():
    found = shapes(ghost("shufflenet_v1_g3"), ["stem", "layer1", "layer2", "layer3"], 224)
    assert [(c, h) for c, h, _ in found.values()] == [(24, 56), (240, 28), (480, 14), (960, 7)]


def test_channels_are_dealt_out_to_all_groups():
    x = torch.arange(6.0).reshape(1, 6, 1, 1)
    assert ChannelShuffle(3)(x).flatten().tolist() == [0, 2, 4, 1, 3, 5]
    assert torch.equal(ChannelShuffle(3)(x), nn.ChannelShuffle(3)(x))


def test_the_strided_unit_joins_its_pooled_input_by_concatenation():
    unit = randomise(create_model("se_shufflenet_v1_g3", 2)).layer1[0]
    x = torch.randn(2, 24, 8, 8)
    pooled = nn.functional.avg_pool2d(x, 3, 2, 1)
    expected = torch.relu(torch.cat((pooled, unit.se(unit.body(x))), 1))
    torch.testing.assert_close(unit(x), expected)


def test_the_other_units_are_residual():
    unit = randomise(create_model("se_shufflenet_v1_g3", 2)).layer2[3]
    x = torch.randn(2, 480, 4, 4)
    torch.testing.assert_close(unit(x), torch.relu(x + unit.se(unit.body(x))))


def test_the_very_first_1x1_is_not_grouped():
    model = ghost("shufflenet_v1_g3")
    groups = [layer[0].body.reduce.conv.groups for layer in (model.layer1, model.layer2)]
    assert groups == [1, 3]
    assert model.layer1[0].body.increase.conv.groups == 3
