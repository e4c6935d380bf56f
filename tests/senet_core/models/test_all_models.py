"""What every network must do, whatever its family; parametrised over `list_models`."""

import dataclasses

import pytest
import torch

from senet_core import InputError, SEConfig, create_model, list_models
from senet_core.models import preact_resnet, resnet, shake_shake, shufflenet
from senet_core.models.network import RESIDUAL
from senet_core.registry import SPECS
from tests.senet_core.models.ghosts import gates, ghost, randomise, sites

GATED = [name for name in list_models() if name.startswith("se_") or SPECS[name].always_se]
FAMILIES = [
    "se_resnet18",
    "se_resnet50",
    "se_vgg16_bn",
    "se_bn_inception",
    "se_inception_resnet_v2",
    "se_mobilenet_v1",
    "se_shufflenet_v1_g3",
    "se_cifar_resnet20",
    "se_cifar_wrn16_8",
    "se_cifar_shake_shake26_2x96d",
    "se_cifar_shake_even29_2x4x64d",
]
SIZE = {"inception_resnet_v2": 96}  # others take 32

# One small member of each family that has rows to shrink; the rest run on the meta device.
SMALL = {
    "basic": resnet.ResNetSpec(depths=(1, 1, 1, 1), body="basic", width=0.125),
    "bottleneck": resnet.ResNetSpec(depths=(1, 1, 1, 1), width=0.125),
    "senet154": dataclasses.replace(
        resnet.SPECS["senet154"], depths=(1, 1, 1, 1), width=0.125, dropout=0.0
    ),
    "preact": preact_resnet.PreActSpec(depth=2, widths=(16, 32, 64)),
    "preact-bottleneck": preact_resnet.PreActSpec(depth=1, widths=(16, 32, 64), body="bottleneck"),
    "shake": dataclasses.replace(
        shake_shake.SPECS["cifar_shake_shake26_2x96d"], depth=1, widths=(16, 32, 64)
    ),
    "shake-even": dataclasses.replace(
        shake_shake.SPECS["cifar_shake_even29_2x4x64d"], depth=1, widths=(16, 32, 64)
    ),
    "shufflenet": shufflenet.ShuffleNetSpec(groups=3, widths=(60, 120, 240), depths=(2, 1, 1)),
}


def base(name):
    return name.removeprefix("se_")


def run_on_meta(model, size):
    """Forward and backward of two images; the parameters that got no gradient."""
    y = model(torch.empty(2, 3, size, size, device="meta"))
    y.sum().backward()
    assert y.shape == (2, 10)
    return [name for name, parameter in model.named_parameters() if parameter.grad is None]


@pytest.mark.parametrize("name", GATED)
def test_every_gate_fires_and_every_parameter_learns(name):
    model, fired = ghost(name, 10), []
    for path, gate in gates(model).items():
        gate.gate.register_forward_hook(
            lambda module, inputs, output, path=path: fired.append((path, tuple(output.shape)))
        )
    assert run_on_meta(model, SIZE.get(base(name), 32)) == []
    assert fired == [(path, (2, gate.channels)) for path, gate in gates(model).items()]
    found = list(sites(model).values())
    assert found == sorted(set(found))  # in the network's order, and no two alike
    assert {stage for stage, _ in found} == set(SPECS[base(name)].stages)
    assert min(block for _, block in found) == 1


@pytest.mark.parametrize("name", FAMILIES)
def test_a_single_stage_carries_gates_there_alone(name):
    stage = SPECS[base(name)].stages[-1]
    everywhere, there = ghost(name), ghost(name, se=SEConfig(stages=(stage,)))
    assert list(gates(there)) == [
        path for path, site in sites(everywhere).items() if site[0] == stage
    ]


@pytest.mark.parametrize("name", FAMILIES)
def test_a_baseline_is_the_se_form_without_its_gates(name):
    plain, gated = ghost(base(name), 10), ghost(name, 10)
    assert gates(plain) == {}
    assert list(plain.state_dict()) == [key for key in gated.state_dict() if ".se." not in key]
    assert run_on_meta(plain, SIZE.get(base(name), 32)) == []


@pytest.mark.parametrize("placement", RESIDUAL)
@pytest.mark.parametrize(
    "name",
    ["se_vgg16_bn", "se_bn_inception", "se_inception_resnet_v2", "se_mobilenet_v1"],
)
def test_a_placement_builds_where_it_makes_sense_and_is_refused_elsewhere(name, placement):
    if placement not in SPECS[base(name)].placements:
        with pytest.raises(InputError, match=f"^placement '{placement}' has no meaning in"):
            ghost(name, se=SEConfig(placement=placement))
        return
    config = SEConfig(placement=placement, squeeze="none", excitation="tanh", bias=False)
    assert run_on_meta(ghost(name, 10, config), SIZE.get(base(name), 32)) == []


@pytest.mark.parametrize("placement", RESIDUAL)
@pytest.mark.parametrize("family", SMALL)
def test_every_variant_of_the_block_runs_with_finite_gradients(family, placement):
    torch.manual_seed(0)
    images = torch.randn(2, 3, 32, 32)
    for squeeze, excitation in (("avg", "relu"), ("max", "tanh"), ("none", "sigmoid")):
        config = SEConfig(
            reduction=4, squeeze=squeeze, excitation=excitation, placement=placement, bias=False
        )
        model = SMALL[family].build(num_classes=4, in_chans=3, se=config)
        y = model(images)
        y.square().sum().backward()
        assert y.isfinite().all()
        assert all(p.grad is not None and p.grad.isfinite().all() for p in model.parameters())


@pytest.mark.parametrize("placement", RESIDUAL)
@pytest.mark.parametrize("family", SMALL)
def test_scaling_in_place_changes_no_output(family, placement):
    torch.manual_seed(0)
    config = SEConfig(reduction=4, placement=placement)
    model = randomise(SMALL[family].build(num_classes=4, in_chans=3, se=config))
    images = torch.randn(2, 3, 32, 32)
    out_of_place = model(images).detach()  # autograd is on
    with torch.inference_mode():
        torch.testing.assert_close(model(images), out_of_place, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", ["se_mobilenet_v1", "se_bn_inception", "se_shufflenet_v1_g3"])
def test_real_networks_give_finite_numbers_in_both_modes(name):
    torch.manual_seed(0)
    model = create_model(name, 5, 1)
    images = torch.randn(2, 1, 64, 64)
    loss = torch.nn.functional.cross_entropy(model(images), torch.tensor([1, 3]))
    loss.backward()
    assert all(p.grad.isfinite().all() for p in model.parameters())
    with torch.inference_mode():
        assert model.eval()(images).isfinite().all()
