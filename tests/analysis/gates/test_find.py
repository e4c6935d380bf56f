"""Gates seen by hooks: their values, their names, and that no hook stays behind."""

import numpy as np
import pytest
import torch
import torchvision
from torch import nn
from torchvision.models.quantization.mobilenetv3 import QuantizableSqueezeExcitation
from torchvision.ops import SqueezeExcitation as TorchvisionSE

from analysis import find_gates, record_gates, skipped_gates
from senet_core import InputError, SEConfig, SqueezeExcitation, create_model


def hooks_of(model):
    return sum(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules())


def inputs_of(model, paths):
    """What each attention block takes in, copied; the hooks stay on."""
    seen = {}
    for path in paths:
        model.get_submodule(path).register_forward_pre_hook(
            lambda module, inputs, path=path: seen.__setitem__(path, inputs[0].clone())
        )
    return seen


def by_hand(block, x):
    """Equations 2 and 3 in float64, from the weights alone."""
    weights = {name: t.detach().double().numpy() for name, t in block.state_dict().items()}
    z = x.double().numpy().mean((2, 3))
    hidden = np.maximum(z @ weights["fc1.weight"].T + weights["fc1.bias"], 0)
    return 1 / (1 + np.exp(-(hidden @ weights["fc2.weight"].T + weights["fc2.bias"])))


@pytest.fixture
def network():
    torch.manual_seed(0)
    return create_model("se_cifar_resnet20", 10).eval()


@pytest.fixture
def images():
    return torch.randn(3, 3, 32, 32, generator=torch.Generator().manual_seed(1))


def test_recorded_gates_equal_those_computed_by_hand(network, images):
    seen = inputs_of(network, find_gates(network))
    with record_gates(network) as gates, torch.no_grad():
        network(images)
    assert len(gates) == 9
    for path, gate in gates.items():
        assert np.abs(gate.numpy() - by_hand(network.get_submodule(path), seen[path])).max() < 1e-6


def test_output_is_input_times_gate(network, images):
    seen, outputs = inputs_of(network, find_gates(network)), {}
    for path in find_gates(network):
        network.get_submodule(path).register_forward_hook(
            lambda module, inputs, output, path=path: outputs.__setitem__(path, output.clone())
        )
    with record_gates(network) as gates, torch.no_grad():
        network(images)
    for path, gate in gates.items():
        assert torch.equal(outputs[path], seen[path] * gate[:, :, None, None])


def test_recording_changes_no_output(network, images):
    with torch.inference_mode():
        plain = network(images)
        with record_gates(network):
            assert torch.equal(network(images), plain)


def test_gates_are_detached_vectors_between_0_and_1(network, images):
    with record_gates(network) as gates:
        network(images)
    for path, gate in find_gates(network).items():
        assert gates[path].shape == (3, gate.channels)
        assert not gates[path].requires_grad
        assert 0 <= gates[path].min() <= gates[path].max() <= 1


def test_the_last_forward_stays_and_hooks_go(network, images):
    with record_gates(network) as gates, torch.no_grad():
        network(images)
        first = gates["layer3.2.se"]
        network(images[:2] + 1)
    assert hooks_of(network) == 0
    assert gates["layer3.2.se"].shape == (2, 64)
    assert first.shape == (3, 64)


def test_hooks_go_when_the_forward_raises(network):
    with pytest.raises(RuntimeError), record_gates(network):
        network(torch.zeros(1, 5, 32, 32))
    assert hooks_of(network) == 0


def test_a_block_that_does_not_run_leaves_no_gate_of_an_earlier_forward():
    class Sometimes(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.second = SqueezeExcitation(16), SqueezeExcitation(16)

        def forward(self, x, deep):
            x = self.first(x)
            return self.second(x) if deep else x

    network = Sometimes()
    with record_gates(network) as gates:
        network(torch.zeros(1, 16, 2, 2), deep=True)
        assert set(gates) == {"first", "second"}
        network(torch.zeros(1, 16, 2, 2), deep=False)
    assert set(gates) == {"first"}


def test_a_baseline_has_no_gates(images):
    network = create_model("cifar_resnet20", 10)
    assert find_gates(network) == skipped_gates(network) == {}
    with record_gates(network) as gates:
        network(images)
    assert gates == {}


def test_gates_of_every_position_are_skipped_with_the_reason(images):
    network = create_model("se_cifar_resnet20", 10, se=SEConfig(squeeze="none"))
    assert find_gates(network) == {}
    assert len(skipped_gates(network)) == 9
    assert "spatial" in skipped_gates(network)["layer1.0.se"]
    with record_gates(network) as gates:
        network(images)
    assert gates == {}


@pytest.mark.parametrize(("excitation", "bounded"), [("sigmoid", True), ("tanh", False)])
def test_a_gate_knows_whether_it_is_bounded(excitation, bounded):
    network = create_model("se_cifar_resnet20", 10, se=SEConfig(excitation=excitation))
    assert {gate.bounded for gate in find_gates(network).values()} == {bounded}


@pytest.mark.parametrize("placement", ["standard", "pre", "post", "identity", "conv3x3"])
def test_every_placement_is_found(placement, images):
    network = create_model("se_cifar_resnet20", 10, se=SEConfig(placement=placement))
    with record_gates(network) as gates:
        network(images)
    assert list(gates) == list(find_gates(network))
    assert [gate.label for gate in find_gates(network).values()][3] == "SE_2_1"


def test_labels_are_the_papers():
    gates = find_gates(create_model("se_resnet50", 10, width=0.25))
    assert len(gates) == 16
    assert sum(gate.channels for gate in gates.values()) == 3776
    assert (gates["layer1.2.se"].label, gates["layer4.2.se"].label) == ("SE_2_3", "SE_5_3")
    assert (gates["layer3.5.se"].stage, gates["layer3.5.se"].block) == (4, 6)
    stage_4 = create_model("se_resnet50", 10, width=0.25, se=SEConfig(stages=(4,)))
    assert [gate.label for gate in find_gates(stage_4).values()] == [
        f"SE_4_{n}" for n in range(1, 7)
    ]


@pytest.mark.parametrize(
    ("name", "count", "bounded", "labels"),
    [
        ("mobilenet_v3_small", 9, True, ("SE_1", "SE_9")),
        ("efficientnet_b0", 16, True, ("SE_2_1", "SE_8_1")),
        ("regnet_y_400mf", 16, True, ("SE_2_1", "SE_5_6")),
    ],
)
def test_torchvision_networks_are_recorded(name, count, bounded, labels):
    network = torchvision.models.get_model(name, weights=None, num_classes=5).eval()
    gates = find_gates(network)
    with record_gates(network) as recorded, torch.inference_mode():
        network(torch.randn(2, 3, 32, 32))
    assert len(gates) == count
    assert list(recorded) == list(gates)
    assert {p: g.shape for p, g in recorded.items()} == {
        p: (2, g.channels) for p, g in gates.items()
    }
    assert {gate.bounded for gate in gates.values()} == {bounded}
    found = [gate.label for gate in gates.values()]
    assert (found[0], found[-1]) == labels
    assert len(set(found)) == count


@pytest.mark.parametrize("kind", [TorchvisionSE, QuantizableSqueezeExcitation])
def test_torchvision_gates_are_those_that_scale(kind):
    block = kind(16, 4)
    x = torch.rand(2, 16, 5, 5) + 1
    network = nn.Sequential(block)
    with record_gates(network) as gates:
        out = network(x)
    assert torch.allclose(out / x, gates["0"][:, :, None, None].expand_as(x), atol=1e-6)


def test_a_gate_that_is_no_vector_is_refused_by_name():
    block = TorchvisionSE(8, 4)
    block.avgpool = nn.Identity()
    with pytest.raises(InputError, match=r"gates of 0 have shape \(1, 8, 3, 3\)"):  # noqa: SIM117
        with record_gates(nn.Sequential(block)) as gates:
            block(torch.zeros(1, 8, 3, 3))
    assert gates == {}


def test_a_block_alone_is_a_network():
    block = SqueezeExcitation(16)
    with record_gates(block) as gates:
        block(torch.zeros(2, 16, 3, 3))
    assert find_gates(block)[""].label == "SE_1"
    assert gates[""].shape == (2, 16)
