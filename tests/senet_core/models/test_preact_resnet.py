import pytest
import torch

from senet_core import SEConfig, create_model
from senet_core.models.preact_resnet import SharedPreActBlock
from tests.senet_core.models.ghosts import gates, ghost, parameters, randomise, shapes, sites


@pytest.mark.parametrize(
    ("name", "classes", "count"),
    [
        ("cifar_preact_resnet110", 10, 1_730_522),  # 1.7M
        ("cifar_preact_resnet164", 10, 1_703_258),  # 1.7M
        ("cifar_preact_resnet164", 100, 1_726_388),
        ("cifar_wrn16_8", 10, 10_961_370),  # 11.0M
        ("cifar_wrn16_8", 100, 11_007_540),
    ],
)
def test_parameters(name, classes, count):
    assert parameters(ghost(name, classes)) == count


@pytest.mark.parametrize(
    ("name", "widths", "depth"),
    [
        ("cifar_preact_resnet110", (16, 32, 64), 18),
        ("cifar_preact_resnet164", (64, 128, 256), 18),
        ("cifar_wrn16_8", (128, 256, 512), 2),
    ],
)
def test_one_gate_a_unit(name, widths, depth):
    gated = ghost(f"se_{name}", 10, se=SEConfig(bias=False))
    weights = depth * sum(2 * c * (c // 16) for c in widths)
    assert parameters(gated) - parameters(ghost(name, 10)) == weights
    assert list(sites(gated).values()) == [
        (stage, block) for stage in (1, 2, 3) for block in range(1, depth + 1)
    ]
    assert [gate.channels for gate in gates(gated).values()][::depth] == list(widths)


@pytest.mark.parametrize(
    ("name", "widths"),
    [("cifar_preact_resnet164", (64, 128, 256)), ("cifar_wrn16_8", (128, 256, 512))],
)
def test_the_shape_of_each_stage(name, widths):
    found = shapes(ghost(name), ["stem", "layer1", "layer2", "layer3", "last"], 32)
    assert [h for _, h, _ in found.values()] == [32, 32, 16, 8, 8]
    assert [c for c, _, _ in found.values()] == [16, *widths, widths[-1]]


def test_a_unit_of_one_shape_leaves_the_identity_untouched():
    unit = randomise(create_model("se_cifar_wrn16_8", 2)).layer1[1]
    x = torch.randn(2, 128, 6, 6)
    body = unit.body
    residual = body.conv2(body.preact2(body.conv1(body.preact1(x))))
    torch.testing.assert_close(unit(x), x + unit.se(residual))
    assert (unit(x) < 0).any()


def test_a_unit_that_changes_the_shape_shares_its_first_activation():
    unit = randomise(create_model("se_cifar_wrn16_8", 2)).layer2[0]
    assert isinstance(unit, SharedPreActBlock)
    x = torch.randn(2, 128, 6, 6)
    active = torch.relu(unit.preact.norm(x))
    residual = unit.body.conv2(unit.body.preact2(unit.body.conv1(active)))
    torch.testing.assert_close(unit(x), unit.se(residual) + unit.shortcut(active))


def test_only_units_that_change_the_shape_project():
    model = ghost("cifar_preact_resnet110")
    shared = [path for path, m in model.named_modules() if isinstance(m, SharedPreActBlock)]
    assert shared == ["layer2.0", "layer3.0"]
    wide = [
        p for p, m in ghost("cifar_wrn16_8").named_modules() if isinstance(m, SharedPreActBlock)
    ]
    assert wide == ["layer1.0", "layer2.0", "layer3.0"]


def test_the_stride_sits_on_the_first_convolution():
    found = shapes(
        ghost("cifar_preact_resnet164"), [f"layer2.0.body.conv{i}" for i in (1, 2, 3)], 32
    )
    assert list(found.values()) == [(32, 16, 16), (32, 16, 16), (128, 16, 16)]
