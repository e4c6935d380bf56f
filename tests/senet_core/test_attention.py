import numpy as np
import pytest
import torch
from torch import nn

from senet_core import InputError, SEConfig, SqueezeExcitation
from senet_core.attention import Site

POOL = {"avg": lambda x: x.mean((2, 3)), "max": lambda x: x.max((2, 3))}
CURVE = {
    "sigmoid": lambda a: 1 / (1 + np.exp(-a)),
    "tanh": np.tanh,
    "relu": lambda a: np.maximum(a, 0),
}


def scrambled(config, channels=8):
    """A block all of whose weights and biases are random, and non-zero."""
    block = SqueezeExcitation(channels, config)
    for parameter in block.parameters():
        nn.init.normal_(parameter)
    return block


def gates_by_hand(block, z):
    """Equation 3 in numpy, for rows z (..., C)."""
    weights = {name: value.detach().numpy() for name, value in block.named_parameters()}
    hidden = np.maximum(z @ weights["fc1.weight"].T + weights.get("fc1.bias", 0), 0)
    out = hidden @ weights["fc2.weight"].T + weights.get("fc2.bias", 0)
    return CURVE[block.config.excitation](out)


def recorded_gate(block, x):
    seen = []
    with block.gate.register_forward_hook(lambda module, inputs, output: seen.append(output)):
        y = block(x)
    return seen[0].detach().numpy(), y.detach().numpy()


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("excitation", sorted(CURVE))
@pytest.mark.parametrize("squeeze", sorted(POOL))
def test_gate_is_equation_3_and_output_is_input_times_gate(squeeze, excitation, bias):
    block = scrambled(SEConfig(reduction=2, squeeze=squeeze, excitation=excitation, bias=bias))
    x = torch.randn(3, 8, 5, 4)
    gate, y = recorded_gate(block, x)
    assert gate.shape == (3, 8)
    np.testing.assert_allclose(gate, gates_by_hand(block, POOL[squeeze](x.numpy())), atol=1e-5)
    np.testing.assert_array_equal(y, x.numpy() * gate[:, :, None, None])


@pytest.mark.parametrize("excitation", sorted(CURVE))
def test_without_squeeze_every_position_has_its_own_gates(excitation):
    block = scrambled(SEConfig(reduction=2, squeeze="none", excitation=excitation))
    x = torch.randn(3, 8, 5, 4)
    gate, y = recorded_gate(block, x)
    assert gate.shape == (3, 5, 4, 8)
    by_hand = gates_by_hand(block, x.numpy().transpose(0, 2, 3, 1))
    np.testing.assert_allclose(gate, by_hand, atol=1e-5)
    np.testing.assert_array_equal(y, x.numpy() * gate.transpose(0, 3, 1, 2))


def test_children_stand_in_the_order_of_the_equations():
    block = SqueezeExcitation(64, SEConfig())
    assert [name for name, _ in block.named_children()] == ["squeeze", "fc1", "relu", "fc2", "gate"]
    assert block.fc1.weight.shape == (4, 64)
    assert block.fc2.weight.shape == (64, 4)


@pytest.mark.parametrize(
    ("channels", "config", "hidden"),
    [
        (256, SEConfig(), 16),
        (2048, SEConfig(), 128),
        (16, SEConfig(), 1),
        (8, SEConfig(), 1),
        (16, SEConfig(reduction=4, min_hidden=4), 4),
        (64, SEConfig(reduction=4, min_hidden=4), 16),
        (216, SEConfig(), 13),
    ],
)
def test_hidden_width_is_channels_over_reduction_but_never_less_than_the_minimum(
    channels, config, hidden
):
    assert config.hidden(channels) == hidden
    assert SqueezeExcitation(channels, config).fc1.out_features == hidden


def test_he_initialisation_and_zero_biases():
    torch.manual_seed(0)
    block = SqueezeExcitation(1024, SEConfig(reduction=2))
    assert block.fc1.weight.std().item() == pytest.approx((2 / 1024) ** 0.5, rel=0.01)
    assert block.fc2.weight.std().item() == pytest.approx((2 / 512) ** 0.5, rel=0.01)
    assert not block.fc1.bias.any()
    assert not block.fc2.bias.any()


@pytest.mark.parametrize("squeeze", ["avg", "max", "none"])
def test_in_place_gives_what_out_of_place_gives(squeeze):
    block = scrambled(SEConfig(reduction=2, squeeze=squeeze))
    x = torch.randn(2, 8, 4, 4)
    with torch.no_grad():
        expected = block(x)
        kept = x.clone()
        reused = block(x, reuse=True)
    assert reused.data_ptr() == x.data_ptr()
    assert not torch.equal(x, kept)
    torch.testing.assert_close(reused, expected, rtol=0, atol=0)


def test_not_in_place_while_autograd_is_on():
    block, x = scrambled(SEConfig()), torch.randn(2, 8, 4, 4)
    kept = x.clone()
    block(x, reuse=True)
    assert torch.equal(x, kept)


def test_not_in_place_unless_the_caller_vouches_for_the_input():
    block, x = scrambled(SEConfig()), torch.randn(2, 8, 4, 4)
    kept = x.clone()
    with torch.inference_mode():
        block(x)
    assert torch.equal(x, kept)


def watchers():
    """How a hook may come to see the block's input."""
    ignore = lambda *_: None  # noqa: E731
    yield "forward", lambda block: block.register_forward_hook(ignore)
    yield "before", lambda block: block.register_forward_pre_hook(ignore)
    yield "squeeze", lambda block: block.squeeze.register_forward_pre_hook(ignore)
    yield "global", lambda block: nn.modules.module.register_module_forward_hook(ignore)


@pytest.mark.parametrize("watch", [w for _, w in watchers()], ids=[name for name, _ in watchers()])
def test_not_in_place_while_a_hook_watches(watch):
    block, x = scrambled(SEConfig()), torch.randn(2, 8, 4, 4)
    kept = x.clone()
    with torch.no_grad():
        with watch(block):
            block(x, reuse=True)
        assert torch.equal(x, kept)
        block(x, reuse=True)
        assert not torch.equal(x, kept)


def test_a_hook_sees_the_hidden_layer_before_its_relu():
    block, seen = scrambled(SEConfig(reduction=1)), []
    with block.fc1.register_forward_hook(lambda module, inputs, output: seen.append(output)):
        block(torch.randn(4, 8, 2, 2))
    assert (seen[0] < 0).any()


def test_a_site_tells_its_block_where_it_stands():
    block = Site(4, 6, SEConfig(reduction=4)).gate(64)
    assert (block.stage, block.block, block.channels) == (4, 6, 64)
    assert block.config.reduction == 4


def test_a_block_that_stands_alone_has_no_stage():
    block = SqueezeExcitation(64)
    assert (block.stage, block.block) == (None, None)


def test_a_site_places_a_gate_only_in_the_chosen_stages():
    config = SEConfig(placement="post", stages=(4,))
    assert Site(4, 1, config).placement == "post"
    assert Site(3, 1, config).placement is None
    assert Site(4, 1, None).placement is None


def test_a_configuration_says_how_it_is_typed():
    assert SEConfig().as_typed() == "SEConfig()"
    config = SEConfig(reduction=8, squeeze="max", stages=(3, 4), bias=False)
    assert config.as_typed() == 'SEConfig(reduction=8, squeeze="max", stages=(3, 4), bias=False)'
    assert eval(config.as_typed(), {"SEConfig": SEConfig}) == config
    assert config.differing(SEConfig(reduction=8, squeeze="max")) == {
        "stages": (3, 4),
        "bias": False,
    }


@pytest.mark.parametrize(
    "config",
    [
        SEConfig(),
        SEConfig(
            reduction=4,
            squeeze="none",
            excitation="tanh",
            placement="identity",
            stages=(2, 5),
            bias=False,
            min_hidden=4,
        ),
    ],
)
def test_configuration_survives_json(config):
    assert SEConfig.from_json(config.to_json()) == config


def test_stages_are_sorted_and_may_be_any_sequence():
    assert SEConfig(stages=[4, 2, 4]).stages == (2, 4)
    assert hash(SEConfig(stages=[4, 2])) == hash(SEConfig(stages=(2, 4)))


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"squeeze": "median"}, "unknown squeeze 'median'; choose from avg, max, none"),
        ({"excitation": "gelu"}, "unknown excitation 'gelu'; choose from sigmoid, tanh, relu"),
        (
            {"placement": "middle"},
            "unknown placement 'middle'; choose from standard, pre, post, identity, conv3x3",
        ),
        ({"reduction": 0}, "reduction must be a whole number of at least 1, not 0"),
        ({"reduction": 1.5}, "reduction must be a whole number of at least 1, not 1.5"),
        ({"min_hidden": 0}, "min_hidden must be a whole number of at least 1, not 0"),
        ({"stages": ("last",)}, r"stages must be whole numbers such as \(3, 4\), not \('last',\)"),
        ({"stages": "34"}, r"stages must be whole numbers such as \(3, 4\), not '34'"),
        ({"stages": (3.5,)}, r"stages must be whole numbers such as \(3, 4\), not \(3.5,\)"),
        ({"stages": ()}, "stages must name one at least; None means all of them"),
        ({"reduction": True}, "reduction must be a whole number of at least 1, not True"),
        ({"stages": 4}, r"stages must be whole numbers such as \(3, 4\), not 4"),
    ],
)
def test_meaningless_configurations_are_refused(fields, sentence):
    with pytest.raises(InputError, match=f"^{sentence}$"):
        SEConfig(**fields)


@pytest.mark.parametrize("text", ["", "[]", "null", "16", '{"ratio": 16}', "{"])
def test_text_that_is_no_configuration_is_refused(text):
    with pytest.raises(InputError, match="does not describe an SE block"):
        SEConfig.from_json(text)


def test_a_bad_value_in_the_text_is_refused_by_its_own_sentence():
    with pytest.raises(InputError, match=r"^unknown squeeze 'median'"):
        SEConfig.from_json('{"squeeze": "median"}')
