"""Each step against what the block's own layers give by hand."""

import numpy as np
import pytest
import timm
import torch
from torch import nn
from torch.nn import functional as F

from analysis.gates import find_gates, record_gates
from analysis.intervene import intervene, set_to
from analysis.steps import blocks_to_follow, follow
from analysis.trace import trace
from senet_core import SEConfig, create_model
from senet_core.errors import InputError
from tests.analysis.gates.wild import InPlace, Residual, SELayer

EXCITATIONS = {"sigmoid": torch.sigmoid, "tanh": torch.tanh, "relu": torch.relu}
VARIANTS = [
    SEConfig(),
    SEConfig(squeeze="max", bias=False),
    SEConfig(squeeze="none"),
    SEConfig(excitation="tanh"),
    SEConfig(excitation="relu"),
    *(SEConfig(placement=place) for place in ("pre", "post", "identity", "conv3x3")),
]


def network(config: SEConfig) -> nn.Module:
    torch.manual_seed(0)
    name = "se_resnet50" if config.placement == "conv3x3" else "se_cifar_resnet20"
    return create_model(name, 7, se=config)


def image(seed: int = 3, side: int = 32, channels: int = 3) -> torch.Tensor:
    return torch.randn(channels, side, side, generator=torch.Generator().manual_seed(seed))


def without_hooks(model: nn.Module) -> bool:
    return not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())


def close(a: np.ndarray, b: torch.Tensor, atol: float = 1e-6) -> bool:
    return a.shape == tuple(b.shape) and np.allclose(a, b.detach().numpy(), 1e-4, atol)


@pytest.mark.parametrize("config", VARIANTS, ids=str)
def test_steps_are_those_of_the_blocks_own_layers(config):
    model = network(config).eval()
    gates = blocks_to_follow(model, find_gates(model))
    gate = list(gates.values())[4]
    block = model.get_submodule(gate.path)
    seen = {}
    block.register_forward_hook(lambda m, x, y: seen.update(u=x[0].clone(), y=y.clone()))
    x = image()
    with torch.no_grad():
        logits = model(x[None])
    block._forward_hooks.clear()
    u = seen["u"]
    spatial = config.squeeze == "none"
    z = {"avg": u.mean((2, 3)), "max": u.amax((2, 3)), "none": u.permute(0, 2, 3, 1)}
    hidden = F.relu(F.linear(z[config.squeeze], block.fc1.weight, block.fc1.bias))
    scores = F.linear(hidden, block.fc2.weight, block.fc2.bias)
    s = EXCITATIONS[config.excitation](scores)
    first = [v[0].permute(2, 0, 1) if spatial else v[0] for v in (hidden, scores, s)]

    steps = follow(model, gate, x)

    assert (steps.squeeze, steps.excitation) == (config.squeeze, config.excitation)
    assert steps.bias == config.bias
    assert close(steps.maps, u[0])
    assert steps.squeezed is None if spatial else close(steps.squeezed, z[config.squeeze][0])
    for found, wanted in zip((steps.hidden, steps.scores, steps.gates), first, strict=True):
        assert close(found, wanted, 1e-5)
    assert close(steps.scaled, seen["y"][0], 1e-5)
    assert close(steps.logits, logits[0], 1e-5)
    assert close(steps.channel_gates, first[2].mean((1, 2)) if spatial else first[2], 1e-5)
    assert close(steps.strength, u[0].abs().mean((1, 2)))
    assert without_hooks(model)


class Wild(nn.Module):
    def __init__(self, block: nn.Module) -> None:
        super().__init__()
        self.conv, self.block, self.head = nn.Conv2d(3, 8, 3), block, nn.Linear(8, 4)

    def forward(self, x):
        return self.head(self.block(self.conv(x)).mean((2, 3)))


@pytest.mark.parametrize("kind", [SELayer, InPlace])
def test_a_block_of_someone_elses_shows_its_steps_too(kind):
    torch.manual_seed(0)
    model = Wild(kind(8)).eval()
    gates = find_gates(model)
    x = image()
    with torch.no_grad():
        u = model.conv(x[None])
        hidden = torch.relu(model.block.fc[0](u.mean((2, 3))))
    with torch.no_grad(), record_gates(model) as recorded:
        model(x[None])
    steps = follow(model, next(iter(gates.values())), x)
    assert (steps.squeeze, steps.excitation, steps.bias) == ("avg", "sigmoid", False)
    assert close(steps.maps, u[0])
    assert close(steps.squeezed, u.mean((2, 3))[0])
    assert close(steps.hidden, hidden[0])
    assert close(steps.gates, next(iter(recorded.values()))[0])


def test_a_unit_that_scales_within_shows_what_it_scales():
    torch.manual_seed(0)
    model = Wild(Residual(8, 8)).eval()
    (gate,) = find_gates(model).values()
    x = image()
    with torch.no_grad():
        u = model.block.residual(model.conv(x[None]))
    steps = follow(model, gate, x)
    assert steps.squeeze == "avg"
    assert close(steps.maps, u[0], 1e-5)
    assert close(steps.squeezed, u.mean((2, 3))[0], 1e-5)


@pytest.mark.parametrize("name", ["seresnet18", "ecaresnet26t", "efficientnet_b0", "regnety_002"])
def test_networks_of_timm_show_maps_squeeze_and_gates(name):
    torch.manual_seed(0)
    model = timm.create_model(name, pretrained=False, num_classes=5).eval()
    gate = list(find_gates(model).values())[1]
    x = image(side=64)
    with torch.no_grad(), record_gates(model) as recorded:
        model(x[None])
    steps = follow(model, gate, x)
    assert steps.squeeze == "avg"
    assert close(steps.gates, recorded[gate.path][0])
    assert np.allclose(steps.maps.mean((1, 2)), steps.squeezed, 1e-3, 1e-5)
    assert steps.hidden is None if name.startswith("eca") else len(steps.hidden) < gate.channels
    assert without_hooks(model)


def test_changed_gates_are_the_ones_that_are_shown():
    model = network(SEConfig()).eval()
    gate = list(find_gates(model).values())[2]
    with intervene(model, {gate.path: set_to(0.25)}):
        steps = follow(model, gate, image())
    assert np.array_equal(steps.gates, np.full(gate.channels, 0.25, np.float32))
    assert np.allclose(steps.scaled, steps.maps / 4)


def test_what_cannot_be_followed_is_refused():
    model = network(SEConfig())
    gate = next(iter(find_gates(model.eval()).values()))
    with pytest.raises(InputError, match="training mode"):
        follow(model.train(), gate, image())
    with pytest.raises(InputError, match="has no gate"):
        follow(create_model("cifar_resnet20", 7).eval(), gate, image())


def test_no_hook_is_left_where_the_forward_raises():
    model = network(SEConfig()).eval()
    gate = next(iter(find_gates(model).values()))
    with pytest.raises(RuntimeError):
        follow(model, gate, torch.zeros(5, 8, 8))
    assert without_hooks(model)


def test_a_trace_copies_what_is_changed_in_place():
    block = nn.Sequential(nn.ReLU(inplace=True))
    with trace(block) as runs:
        block(torch.tensor([-1.0, 2.0]))
    assert [run.taken.tolist() for run in runs] == [[-1.0, 2.0]] * 2
    assert [run.given.tolist() for run in runs] == [[0.0, 2.0]] * 2
