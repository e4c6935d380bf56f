import pytest
import torch
from torch import nn

from senet_core import SEConfig, SqueezeExcitation
from senet_core.attention import Site
from senet_core.models.blocks import Block, Branches, ConvNorm, gate_3x3, he_init


def unit(placement="standard", *, act=None, merge="sum", scale=1.0, shortcut=None, se=True):
    """A unit from 6 to 10 channels with random gates; (B, 6, H, W) to (B, 10, H, W)."""
    site = Site(3, 2, SEConfig(reduction=2, placement=placement) if se else None)
    c_body = 4 if merge == "cat" else 10
    body = nn.Sequential()
    body.add_module("conv1", ConvNorm(6, 5, 3))
    gate_3x3(body, site=site, channels=5)
    body.add_module("conv2", ConvNorm(5, c_body, 1, act=False))
    if merge == "cat":
        shortcut = nn.Identity()
    elif shortcut is None:
        shortcut = ConvNorm(6, 10, 1, act=False)
    block = Block(
        body, shortcut, channels=(6, 10), site=site, act=act, merge=merge, scale=scale
    ).eval()
    for module in block.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.running_var, 0.5, 2)
        if isinstance(module, SqueezeExcitation):
            nn.init.normal_(module.fc1.weight)
            nn.init.normal_(module.fc2.weight)
    return block


def in_words(block, placement, x):
    """Figure 5 and Table 15, each written out."""
    body, se, shortcut = block.body, block.se, block.shortcut
    if placement == "standard":
        return torch.relu(se(body(x)) + shortcut(x))
    if placement == "pre":
        return torch.relu(body(se(x)) + shortcut(x))
    if placement == "post":
        return se(torch.relu(body(x) + shortcut(x)))
    if placement == "identity":
        return torch.relu(body(x) + se(shortcut(x)))
    return torch.relu(body.conv2(body.se(body.conv1(x))) + shortcut(x))


@pytest.mark.parametrize("grad", [True, False])
@pytest.mark.parametrize("placement", ["standard", "pre", "post", "identity", "conv3x3"])
def test_each_placement_is_what_the_paper_draws(placement, grad):
    block, x = unit(placement), torch.randn(2, 6, 5, 5)
    kept = x.clone()
    with torch.set_grad_enabled(grad):
        torch.testing.assert_close(block(x), in_words(block, placement, x))
    assert torch.equal(x, kept)


@pytest.mark.parametrize(
    ("placement", "merge", "channels"),
    [
        ("standard", "sum", 10),
        ("pre", "sum", 6),
        ("post", "sum", 10),
        ("identity", "sum", 10),
        ("conv3x3", "sum", 5),
        ("standard", "cat", 4),
        ("pre", "cat", 6),
        ("post", "cat", 10),
        ("identity", "cat", 6),
    ],
)
def test_a_unit_has_one_gate_as_wide_as_what_it_gates(placement, merge, channels):
    block = unit(placement, merge=merge)
    gates = [m for m in block.modules() if isinstance(m, SqueezeExcitation)]
    assert [gate.channels for gate in gates] == [channels]
    assert (gates[0].stage, gates[0].block) == (3, 2)
    assert block(torch.randn(2, 6, 5, 5)).shape == (2, 10, 5, 5)


def test_concatenation_puts_the_shortcut_first():
    block, x = unit(merge="cat"), torch.randn(2, 6, 5, 5)
    expected = torch.relu(torch.cat((x, block.se(block.body(x))), 1))
    torch.testing.assert_close(block(x), expected)


def test_the_scale_acts_on_the_gated_branch_alone():
    block, x = unit(scale=0.17, act=nn.Identity()), torch.randn(2, 6, 5, 5)
    expected = 0.17 * block.se(block.body(x)) + block.shortcut(x)
    torch.testing.assert_close(block(x), expected)


def test_a_plain_unit_gates_the_output_of_its_body():
    site = Site(1, 1, SEConfig(reduction=2))
    block = Block(ConvNorm(6, 10, 3), None, channels=(6, 10), site=site).eval()
    x = torch.randn(2, 6, 5, 5)
    torch.testing.assert_close(block(x), block.se(block.body(x)))


def test_a_baseline_unit_is_body_plus_shortcut():
    block, x = unit(se=False), torch.randn(2, 6, 5, 5)
    assert isinstance(block.se, nn.Identity)
    torch.testing.assert_close(block(x), torch.relu(block.body(x) + block.shortcut(x)))


def test_a_stand_in_for_the_gate_is_called():
    block, x = unit(), torch.randn(2, 6, 5, 5)
    block.se = nn.Tanh()
    torch.testing.assert_close(block(x), torch.relu(block.body(x).tanh() + block.shortcut(x)))


@pytest.fixture
def reused(monkeypatch):
    """What each gate was told about its input."""
    told = []
    original = SqueezeExcitation.forward

    def forward(self, x, *, reuse=False):
        told.append(reuse)
        return original(self, x, reuse=reuse)

    monkeypatch.setattr(SqueezeExcitation, "forward", forward)
    return told


@pytest.mark.parametrize(
    ("placement", "fresh"),
    [("standard", True), ("post", True), ("pre", False), ("identity", False), ("conv3x3", False)],
)
def test_only_what_the_unit_itself_made_is_scaled_in_place(placement, fresh, reused):
    unit(placement)(torch.randn(2, 6, 5, 5))
    assert reused == [fresh]


@pytest.mark.parametrize("path", ["body", "body.conv2", "body.conv2.norm", "body.conv1.conv"])
def test_not_in_place_while_a_hook_watches_the_branch(path, reused):
    block, x, seen = unit(), torch.randn(2, 6, 5, 5), []
    producer = block.get_submodule(path)
    with (
        torch.no_grad(),
        producer.register_forward_hook(lambda m, i, output: seen.append((output, output.clone()))),
    ):
        block(x)
    kept, copy = seen[0]
    assert reused == [False]
    if path != "body.conv1.conv":  # whose output its own batch norm may overwrite
        assert torch.equal(kept, copy)


def test_not_in_place_while_a_hook_watches_the_sum(reused):
    block, seen = unit("post"), []
    with (
        torch.no_grad(),
        block.act.register_forward_hook(lambda m, i, output: seen.append((output, output.clone()))),
    ):
        block(torch.randn(2, 6, 5, 5))
    assert reused == [False]
    assert torch.equal(*seen[0])


def test_branches_concatenate_in_order():
    branches = Branches({"a": nn.Identity(), "b": nn.ReLU()})
    x = torch.randn(2, 3, 4, 4)
    assert torch.equal(branches(x), torch.cat((x, x.relu()), 1))


@pytest.mark.parametrize(
    ("kernel", "padding", "shape"),
    [(3, None, (8, 8)), (1, None, (8, 8)), ((1, 7), None, (8, 8)), (3, 0, (6, 6))],
)
def test_convolutions_keep_the_size_unless_told_otherwise(kernel, padding, shape):
    layer = ConvNorm(3, 4, kernel, padding=padding)
    assert layer(torch.randn(2, 3, 8, 8)).shape[2:] == shape
    assert layer.conv.bias is None


def test_he_initialisation_of_convolutions():
    torch.manual_seed(0)
    layer = ConvNorm(64, 128, 3, bias=True)
    he_init(layer)
    assert layer.conv.weight.std().item() == pytest.approx((2 / (128 * 9)) ** 0.5, rel=0.01)
    assert not layer.conv.bias.any()
