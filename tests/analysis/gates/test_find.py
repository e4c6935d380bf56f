"""Which gates a network has, in what order and under which names."""

import pytest
import torch
from torch import nn

from analysis import find_gates, record_gates, skipped_gates
from senet_core import SEConfig, SqueezeExcitation, create_model
from tests.analysis.gates import wild


@pytest.fixture
def images():
    return torch.randn(3, 3, 32, 32, generator=torch.Generator().manual_seed(1))


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


def test_known_and_unknown_blocks_come_in_the_networks_order():
    network = nn.Sequential(
        nn.Conv2d(3, 32, 1), wild.SELayer(32), SqueezeExcitation(32), wild.InPlace(32)
    )
    assert list(find_gates(network)) == ["1", "2", "3"]
    assert [gate.label for gate in find_gates(network).values()] == ["SE_1", "SE_2", "SE_3"]


def test_a_block_alone_is_a_network():
    for block in (SqueezeExcitation(16), wild.SELayer(16)):
        with record_gates(block) as gates:
            block(torch.zeros(2, 16, 3, 3))
        assert find_gates(block)[""].label == "SE_1"
        assert gates[""].shape == (2, 16)
