import torch
import torchvision

from senet_core import SEConfig, complexity, create_model
from tests.senet_core.models.ghosts import gates, ghost, parameters, randomise, shapes, sites


def test_parameters_are_torchvisions():
    assert parameters(ghost("vgg16_bn")) == 138_365_992


def test_the_gates_add_the_weights_of_equation_5():
    widths = 2 * (64**2 + 128**2) + 3 * (256**2 + 2 * 512**2)
    model = ghost("se_vgg16_bn", se=SEConfig(bias=False))
    assert parameters(model) - 138_365_992 == 2 * widths // 16 == 226_304


def test_multiply_adds():
    assert round(complexity(ghost("vgg16_bn")).macs / 1e9, 2) == 15.47
    assert complexity(ghost("vgg16_bn")).macs * 2 // 10**6 == 30_940
    with_gates = complexity(ghost("se_vgg16_bn")).macs
    assert with_gates - complexity(ghost("vgg16_bn")).macs == 226_304


def test_a_gate_after_each_convolution_numbered_as_vgg_does():
    found = sites(ghost("se_vgg16_bn"))
    assert list(found) == [
        f"conv{stage}_{block}.se"
        for stage, depth in enumerate((2, 2, 3, 3, 3), 1)
        for block in range(1, depth + 1)
    ]
    assert found["conv1_1.se"] == (1, 1)
    assert found["conv5_3.se"] == (5, 3)
    assert len(gates(ghost("se_vgg16_bn", se=SEConfig(stages=(3,))))) == 3


def test_the_gate_comes_after_the_non_linearity():
    model = ghost("se_vgg16_bn")
    unit = randomise(model.conv1_2.to_empty(device="cpu"))
    torch.nn.init.normal_(unit.body.conv.weight)
    torch.nn.init.normal_(unit.se.fc1.weight)
    for bias in (unit.body.conv.bias, unit.se.fc1.bias, unit.se.fc2.bias):
        torch.nn.init.normal_(bias)
    x = torch.randn(2, 64, 6, 6)
    rectified = torch.relu(unit.body.norm(unit.body.conv(x)))
    torch.testing.assert_close(unit(x), unit.se(rectified))


def test_the_shape_of_each_stage():
    found = shapes(ghost("vgg16_bn"), [f"pool{stage}" for stage in range(1, 6)], 224)
    assert list(found.values()) == [
        (64, 112, 112),
        (128, 56, 56),
        (256, 28, 28),
        (512, 14, 14),
        (512, 7, 7),
    ]


def test_the_trunk_computes_what_torchvisions_computes():
    torch.manual_seed(0)
    with torch.device("meta"):
        theirs, ours = torchvision.models.vgg16_bn(), create_model("vgg16_bn")
    features = theirs.features.to_empty(device="cpu").eval()
    trunk = torch.nn.Sequential(*(getattr(ours, name) for name in ours.trunk))
    trunk = trunk.to_empty(device="cpu").eval()
    for value in features.state_dict().values():
        if value.is_floating_point():
            torch.nn.init.uniform_(value, 0.01, 0.02)
    weights = zip(trunk.state_dict(), features.state_dict().values(), strict=True)
    trunk.load_state_dict(dict(weights))
    x = torch.randn(1, 3, 32, 32)
    with torch.inference_mode():
        torch.testing.assert_close(trunk(x), features(x), rtol=1e-5, atol=0)
