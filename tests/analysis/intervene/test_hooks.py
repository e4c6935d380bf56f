"""Other gates in whole networks: what follows from them, and that nothing stays behind."""

import copy
import threading

import pytest
import timm
import torch
import torchvision
from timm.layers.cbam import LightChannelAttn
from torch import nn

from analysis import find_gates, record_gates
from analysis.intervene import hooks as module_of_hooks
from analysis.intervene import intervene, on_channels, scale_by, set_to, shuffle_images
from analysis.naming import Gate
from senet_core import InputError, SEConfig, SqueezeExcitation, create_model


def hooks_of(model):
    return sum(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules())


def everywhere(model, change):
    return dict.fromkeys(find_gates(model), change)


def copied(recorded):
    return {path: gates.clone() for path, gates in recorded.items()}


class OneBlock(nn.Module):
    """Logits are the means of the gated maps."""

    def __init__(self):
        super().__init__()
        self.se = SqueezeExcitation(4, SEConfig(reduction=2))

    def forward(self, x):
        return self.se(x).mean((2, 3))


@pytest.fixture
def network():
    torch.manual_seed(0)
    return create_model("se_cifar_resnet20", 10).eval()


@pytest.fixture
def images():
    return torch.randn(3, 3, 16, 16, generator=torch.Generator().manual_seed(1))


def test_the_block_scales_by_the_gates_that_are_set():
    x = torch.tensor([1.0, 2, 3, 4])[None, :, None, None].expand(2, 4, 3, 3)
    with intervene(OneBlock(), {}) as nothing:
        assert nothing is None
    block = OneBlock()
    with intervene(block, {"se": set_to([[1.0, 0, 0.5, 2], [0.0, 1, 2, 3]])}):
        logits = block(x)
    assert logits.tolist() == [[1, 0, 1.5, 8], [0, 2, 6, 12]]


@pytest.mark.parametrize("mode", [torch.enable_grad, torch.no_grad, torch.inference_mode])
def test_own_values_change_not_a_bit(network, images, mode):
    with mode():
        with record_gates(network) as gates:
            plain = network(images)
        own = {path: set_to(values) for path, values in copied(gates).items()}
        with intervene(network, own):
            assert torch.equal(network(images), plain)


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_ones_equal_the_network_without_the_scaling(network, images, mode):
    bare = copy.deepcopy(network)
    for path in find_gates(network):
        parent, name = path.rsplit(".", 1)
        setattr(bare.get_submodule(parent), name, nn.Identity())
    with mode(), intervene(network, everywhere(network, set_to(1.0))):
        assert torch.equal(network(images), bare(images))


def test_zeroing_a_residual_block_leaves_the_shortcut(network, images):
    seen = {}
    unit = network.get_submodule("layer2.0")
    unit.register_forward_hook(lambda m, x, y: seen.update(x=x[0].clone(), y=y.clone()))
    with torch.inference_mode(), intervene(network, {"layer2.0.se": set_to(0.0)}):
        network(images)
        assert torch.equal(seen["y"], unit.act(unit.shortcut(seen["x"])))
        assert seen["y"].abs().max() > 0


def test_dropping_channels_takes_them_from_the_branch(network, images):
    seen = {}
    block = network.get_submodule("layer3.1.se")
    block.register_forward_hook(lambda m, x, y: seen.update(y=y.clone()))
    with torch.no_grad(), intervene(network, {"layer3.1.se": on_channels([5, 60], set_to(0.0))}):
        network(images)
    empty = [channel for channel in range(64) if not seen["y"][:, channel].any()]
    assert empty == [5, 60]


@pytest.mark.parametrize("recorder_first", [True, False])
def test_recorded_gates_are_the_changed_ones(network, images, recorder_first):
    change = intervene(network, {"layer1.0.se": set_to(0.25)})
    recorder = record_gates(network)
    with torch.inference_mode():
        with record_gates(network) as own:
            network(images)
        own = copied(own)
        if recorder_first:
            with recorder as gates, change:
                network(images)
        else:
            with change, recorder as gates:
                network(images)
    assert gates["layer1.0.se"].unique().tolist() == [0.25]
    assert not torch.equal(gates["layer1.1.se"], own["layer1.1.se"])  # it follows from the change


def test_scaling_in_place_sees_the_changed_gates(network, images):
    """Ours scales in place in inference mode alone; both ways give the same."""
    change = {"layer1.2.se": scale_by(0.5), "layer3.0.se": shuffle_images(0)}
    with intervene(network, change):
        with torch.inference_mode():
            fast = network(images)
        assert torch.equal(network(images).detach(), fast)
    with torch.inference_mode():
        assert not torch.equal(network(images), fast)


def test_the_inner_of_two_acts_first(network, images):
    path = "layer1.0.se"
    with (
        torch.no_grad(),
        record_gates(network) as gates,
        intervene(network, {path: on_channels([0], set_to(9.0))}),
        intervene(network, {path: set_to(1.0)}),
    ):
        network(images)
    assert gates[path][0].tolist() == [9, *[1] * 15]


def test_hooks_go(network, images):
    with torch.no_grad():
        plain = network(images)
        with intervene(network, everywhere(network, set_to(0.5))):
            assert hooks_of(network) == 9
        assert hooks_of(network) == 0
        assert torch.equal(network(images), plain)


def test_hooks_go_when_the_forward_raises(network):
    changes = everywhere(network, set_to(0.5))
    with pytest.raises(RuntimeError), intervene(network, changes):
        network(torch.zeros(1, 5, 16, 16))
    assert hooks_of(network) == 0
    with pytest.raises(InputError), intervene(network, {**changes, "nowhere": set_to(1.0)}):
        pass
    assert hooks_of(network) == 0


def test_another_thread_has_the_network_unchanged(network, images):
    found = {}

    def elsewhere():
        with torch.inference_mode():
            found["logits"] = network(images)

    with torch.inference_mode():
        plain = network(images)
        with intervene(network, everywhere(network, set_to(0.0))):
            thread = threading.Thread(target=elsewhere)
            thread.start()
            thread.join()
            assert not torch.equal(network(images), plain)
    assert torch.equal(found["logits"], plain)


def test_gradients_flow_to_gates_that_are_set(network, images):
    gates = torch.full((16,), 0.5, requires_grad=True)
    with intervene(network, {"layer1.0.se": set_to(gates)}):
        network(images).sum().backward()
    assert gates.grad.abs().min() > 0


def test_a_gate_that_is_not_there_is_named(network):
    with pytest.raises(InputError, match=r"no gate 'layer9'; it has layer1\.0\.se, "):
        intervene(network, {"layer9": set_to(1.0)}).__enter__()
    baseline = create_model("cifar_resnet20", 10)
    with pytest.raises(InputError, match="none at all: it is a baseline"):
        intervene(baseline, {"layer1.0.se": set_to(1.0)}).__enter__()


def test_a_change_that_gives_another_shape_is_named(network, images):
    change = {"layer1.0.se": lambda gates: gates[:, :3]}
    said = r"shape \(3, 3\); it must keep \(3, 16\)"
    with pytest.raises(InputError, match=said), intervene(network, change):
        network(images)


@pytest.mark.parametrize("shape", [(2, 4), (2, 4, 1, 1), (2, 1, 4), (2, 1, 1, 4)])
def test_gates_keep_the_shape_in_which_the_block_gives_them(monkeypatch, shape):
    class Source(nn.Module):
        def forward(self, x):
            return x.reshape(shape)

    gate = Gate("", "se", 4, None, None, "SE_1", source="0")
    monkeypatch.setattr(module_of_hooks, "find_gates", lambda model: {"block": gate})
    block = nn.Sequential(Source())
    own = torch.arange(8.0).reshape(2, 4)
    with intervene(block, {"block": scale_by(2.0)}):
        changed = block(own)
    assert changed.shape == shape
    assert torch.equal(changed.flatten(), 2 * own.flatten())


def foreign(name):
    library, plain = name.split(":")
    if library == "torchvision":
        return torchvision.models.get_model(plain, num_classes=7)
    return timm.create_model(plain, num_classes=7)


@pytest.mark.parametrize(
    "name",
    [
        "torchvision:mobilenet_v3_small",
        "torchvision:efficientnet_b0",
        "timm:efficientnet_b0",
        "timm:ecaresnet26t",
        "timm:seresnet18",
        "timm:ese_vovnet19b_slim",
        "timm:regnety_002",
    ],
)
def test_gates_of_other_libraries_can_be_set(name):
    torch.manual_seed(0)
    model = foreign(name).eval()
    x = torch.randn(2, 3, 64, 64)
    paths = list(find_gates(model))
    assert paths
    with torch.inference_mode():
        with record_gates(model) as gates:
            plain = model(x)
        own = copied(gates)
        with intervene(model, {path: set_to(values) for path, values in own.items()}):
            assert torch.equal(model(x), plain)
        with intervene(model, everywhere(model, set_to(0.25))), record_gates(model) as gates:
            seen, outputs = {}, {}
            block = model.get_submodule(paths[-1])
            with (
                block.register_forward_pre_hook(lambda m, x: seen.update(x=x[0].clone())),
                block.register_forward_hook(lambda m, x, y: outputs.update(y=y.clone())),
            ):
                model(x)
        assert all(torch.equal(v, torch.full_like(v, 0.25)) for v in gates.values())
        assert torch.allclose(outputs["y"], 0.25 * seen["x"])
    assert hooks_of(model) == 0


def test_gates_without_a_module_of_their_own_can_be_set():
    torch.manual_seed(0)
    block = nn.Sequential(LightChannelAttn(16)).eval()
    x = torch.randn(2, 16, 4, 4)
    with torch.no_grad():
        with record_gates(block) as gates:
            plain = block(x)
        own = gates["0"].clone()
        with intervene(block, {"0": set_to(own)}):
            assert torch.allclose(block(x), plain)
        with intervene(block, {"0": on_channels([1], set_to(0.0))}):
            assert torch.allclose(block(x), plain * (torch.arange(16) != 1)[:, None, None])
        with intervene(block, {"0": set_to(1.0)}):
            assert torch.equal(block(x), x)
        said = "can only be set to values from 0 to 1"
        with pytest.raises(InputError, match=said), intervene(block, {"0": set_to(2.0)}):
            block(x)
