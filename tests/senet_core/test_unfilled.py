import pytest
import torch

from senet_core import InputError, SEConfig, create_model
from senet_core.registry import ModelConfig
from senet_core.unfilled import create_unfilled


def test_it_is_the_network_of_create_model_but_for_its_numbers():
    se = SEConfig(reduction=4, stages=(5,))
    filled = create_model("se_resnet18", 7, se=se, width=0.25)
    unfilled = create_unfilled("se_resnet18", 7, se, width=0.25)
    assert ModelConfig.of(unfilled) == ModelConfig.of(filled)
    shapes = [{k: v.shape for k, v in m.state_dict().items()} for m in (filled, unfilled)]
    assert shapes[0] == shapes[1]
    assert {p.device.type for p in unfilled.parameters()} == {"cpu"}


@pytest.mark.parametrize("name", ["se_resnet18", "se_vgg16_bn", "se_bn_inception"])
def test_no_random_number_is_drawn(name):
    before = torch.get_rng_state()
    create_unfilled(name, 10)
    assert torch.equal(torch.get_rng_state(), before)
    create_unfilled("cifar_resnet20", 10)
    torch.manual_seed(0)
    expected = create_model("cifar_resnet20", 10).fc.weight
    torch.manual_seed(0)
    create_unfilled(name, 10)
    assert torch.equal(create_model("cifar_resnet20", 10).fc.weight, expected)


def test_a_network_is_drawn_again_once_it_is_left():
    with pytest.raises(InputError):
        create_unfilled("resnet51")
    before = torch.get_rng_state()
    assert create_model("cifar_resnet20", 10).layer1[0].body.conv1.conv.weight.std() > 0.05
    assert not torch.equal(torch.get_rng_state(), before)
