import torch

from senet_core import SEConfig, complexity, create_model
from tests.senet_core.models.ghosts import gates, ghost, parameters, randomise, shapes, sites


def test_parameters():
    assert parameters(ghost("mobilenet_v1")) == 4_231_976


def test_the_gates_add_the_weights_of_equation_5():
    widths = 64**2 + 2 * 128**2 + 2 * 256**2 + 6 * 512**2 + 2 * 1024**2
    model = ghost("se_mobilenet_v1", se=SEConfig(bias=False))
    assert parameters(model) - 4_231_976 == 2 * widths // 16 == 479_744


def test_multiply_adds():
    assert round(complexity(ghost("mobilenet_v1")).macs / 1e6) == 569
    with_gates = complexity(ghost("se_mobilenet_v1")).macs
    pooling = 64 * 112**2 + 2 * 128 * 56**2 + 2 * 256 * 28**2 + 6 * 512 * 14**2 + 2 * 1024 * 7**2
    assert round((with_gates + pooling) / 1e6) == 572  # the paper's figure counts the pooling


def test_one_gate_a_unit_in_stages_of_one_resolution():
    found = sites(ghost("se_mobilenet_v1"))
    assert list(found.values()) == [
        (stage, block)
        for stage, depth in zip(range(2, 7), (1, 2, 2, 6, 2), strict=True)
        for block in range(1, depth + 1)
    ]
    assert list(found)[-1] == "layer5.1.se"
    assert len(gates(ghost("se_mobilenet_v1", se=SEConfig(stages=(5,))))) == 6


def test_the_shape_of_each_stage():
    found = shapes(ghost("mobilenet_v1"), ["stem", *(f"layer{i}" for i in range(1, 6))], 224)
    assert [(c, h) for c, h, _ in found.values()] == [
        (32, 112),
        (64, 112),
        (128, 56),
        (256, 28),
        (512, 14),
        (1024, 7),
    ]


def test_the_gate_recalibrates_the_rectified_output_of_the_1x1():
    unit = randomise(create_model("se_mobilenet_v1", 2)).layer2[0]
    x = torch.randn(2, 64, 6, 6)
    pointwise = unit.body.pointwise
    before = pointwise.norm(pointwise.conv(unit.body.depthwise(x)))
    torch.testing.assert_close(unit(x), unit.se(torch.relu(before)))


def test_each_channel_is_convolved_by_itself():
    unit = ghost("mobilenet_v1").layer4[2]
    assert unit.body.depthwise.conv.groups == 512
    assert unit.body.depthwise.conv.weight.shape == (512, 1, 3, 3)
    assert unit.shortcut is None
