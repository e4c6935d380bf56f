"""In its first run a block's output is compared with its input times its gates, and only then."""

import gc
import weakref

import pytest
import torch
from timm.layers import SEModule
from timm.layers.squeeze_excite import SqueezeExciteCl
from torch import nn

from analysis import find_gates, record_gates
from senet_core import InputError, SqueezeExcitation, create_model
from tests.analysis.gates import wild


class Doubled(SEModule):
    """Of a known class, but it scales by twice its gates."""

    def forward(self, x):
        return 2 * super().forward(x)


class Repaired(nn.Module):
    """The same, of no known class."""

    def __init__(self):
        super().__init__()
        self.fc1, self.fc2 = nn.Conv2d(16, 4, 1), nn.Conv2d(4, 16, 1)
        self.gate = nn.Sigmoid()

    def forward(self, x):
        return 2 * x * self.gate(self.fc2(self.fc1(x.mean((2, 3), keepdim=True)).relu()))


def images():
    return torch.rand(2, 3, 20, 20) + 1


def network(block):
    torch.manual_seed(0)
    return nn.Sequential(nn.Conv2d(3, 16, 1), block).eval()


def hooks_of(model):
    return sum(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules())


def test_a_block_that_does_something_else_is_named():
    model = network(Doubled(16))
    with (
        pytest.raises(InputError, match=r"the output of 1 is not its input times the gates"),
        record_gates(model),
        torch.no_grad(),
    ):
        model(images())
    assert hooks_of(model) == 0


def test_derived_from_no_known_class_it_is_judged_by_what_it_does():
    model = network(Repaired())
    assert find_gates(model)["1"].source == "1.gate"
    with record_gates(model) as gates, torch.no_grad():
        model(images())
    assert gates["1"].shape == (2, 16)


@pytest.mark.parametrize("grad", [True, False])
@pytest.mark.parametrize(
    "block", [lambda: SqueezeExcitation(16), lambda: wild.InPlace(16), lambda: SEModule(16)]
)
def test_what_scales_passes_in_place_too(block, grad):
    model = network(block())
    if isinstance(model[1], wild.InPlace) and grad:
        model.requires_grad_(False)
    with record_gates(model) as gates, torch.set_grad_enabled(grad):
        model(images())
    assert list(gates) == ["1"]


@pytest.mark.parametrize("dtype", [torch.float64, torch.bfloat16, torch.float16])
def test_other_precisions_pass(dtype):
    model = network(SEModule(16)).to(dtype)
    with record_gates(model) as gates, torch.no_grad():
        model(images().to(dtype))
    assert gates["1"].dtype == dtype


def test_mixed_precision_passes():
    model = network(SEModule(16))
    with record_gates(model) as gates, torch.autocast("cpu", torch.bfloat16):
        model(images())
    assert gates["1"].shape == (2, 16)


def test_channels_are_found_on_either_side_of_a_square():
    for block, x in ((SEModule(16), (2, 16, 16, 16)), (SqueezeExciteCl(16), (2, 16, 16, 16))):
        with record_gates(block) as gates, torch.no_grad():
            block(torch.randn(x))
        assert gates[""].shape == (2, 16)


def test_after_the_first_run_the_blocks_are_free_and_nothing_is_kept():
    model = create_model("se_cifar_resnet20", 10).eval()
    kept = []
    model.layer1[0].body.register_forward_hook(
        lambda module, inputs, output: kept.append(weakref.ref(output))
    )
    with record_gates(model) as gates, torch.no_grad():
        blocks = [model.get_submodule(path) for path in find_gates(model)]
        assert all(len(block._forward_hooks) == 1 for block in blocks)
        model(images())
        assert hooks_of(model) == len(blocks) + 2  # the sources', the network's, and ours above
        assert not any(block._forward_hooks or block._forward_pre_hooks for block in blocks)
        first = dict(gates)
        model(images())
        assert first.keys() == gates.keys()
    gc.collect()
    assert [reference() for reference in kept] == [None, None]


def test_ours_scales_in_place_again_after_the_first_run():
    class Keeper(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv, self.se = nn.Conv2d(3, 16, 1), SqueezeExcitation(16)
            self.same = []

        def forward(self, x):
            y = self.conv(x)
            z = self.se(y, reuse=True)
            self.same.append(z.data_ptr() == y.data_ptr())
            return z

    model = Keeper().eval()
    with record_gates(model), torch.inference_mode():
        first = model(images().fill_(0.5))
        assert torch.equal(model(images().fill_(0.5)), first)
    assert model.same == [False, True]
