import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from senet_core import Complexity, InputError, SEConfig, complexity, create_model


def test_a_small_network_by_hand():
    model = create_model("se_cifar_resnet20", 10, 1, SEConfig(reduction=4, stages=(3,)))
    stem = 9 * 1 * 16
    stage1 = 6 * 9 * 16 * 16
    stage2 = 9 * 16 * 32 + 5 * 9 * 32 * 32 + 16 * 32
    stage3 = 9 * 32 * 64 + 5 * 9 * 64 * 64 + 32 * 64
    gates, classifier = 3 * 2 * 64 * 16, 64 * 10
    expected = 32 * 32 * (stem + stage1) + 16 * 16 * stage2 + 8 * 8 * stage3 + gates + classifier
    parameters = sum(p.numel() for p in model.parameters())
    maps = 3 * 64 * 8 * 8
    assert complexity(model) == Complexity(parameters, expected, pooling=maps, scaling=maps)


def test_another_size_costs_more_but_for_the_gates_and_the_classifier():
    model = create_model("cifar_resnet20", 10)
    classifier = 640
    small, large = complexity(model).macs, complexity(model, 64).macs
    assert large - classifier == 4 * (small - classifier)


def test_the_multiply_adds_are_those_of_torchs_own_counter():
    with torch.device("meta"):
        model = create_model("se_resnet50", width=0.25, se=SEConfig(squeeze="none")).eval()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(torch.empty(1, 3, 224, 224, device="meta"))
    assert complexity(model).macs == counter.get_total_flops() // 2


def test_the_papers_operations_of_se_resnet50_include_the_pooling():
    with torch.device("meta"):
        found = complexity(create_model("se_resnet50"))
    maps = 3 * 256 * 56**2 + 4 * 512 * 28**2 + 6 * 1024 * 14**2 + 3 * 2048 * 7**2
    assert found.pooling == found.scaling == maps
    assert round((found.macs + found.pooling) / 1e9, 2) == 3.87


def test_no_squeeze_pools_nothing_but_scales_as_much():
    model = create_model("se_cifar_resnet20", 10, 3, SEConfig(squeeze="none"))
    assert complexity(model).pooling == 0
    assert complexity(model).scaling == 3 * (16 * 32**2 + 32 * 16**2 + 64 * 8**2)


def test_a_baseline_has_no_gates_to_pay_for():
    found = complexity(create_model("cifar_resnet20", 10))
    assert (found.pooling, found.scaling) == (0, 0)


def test_counting_neither_changes_nor_runs_the_network():
    model = create_model("cifar_resnet20", 10).train()
    before = {name: value.clone() for name, value in model.state_dict().items()}
    runs = []
    model.fc.register_forward_hook(lambda module, inputs, output: runs.append(output.device.type))
    complexity(model)
    assert "cpu" not in runs
    assert model.training
    after = model.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    assert all(parameter.device.type == "cpu" for parameter in model.parameters())


def test_a_network_from_elsewhere_is_refused():
    with pytest.raises(InputError, match=r"was not made by senet_core.create_model"):
        complexity(nn.Linear(2, 2))
