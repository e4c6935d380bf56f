"""Gates seen by hooks: their values in networks of many families, and that no hook stays."""

import threading

import numpy as np
import pytest
import timm
import torch
import torchvision
from torch import nn
from torchvision.ops import SqueezeExcitation as TorchvisionSE

from analysis import find_gates, record_gates
from senet_core import InputError, SqueezeExcitation, create_model
from tests.analysis.gates import wild

# A network of each family, the side of its images, and where its gates come out, by hand: the
# class of its blocks and the child that ends them.
FAMILIES = {
    "timm:legacy_seresnet18": (64, "SEModule", "sigmoid"),
    "timm:seresnext26d_32x4d": (64, "SEModule", "gate"),
    "timm:resnetrs50": (64, "SEModule", "gate"),
    "timm:ecaresnet26t": (64, "EcaModule", "gate"),
    "timm:efficientnet_b0": (64, "SqueezeExcite", "gate"),
    "timm:mobilenetv3_small_050": (64, "SqueezeExcite", "gate"),
    "timm:regnety_002": (64, "SEModule", "gate"),
    "timm:ese_vovnet19b_dw": (64, "EffectiveSEModule", "gate"),
    "timm:ghostnet_050": (64, "SqueezeExcite", "gate"),
    "timm:rexnet_100": (64, "SEModule", "gate"),
    "timm:nf_regnet_b1": (64, "SEModule", "gate"),
    "timm:hgnet_tiny": (64, "EseModule", "sigmoid"),
    "timm:repvit_m0_9": (64, "SEModule", "gate"),
    "timm:tinynet_e": (64, "SqueezeExcite", "gate"),
    "torchvision:mobilenet_v3_small": (64, "SqueezeExcitation", "scale_activation"),
    "torchvision:efficientnet_b0": (64, "SqueezeExcitation", "scale_activation"),
    "torchvision:regnet_y_400mf": (64, "SqueezeExcitation", "scale_activation"),
    "torchvision:maxvit_t": (224, "SqueezeExcitation", "scale_activation"),
}


def hooks_of(model):
    return sum(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules())


def built(name):
    """With random weights; no branch starts at zero, as many do here, for then no gate varies."""
    collection, name = name.split(":")
    torch.manual_seed(0)
    if collection == "timm":
        model = timm.create_model(name, num_classes=5)
    else:
        model = torchvision.models.get_model(name, weights=None, num_classes=5)
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
    return model.eval()


@pytest.mark.parametrize("name", FAMILIES)
def test_gates_equal_those_of_modules_hooked_by_hand(name):
    size, kind, child = FAMILIES[name]
    model = built(name)
    blocks = {path: m for path, m in model.named_modules() if type(m).__name__ == kind}
    seen, ratios = {}, {}
    for path, block in blocks.items():
        getattr(block, child).register_forward_hook(
            lambda m, i, output, path=path: seen.__setitem__(path, output.clone())
        )
        block.register_forward_hook(
            lambda m, inputs, output, path=path: ratios.__setitem__(
                path, (inputs[0].clone(), output.clone())
            )
        )
    x = torch.randn(2, 3, size, size, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode(), record_gates(model) as gates:
        model(x)
    assert list(gates) == list(find_gates(model)) == list(blocks)
    for path, recorded in gates.items():
        assert recorded.shape == (2, find_gates(model)[path].channels)
        assert torch.equal(recorded, seen[path].reshape(2, -1))
        before, after = ratios[path]
        torch.testing.assert_close(after, before * recorded[:, :, None, None])
    assert max(float(recorded.std()) for recorded in gates.values()) > 1e-5


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
            assert torch.equal(network(images), plain)


def test_gates_are_detached_vectors_between_0_and_1(network, images):
    with record_gates(network) as gates:
        network(images)
    for path, gate in find_gates(network).items():
        assert gates[path].shape == (3, gate.channels)
        assert not gates[path].requires_grad
        assert 0 <= gates[path].min() <= gates[path].max() <= 1


def test_gradients_pass_as_without_recording(network, images):
    network(images).sum().backward()
    expected = network.layer1[0].se.fc1.weight.grad.clone()
    network.zero_grad()
    with record_gates(network):
        network(images).sum().backward()
    torch.testing.assert_close(network.layer1[0].se.fc1.weight.grad, expected)


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
            self.first, self.second = SqueezeExcitation(16), wild.SELayer(16)

        def forward(self, x, deep):
            x = self.first(x)
            return self.second(x) if deep else x

    network = Sometimes()
    with record_gates(network) as gates:
        network(torch.zeros(1, 16, 2, 2), deep=True)
        assert set(gates) == {"first", "second"}
        network(torch.zeros(1, 16, 2, 2), deep=False)
    assert set(gates) == {"first"}
    assert hooks_of(network) == 0


def test_another_threads_forward_is_not_recorded(network, images):
    with record_gates(network) as gates, torch.no_grad():
        network(images)
        other = threading.Thread(target=network, args=(images[:1],))
        other.start()
        other.join()
        assert gates["layer1.0.se"].shape == (3, 16)
    assert hooks_of(network) == 0


def test_a_gate_that_is_no_vector_is_refused_by_name():
    block = TorchvisionSE(8, 4)
    block.avgpool = nn.Identity()
    network = nn.Sequential(block)
    with (
        pytest.raises(InputError, match=r"gates of 0 have shape \(1, 8, 3, 3\)"),
        record_gates(network) as gates,
    ):
        network(torch.zeros(1, 8, 3, 3))
    assert gates == {}
    assert hooks_of(network) == 0


def test_a_network_without_numbers_is_recorded():
    with torch.device("meta"):
        network = timm.create_model("seresnet18")
        with record_gates(network) as gates:
            network(torch.empty(2, 3, 64, 64))
    assert [gate.shape[1] for gate in gates.values()] == [64, 64, 128, 128, 256, 256, 512, 512]
