"""Blocks of unknown class are found by what they do, and only those that gate channels."""

import pytest
import torch
from torch import nn

from analysis import find_gates, record_gates, skipped_gates
from tests.analysis.gates import wild
from tests.senet_core.peers import moskomule


def network(*parts):
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 32, 3, padding=1), nn.BatchNorm2d(32), *parts).eval()


def images(n=3):
    return torch.randn(n, 3, 9, 9, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("block", [wild.SELayer, wild.InPlace, wild.Functional])
def test_a_block_that_only_scales_is_found_and_its_gates_are_its_ratio(block):
    model = network(block(32))
    with torch.no_grad():
        x = model[:2](images())
        before = x.clone()
        expected = (model[2](x) / before).mean((2, 3))
        with record_gates(model) as gates:
            model(images())
    assert list(gates) == ["2"]
    assert find_gates(model)["2"].channels == 32
    torch.testing.assert_close(gates["2"], expected, rtol=1e-3, atol=1e-5)


def test_moskomules_networks_have_one_in_each_unit():
    model = moskomule("se_resnet20").eval()
    gates = find_gates(model)
    assert len(gates) == 9
    last = gates["layer3.2.se"]
    assert (last.source, last.channels, last.kind) == ("layer3.2.se.fc.3", 64, "se")
    assert [gate.label for gate in gates.values()][::4] == ["SE_1_1", "SE_2_2", "SE_3_3"]
    seen = []
    model.layer3[2].se.fc.register_forward_hook(lambda module, inputs, output: seen.append(output))
    with record_gates(model) as recorded, torch.no_grad():
        model(images())
    assert len(recorded) == 9
    assert torch.equal(recorded["layer3.2.se"], seen[0])


def test_a_unit_that_scales_within_names_its_excitation():
    model = nn.Sequential()
    model.stage1 = nn.Sequential(wild.Residual(32, 32), wild.Residual(32, 64, stride=2))
    torch.manual_seed(0)
    model = nn.Sequential(network(), model).eval()
    gates = find_gates(model)
    assert list(gates) == ["1.stage1.0.excitation", "1.stage1.1.excitation"]
    assert [gate.label for gate in gates.values()] == ["SE_2_1", "SE_2_2"]
    unit, seen = model[1].stage1[1], []
    unit.residual.register_forward_hook(lambda module, inputs, output: seen.append(output))
    with record_gates(model) as recorded, torch.no_grad():
        model(images())
        expected = unit.excitation(seen[0].mean((2, 3)))
    torch.testing.assert_close(recorded["1.stage1.1.excitation"], expected)


def test_a_sigmoid_that_is_called_is_applied_to_the_last_layer():
    model = network(wild.MBConv(32))
    gate = find_gates(model)["2"]
    assert (gate.source, gate.function, gate.channels) == ("2.se_expand", "sigmoid", 128)
    assert gate.bounded
    seen = []
    model[2].se_expand.register_forward_hook(lambda module, inputs, output: seen.append(output))
    with record_gates(model) as gates, torch.no_grad():
        model(images())
    assert torch.equal(gates["2"], seen[0].sigmoid().flatten(1))
    assert find_gates(network(wild.Functional(32)))["2"].function == "hardsigmoid"


def test_of_two_attentions_the_one_of_positions_is_left_out():
    model = network(wild.Concurrent(32))
    assert list(find_gates(model)) == ["2.cse"]
    assert skipped_gates(model) == {"2.sse": "spatial: it has a gate for every position"}


def test_a_block_that_fits_any_width_takes_that_of_the_layer_before():
    model = network(wild.Concurrent(32), wild.Eca())
    assert find_gates(model)["3"].channels == 32
    with record_gates(model) as gates, torch.no_grad():
        model(images())
    assert gates["3"].shape == (3, 32)


@pytest.mark.parametrize(
    "part",
    [
        wild.Swish(),
        wild.Head(32, 32),
        nn.Sequential(nn.Conv2d(32, 8, 1), nn.SiLU(), nn.Conv2d(8, 32, 1)),
        nn.Sequential(nn.Sequential(nn.Conv2d(32, 32, 1), nn.Sigmoid())),
    ],
    ids=["activation", "head", "bottleneck", "nothing"],
)
def test_what_gates_no_channels_is_not_spoken_of(part):
    model = network(part)
    assert find_gates(model) == skipped_gates(model) == {}


class Odd(nn.Module):
    """Gates that are no vector for each image, in three ways."""

    def __init__(self, how):
        super().__init__()
        self.how = how
        self.layer = nn.Conv2d(32, 1 if how == "one" else 32, 1)
        self.sigmoid = nn.Sigmoid()

    def forward(self, x):
        z = {
            "constant": self.layer.weight.mean((1, 2, 3))[None, :, None, None],
            "one": self.layer(x.mean((2, 3), keepdim=True)),
            "twice": self.layer(x.mean((2, 3), keepdim=True)),
        }[self.how]
        y = x * self.sigmoid(z)
        return y * self.sigmoid(z + 1) if self.how == "twice" else y


@pytest.mark.parametrize(
    ("how", "reason"),
    [
        ("constant", "the same for every image"),
        ("one", "one number for all channels"),
        ("twice", "not to be told apart: one sigmoid gives several gates"),
    ],
)
def test_gates_that_are_no_vector_have_their_reason(how, reason):
    model = network(Odd(how))
    assert find_gates(model) == {}
    assert skipped_gates(model) == {"2": reason}


def test_an_excitation_that_cannot_be_run_alone_has_its_reason():
    class Outer(nn.Module):
        def __init__(self):
            super().__init__()
            self.first, self.se = network(), wild.Conditioned(32)

        def forward(self, x, other):
            return self.se(self.first(x), other)

    model = Outer()
    assert find_gates(model) == {}
    assert list(skipped_gates(model)) == ["se"]
    assert "not to be judged: run alone, it says" in skipped_gates(model)["se"]
    assert "missing 1 required positional argument: 'other'" in skipped_gates(model)["se"]


def test_names_alone_make_no_gate():
    class Plain(nn.Module):
        """All the names of an SE block, and no product."""

        def __init__(self):
            super().__init__()
            self.se = wild.SELayer(32)
            self.se.forward = lambda x: x + self.se.fc(x.mean((2, 3)))[:, :, None, None]

        def forward(self, x):
            return self.se(x)

    assert find_gates(network(Plain())) == {}


def test_a_network_without_numbers_has_the_same_gates():
    def parts():
        return [wild.SELayer(32), wild.Residual(32, 32), wild.Concurrent(32), wild.MBConv(32)]

    with torch.device("meta"):
        empty = network(*parts())
        assert len(find_gates(empty)) == 4
    assert find_gates(empty) == find_gates(network(*parts()))


def test_finding_changes_nothing():
    model = network(wild.Residual(32, 32)).train()
    calls = []
    model[2].excitation.register_forward_hook(lambda *_: calls.append(1))
    state = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    assert len(find_gates(model)) == 1
    assert torch.equal(torch.rand(3), expected)
    assert calls == []
    assert all(module.training for module in model.modules())
    assert all(torch.equal(tensor, state[name]) for name, tensor in model.state_dict().items())
