import pytest
import torch
from torch import nn

import senet_core
from senet_core import InputError, SEConfig, SqueezeExcitation, create_model, list_models
from senet_core.registry import ModelConfig

BASELINES = [
    "resnet18",
    "resnet34",
    "resnet50",
    "resnet101",
    "resnet152",
    "resnext50_32x4d",
    "resnext101_32x4d",
    "vgg16_bn",
    "bn_inception",
    "inception_resnet_v2",
    "mobilenet_v1",
    "shufflenet_v1_g3",
    "cifar_resnet20",
    "cifar_resnet32",
    "cifar_resnet44",
    "cifar_resnet56",
    "cifar_resnet110",
    "cifar_preact_resnet110",
    "cifar_preact_resnet164",
    "cifar_wrn16_8",
    "cifar_shake_shake26_2x96d",
    "cifar_shake_even29_2x4x64d",
]


def gates(model):
    return [module for module in model.modules() if isinstance(module, SqueezeExcitation)]


def test_every_network_of_the_design_is_there_with_its_se_form():
    expected = [*BASELINES, *(f"se_{name}" for name in BASELINES), "senet154"]
    assert sorted(list_models()) == sorted(expected)


def test_the_names_of_the_contract_are_public():
    assert set(senet_core.__all__) >= {
        "Complexity",
        "InputError",
        "SEConfig",
        "SqueezeExcitation",
        "complexity",
        "create_model",
        "list_models",
        "load_checkpoint",
        "save_checkpoint",
    }
    assert all(hasattr(senet_core, name) for name in senet_core.__all__)


def test_the_name_decides_where_no_configuration_is_given():
    assert gates(create_model("cifar_resnet20", 10)) == []
    se_model = create_model("se_cifar_resnet20", 10)
    assert len(gates(se_model)) == 9
    assert se_model.config.se == SEConfig()


def test_a_baseline_has_the_very_weights_of_its_se_form():
    plain = create_model("cifar_resnet20", 10).state_dict()
    gated = create_model("se_cifar_resnet20", 10).state_dict()
    assert [name for name in gated if ".se." not in name] == list(plain)


def test_the_configuration_rebuilds_the_network():
    model = create_model("se_resnet18", 7, 1, SEConfig(reduction=8, stages=(3,)), width=0.25)
    config = ModelConfig.of(model)
    assert (config.name, config.num_classes, config.in_chans) == ("se_resnet18", 7, 1)
    assert config.options == {"width": 0.25}
    again = create_model(
        config.name, config.num_classes, config.in_chans, config.se, **config.options
    )
    again.load_state_dict(model.state_dict())
    assert model(torch.zeros(2, 1, 32, 32)).shape == (2, 7)


@pytest.mark.parametrize(
    ("name", "size"), [("se_resnet50", 224), ("inception_resnet_v2", 299), ("cifar_resnet20", 32)]
)
def test_the_input_size_is_the_networks_own(name, size):
    with torch.device("meta"):
        assert create_model(name).config.input_size == size


@pytest.mark.parametrize(
    ("arguments", "options", "sentence"),
    [
        (("resnet51",), {}, r"^unknown model 'resnet51'; did you mean resnet\d+ or "),
        (("transformer",), {}, r"^unknown model 'transformer'; see senet_core.list_models\(\)$"),
        (("se_senet154",), {}, "^unknown model 'se_senet154'; did you mean senet154"),
        (
            ("resnet50",),
            {"se": SEConfig()},
            "^resnet50 has no SE block to configure; use se_resnet50$",
        ),
        (
            ("resnet50",),
            {"depth": 3},
            "^unknown option 'depth' of resnet50; it takes stride_on, pool, width$",
        ),
        (("vgg16_bn",), {"width": 0.5}, "^unknown option 'width' of vgg16_bn; it takes none$"),
        (("resnet50", 0), {}, "^num_classes must be a whole number of at least 1, not 0$"),
        (("resnet50", "10"), {}, "^num_classes must be a whole number of at least 1, not '10'$"),
        (("resnet50", 10, 0), {}, "^in_chans must be a whole number of at least 1, not 0$"),
        (("se_resnet50",), {"se": True}, "^se must be an SEConfig, such as .*, not True$"),
        (
            ("resnet50",),
            {"stride_on": "5x5"},
            "^unknown stride_on '5x5'; choose from 1x1, 3x3$",
        ),
        (("resnet50",), {"pool": "max"}, "^unknown pool 'max'; choose from ceil, padded$"),
        (("resnet50",), {"width": 0}, "^width must lie between 0 and 16, not 0$"),
        (("resnet50",), {"width": "half"}, "^width must lie between 0 and 16, not 'half'$"),
        (
            ("se_resnet50",),
            {"se": SEConfig(stages=(1, 4))},
            "^se_resnet50 has no stage 1; its stages are 2, 3, 4, 5$",
        ),
        (
            ("se_vgg16_bn",),
            {"se": SEConfig(placement="pre")},
            "^placement 'pre' has no meaning in the units of se_vgg16_bn; choose from standard$",
        ),
        (
            ("se_inception_resnet_v2",),
            {"se": SEConfig(placement="conv3x3")},
            "^placement 'conv3x3' has no meaning in the units of se_inception_resnet_v2; "
            "choose from standard, pre, post, identity$",
        ),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_sentence(arguments, options, sentence):
    with pytest.raises(InputError, match=sentence):
        create_model(*arguments, **options)


def test_a_network_from_elsewhere_has_no_configuration():
    with pytest.raises(InputError, match=r"^Linear was not made by senet_core.create_model"):
        ModelConfig.of(nn.Linear(2, 2))
