from typing import ClassVar

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


class Seen(nn.Linear):
    """A classifier that remembers what it was called with."""

    calls: ClassVar[list] = []

    def forward(self, x):
        self.calls.append((len(x), self.weight))
        return super().forward(x)


def test_counting_neither_changes_nor_runs_the_network(monkeypatch):
    monkeypatch.setattr(Seen, "calls", [])
    model = create_model("cifar_resnet20", 10).train()
    model.fc = Seen(64, 10)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    complexity(model)
    assert model.training
    assert all(module.training for module in model.modules())
    after = model.state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)
    ((images, weight),) = Seen.calls
    assert images == 0
    assert weight is model.fc.weight  # not a copy


def test_hooks_stay_and_are_not_called():
    model, calls = create_model("se_cifar_resnet20", 10), []
    model.register_forward_pre_hook(lambda *_: calls.append("before"))
    model.layer1[0].se.gate.register_forward_hook(lambda *_: calls.append("gate"))
    complexity(model)
    assert calls == []
    model.eval()(torch.randn(1, 3, 32, 32))
    assert calls == ["before", "gate"]
    hooked = [path for path, module in model.named_modules() if module._forward_hooks]
    assert hooked == ["layer1.0.se.gate"]


@pytest.mark.parametrize("name", ["se_resnet18", "se_bn_inception", "se_shufflenet_v1_g3"])
def test_device_and_precision_make_no_difference(name):
    expected = complexity(create_model(name))
    with torch.device("meta"):
        assert complexity(create_model(name)) == expected
    assert complexity(create_model(name).bfloat16()) == expected
    assert complexity(create_model(name).to(memory_format=torch.channels_last)) == expected


@pytest.mark.parametrize("name", ["se_resnet18", "se_cifar_shake_shake26_2x96d"])
def test_no_images_are_counted_as_one_is(name):
    """The operations of a real image, by torch's own counter."""
    model = create_model(name, 10).eval()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(torch.zeros(1, 3, 40, 40))
    assert complexity(model, 40).macs == counter.get_total_flops() // 2


def test_a_layer_that_the_user_put_in_is_counted():
    model = create_model("cifar_resnet20", 10)
    before = complexity(model)
    model.fc = nn.Linear(64, 30)
    after = complexity(model)
    assert after.macs - before.macs == 64 * 20
    assert after.parameters - before.parameters == 65 * 20


def test_the_papers_flops_are_multiply_adds_and_pooling():
    assert Complexity(1, 10, pooling=5, scaling=3).flops == 15


@pytest.mark.parametrize(
    ("name", "size", "sentence"),
    [
        ("vgg16_bn", 8, r"^images of 8 x 8 pixels are too small .* at least 32 x 32$"),
        ("inception_resnet_v2", 74, r"^images of 74 x 74 pixels are .* at least 75 x 75$"),
        ("cifar_resnet20", 0, r"^the image size must be at least 1 pixel, not 0$"),
        ("cifar_resnet20", -4, r"^the image size must be at least 1 pixel, not -4$"),
    ],
)
def test_images_that_are_too_small_are_refused(name, size, sentence):
    with torch.device("meta"):
        model = create_model(name, 10)
    with pytest.raises(InputError, match=sentence):
        complexity(model, size)


def test_a_network_from_elsewhere_is_refused():
    with pytest.raises(InputError, match=r"was not made by senet_core.create_model"):
        complexity(nn.Linear(2, 2))
