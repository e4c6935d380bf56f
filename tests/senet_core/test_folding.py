"""The squeeze taken before the last convolution: the same logits, in units that allow it."""

import pytest
import torch
from torch import nn

from senet_core import (
    InputError,
    SEConfig,
    SqueezeExcitation,
    create_model,
    fold_squeeze,
    save_checkpoint,
)
from senet_core.folding import FoldedGate
from tests.senet_core.models.ghosts import randomise


def made(name: str, **options) -> nn.Module:
    torch.manual_seed(0)
    model = create_model(name, **options)
    randomise(model)
    return model.eval()


@pytest.mark.parametrize(
    ("name", "options", "units"),
    [
        ("se_resnet50", {"width": 0.25}, 16),
        ("se_resnet50", {"width": 0.25, "se": SEConfig(bias=False, stages=(4, 5))}, 9),
        ("se_resnet50", {"width": 0.25, "se": SEConfig(excitation="tanh")}, 16),
        ("se_resnext50_32x4d", {}, 16),
    ],
)
def test_folded_networks_give_the_same_logits(name, options, units):
    model = made(name, **options).double()
    images = torch.randn(2, 3, 64, 64, dtype=torch.float64)
    with torch.no_grad():
        before = model(images)
        assert fold_squeeze(model) == units
        after = model(images)
    assert not any(isinstance(module, SqueezeExcitation) for module in model.modules())
    assert (after - before).abs().max() < 1e-12 * before.abs().max()


def test_the_gates_depend_on_the_image_as_before():
    """Folding with a wrong shift would be seen in one unit before it is lost among sixteen."""
    model = made("se_resnet50", width=0.25)
    unit = model.layer2[0]
    maps = torch.randn(3, unit.body[0].conv.in_channels, 9, 7)
    with torch.no_grad():
        gates = unit.se.gate.register_forward_hook(lambda *seen: found.append(seen[-1]))
        found: list[torch.Tensor] = []
        unit(maps)
        gates.remove()
        fold_squeeze(model)
        inner = unit.body[:-1](maps)
        folded = unit.body[-1]
        assert isinstance(folded, FoldedGate)
        found.append(folded.gate(folded.fc2(folded.relu(folded.fc1(inner.mean((2, 3)))))))
    assert found[0].std(0).max() > 1e-3
    torch.testing.assert_close(found[1], found[0], rtol=1e-5, atol=1e-6)


def test_a_hook_on_the_last_convolution_sees_its_output_unscaled():
    model, images = made("se_resnet50", width=0.25), torch.randn(1, 3, 64, 64)
    fold_squeeze(model)
    seen = []
    last = model.layer1[0].body[-1].last
    last.norm.register_forward_hook(lambda *found: seen.append((found[-1], found[-1].clone())))
    with torch.no_grad():
        model(images)
    assert torch.equal(*seen[0])


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("resnet50", {"width": 0.25}),
        ("se_resnet18", {}),
        ("se_resnet50", {"width": 0.25, "se": SEConfig(squeeze="max")}),
        ("se_resnet50", {"width": 0.25, "se": SEConfig(squeeze="none")}),
        ("se_resnet50", {"width": 0.25, "se": SEConfig(placement="pre")}),
        ("se_resnet50", {"width": 0.25, "se": SEConfig(placement="conv3x3")}),
    ],
)
def test_what_cannot_be_folded_is_refused(name, options):
    model = made(name, **options)
    with pytest.raises(InputError, match="no unit of this network"):
        fold_squeeze(model)


def test_a_model_in_training_is_refused():
    with pytest.raises(InputError, match=r"model\.eval"):
        fold_squeeze(made("se_resnet50", width=0.25).train())


def test_a_folded_network_is_neither_trained_nor_saved_nor_folded_again(tmp_path):
    model = made("se_resnet50", width=0.25)
    fold_squeeze(model)
    with pytest.raises(InputError, match="folded already"):
        fold_squeeze(model)
    with pytest.raises(InputError, match="could rebuild it"):
        save_checkpoint(tmp_path / "folded.safetensors", model)
    with pytest.raises(InputError, match="cannot be trained"):
        model.train()(torch.zeros(2, 3, 64, 64))
