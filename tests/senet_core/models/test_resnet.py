import pytest
import torch
from torch import nn

from senet_core import InputError, SEConfig, complexity, create_model
from tests.senet_core.models.ghosts import gates, ghost, parameters, shapes, sites

# Of the definitions that the authors released, of timm's legacy networks and of torchvision's.
PARAMETERS = {
    "resnet18": 11_689_512,
    "resnet34": 21_797_672,
    "resnet50": 25_557_032,
    "resnet101": 44_549_160,
    "resnet152": 60_192_808,
    "resnext50_32x4d": 25_028_904,
    "resnext101_32x4d": 44_177_704,
    "se_resnet18": 11_778_592,
    "se_resnet34": 21_958_868,
    "se_resnet50": 28_088_024,
    "se_resnet101": 49_326_872,
    "se_resnet152": 66_821_848,
    "se_resnext50_32x4d": 27_559_896,
    "se_resnext101_32x4d": 48_955_416,
    "senet154": 115_088_984,
}
WITHOUT_BIAS = {
    "se_resnet18": 11_776_552,
    "se_resnet34": 21_954_856,
    "se_resnet50": 28_071_976,
    "se_resnet101": 49_292_328,
    "se_resnet152": 66_770_984,
}
GMACS_1X1 = {  # stride in the 1x1, the paper's: 3.86, 7.58 and 11.30
    "se_resnet18": 1.8142,
    "se_resnet34": 3.6639,
    "se_resnet50": 3.8605,
    "se_resnet101": 7.5749,
    "se_resnet152": 11.2890,
    "se_resnext50_32x4d": 4.2330,
    "se_resnext101_32x4d": 7.9747,
    "senet154": 20.6884,
}
GMACS_3X3 = {  # torchvision's
    "resnet18": 1.8141,
    "resnet34": 3.6638,
    "resnet50": 4.0892,
    "resnet101": 7.8014,
    "resnet152": 11.5136,
    "resnext50_32x4d": 4.2305,
    "resnext101_32x4d": 7.9700,
    "se_resnet50": 4.0917,
    "se_resnet101": 7.8061,
    "se_resnet152": 11.5202,
}


@pytest.mark.parametrize(("name", "count"), PARAMETERS.items())
def test_parameters(name, count):
    assert parameters(ghost(name)) == count


@pytest.mark.parametrize(("name", "count"), WITHOUT_BIAS.items())
def test_parameters_without_biases(name, count):
    assert parameters(ghost(name, se=SEConfig(bias=False))) == count


@pytest.mark.parametrize(("name", "gmacs"), GMACS_1X1.items())
def test_multiply_adds_with_the_papers_stride(name, gmacs):
    assert round(complexity(ghost(name)).macs / 1e9, 4) == gmacs


@pytest.mark.parametrize(("name", "gmacs"), GMACS_3X3.items())
def test_multiply_adds_in_torchvisions_form(name, gmacs):
    model = ghost(name, stride_on="3x3", pool="padded")
    assert round(complexity(model).macs / 1e9, 4) == gmacs


def test_multiply_adds_to_the_last_digit():
    torchvision = {"stride_on": "3x3", "pool": "padded"}
    assert complexity(ghost("resnet50", **torchvision)).macs * 2 == 8_178_368_512
    assert complexity(ghost("se_resnet50", **torchvision)).macs * 2 == 8_183_398_400
    assert complexity(ghost("se_resnet50")).macs * 2 == 7_720_976_384
    assert complexity(ghost("senet154")).macs * 2 == 41_376_727_040


def test_the_gates_cost_equation_5():
    plain, gated = complexity(ghost("resnet50")), complexity(ghost("se_resnet50"))
    weights = 2 * (3 * 256**2 + 4 * 512**2 + 6 * 1024**2 + 3 * 2048**2) // 16
    assert gated.macs - plain.macs == weights == 2_514_944
    assert gated.parameters - plain.parameters == weights + 16_048  # and the biases


@pytest.mark.parametrize(
    ("reduction", "millions"), [(2, 45.677), (4, 35.617), (8, 30.587), (16, 28.072), (32, 26.815)]
)
def test_table_10_reduction_ratio(reduction, millions):
    model = ghost("se_resnet50", se=SEConfig(reduction=reduction, bias=False))
    assert round(parameters(model) / 1e6, 3) == millions


@pytest.mark.parametrize(
    ("stage", "blocks", "millions"),
    [(2, 3, 25.582), (3, 4, 25.688), (4, 6, 26.343), (5, 3, 27.130)],
)
def test_table_13_single_stages(stage, blocks, millions):
    model = ghost("se_resnet50", se=SEConfig(stages=(stage,), bias=False))
    assert round(parameters(model) / 1e6, 3) == millions
    assert len(gates(model)) == blocks
    assert {gate.stage for gate in gates(model).values()} == {stage}


def test_table_14_a_gate_on_the_blocks_input():
    model = ghost("se_resnet50", se=SEConfig(placement="pre", bias=False))
    assert round(parameters(model) / 1e6, 2) == 27.55


def test_table_15_a_gate_after_the_3x3():
    model = ghost("se_resnet50", se=SEConfig(placement="conv3x3", bias=False))
    assert parameters(model) - parameters(ghost("resnet50")) == 157_184
    # Table 15 has 25.8M: it adds 0.16M to a rounded 25.6M, as Table 10 does
    assert next(iter(gates(model))) == "layer1.0.body.se"
    assert [gate.channels for gate in gates(model).values()][::5] == [64, 128, 256, 512]


def test_table_16_without_squeeze():
    squeezed, positions = ghost("se_resnet50"), ghost("se_resnet50", se=SEConfig(squeeze="none"))
    assert parameters(positions) == parameters(squeezed)
    more = complexity(positions).macs - complexity(ghost("resnet50")).macs
    assert round(more / 1e9, 3) == 0.411


def test_gates_stand_where_the_paper_counts_them():
    found = sites(ghost("se_resnet50"))
    assert len(found) == 16
    assert found["layer1.2.se"] == (2, 3)
    assert found["layer3.5.se"] == (4, 6)
    assert found["layer4.2.se"] == (5, 3)


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("se_resnet18", 8),
        ("se_resnet34", 16),
        ("se_resnet101", 33),
        ("se_resnet152", 50),
        ("senet154", 50),
        ("se_cifar_resnet20", 9),
        ("se_cifar_resnet110", 54),
        ("resnet50", 0),
    ],
)
def test_one_gate_a_unit(name, count):
    assert len(gates(ghost(name))) == count


@pytest.mark.parametrize(
    ("name", "pool", "size", "expected"),
    [
        ("resnet18", "ceil", 224, [(64, 56), (64, 56), (128, 28), (256, 14), (512, 7)]),
        ("resnet50", "ceil", 224, [(64, 56), (256, 56), (512, 28), (1024, 14), (2048, 7)]),
        ("resnet50", "padded", 224, [(64, 56), (256, 56), (512, 28), (1024, 14), (2048, 7)]),
        ("senet154", "ceil", 224, [(128, 56), (256, 56), (512, 28), (1024, 14), (2048, 7)]),
        ("resnet50", "ceil", 161, [(64, 40), (256, 40), (512, 20), (1024, 10), (2048, 5)]),
        ("resnet50", "padded", 161, [(64, 41), (256, 41), (512, 21), (1024, 11), (2048, 6)]),
    ],
)
def test_the_shape_of_each_stage(name, pool, size, expected):
    paths = ["stem", "layer1", "layer2", "layer3", "layer4"]
    found = shapes(ghost(name, pool=pool), paths, size)
    assert [(c, h) for c, h, _ in found.values()] == expected


@pytest.mark.parametrize(
    ("name", "options", "first"),
    [
        ("resnet50", {}, 28),
        ("se_resnet50", {"stride_on": "3x3"}, 56),
        ("resnext50_32x4d", {}, 56),
        ("resnext50_32x4d", {"stride_on": "1x1"}, 28),
        ("senet154", {}, 56),
    ],
)
def test_the_stride_sits_on_the_chosen_convolution(name, options, first):
    body = "layer2.0.body."
    found = shapes(ghost(name, **options), [f"{body}conv{i}" for i in (1, 2, 3)], 224)
    assert [h for _, h, _ in found.values()] == [first, 28, 28]


def test_the_stems_pooling_is_caffes_or_torchvisions():
    x = torch.arange(16.0).reshape(1, 1, 4, 4)
    pooled = {
        pool: create_model("resnet18", 2, width=0.125, pool=pool).stem.pool(x).flatten().tolist()
        for pool in ("ceil", "padded")
    }
    assert pooled == {"ceil": [10, 11, 14, 15], "padded": [5, 7, 13, 15]}


def test_senet154_differs_as_the_appendix_says():
    model = ghost("senet154")
    stem = [layer.conv for name, layer in model.stem.named_children() if name != "pool"]
    assert [(c.out_channels, c.kernel_size, c.stride) for c in stem] == [
        (64, (3, 3), (2, 2)),
        (64, (3, 3), (1, 1)),
        (128, (3, 3), (1, 1)),
    ]
    bodies = [model.get_submodule(f"layer{i}.0.body") for i in (1, 2, 3, 4)]
    assert [body.conv1.conv.out_channels for body in bodies] == [128, 256, 512, 1024]
    assert [body.conv2.conv.out_channels for body in bodies] == [256, 512, 1024, 2048]
    assert {body.conv2.conv.groups for body in bodies} == {64}
    shortcuts = [model.get_submodule(f"layer{i}.0.shortcut.conv") for i in (1, 2, 3, 4)]
    assert [shortcut.kernel_size[0] for shortcut in shortcuts] == [1, 3, 3, 3]
    assert model.dropout.p == 0.2
    assert ghost("se_resnet50").dropout.p == 0


def test_a_quarter_of_the_width_keeps_the_papers_blocks():
    model = ghost("se_resnet50", 10, width=0.25)
    assert len(gates(model)) == 16
    assert list(gates(model)) == list(gates(ghost("se_resnet50")))
    assert sum(gate.channels for gate in gates(model).values()) == 3_776
    assert round(parameters(model) / 1e6, 2) == 1.65


@pytest.mark.parametrize("name", ["se_resnet18", "se_resnet50", "se_resnext50_32x4d", "senet154"])
@pytest.mark.parametrize("width", [0.1, 0.25, 0.375, 0.75, 1.5])
def test_at_any_width_every_channel_count_is_a_multiple_of_8(name, width):
    model = ghost(name, 10, width=width)
    widths = {m.out_channels for m in model.modules() if isinstance(m, nn.Conv2d)}
    assert all(channels % 8 == 0 for channels in widths)


def test_cifar_resnets():
    counts = {depth: parameters(ghost(f"cifar_resnet{depth}", 10)) for depth in (20, 32, 44, 56)}
    assert counts == {20: 272_474, 32: 466_906, 44: 661_338, 56: 855_770}
    assert parameters(ghost("cifar_resnet110", 10)) == 1_730_714


@pytest.mark.parametrize(("depth", "count"), [(20, 274_490), (32, 470_266), (56, 861_818)])
def test_cifar_se_resnets_without_biases(depth, count):
    assert parameters(ghost(f"se_cifar_resnet{depth}", 10, se=SEConfig(bias=False))) == count


def test_the_stages_of_a_cifar_resnet():
    model = ghost("se_cifar_resnet20", 10)
    found = shapes(model, ["stem", "layer1", "layer2", "layer3"], 32)
    assert list(found.values()) == [(16, 32, 32), (16, 32, 32), (32, 16, 16), (64, 8, 8)]
    assert sites(model)["layer1.0.se"] == (1, 1)
    assert sites(model)["layer3.2.se"] == (3, 3)
    assert len(gates(ghost("se_cifar_resnet20", 10, se=SEConfig(stages=(3,))))) == 3


def test_a_cifar_resnet_has_no_pooling_to_choose():
    with pytest.raises(InputError, match="unknown option 'pool' of cifar_resnet20; it takes width"):
        create_model("cifar_resnet20", pool="padded")
