"""The table of classes: what each is, in which networks it is, and what is left out and why."""

import subprocess
import sys

import pretrainedmodels
import pytest
import timm
import torch
import torchvision
from timm import layers
from timm.layers import coord_attn
from timm.layers.cbam import CbamModule, LightCbamModule
from timm.layers.squeeze_excite import SqueezeExciteCl
from timm.models._efficientnet_blocks import SqueezeExcite
from timm.models.davit import ChannelAttention
from timm.models.hgnet import EseModule
from timm.models.senet import SEModule as LegacySE
from torch import nn
from torchvision.models.quantization.mobilenetv3 import QuantizableSqueezeExcitation
from torchvision.ops import SqueezeExcitation

from analysis import find_gates, record_gates, skipped_gates

# Networks of timm: how many gates, of which kind, and the labels of the first and the last.
CENSUS = {
    "legacy_seresnet50": (16, "se", "SE_2_1", "SE_5_3"),
    "seresnet50": (16, "se", "SE_2_1", "SE_5_3"),
    "seresnet18": (8, "se", "SE_2_1", "SE_5_2"),
    "resnetrs50": (16, "se", "SE_2_1", "SE_5_3"),
    "efficientnet_b0": (16, "se", "SE_2_1", "SE_8_1"),
    "mobilenetv3_large_100": (8, "se", "SE_4_1", "SE_7_3"),
    "mobilenetv3_small_100": (9, "se", "SE_2_1", "SE_6_3"),
    "regnety_032": (21, "se", "SE_2_1", "SE_5_1"),
    "regnetv_040": (22, "se", "SE_2_1", "SE_5_2"),
    "ese_vovnet39b": (4, "ese", "SE_2_1", "SE_5_2"),
    "ghostnet_100": (7, "se", "SE_5_1", "SE_10_4"),
    "rexnet_100": (13, "se", "SE_1", "SE_13"),
    "tresnet_m": (18, "se", "SE_2_1", "SE_4_11"),
    "nfnet_f0": (12, "se", "SE_2_1", "SE_5_3"),
    "eca_nfnet_l0": (12, "eca", "SE_2_1", "SE_5_3"),
    "ecaresnet50d": (16, "eca", "SE_2_1", "SE_5_3"),
    "cs3se_edgenet_x": (24, "se", "SE_2_1", "SE_5_3"),
    "rdnet_tiny": (15, "ese", "SE_4_1", "SE_8_3"),
    "coatnet_0_rw_224": (5, "se", "SE_2_1", "SE_3_3"),
    "maxvit_tiny_rw_224": (11, "se", "SE_2_1", "SE_5_2"),
    "gcvit_tiny": (11, "se", "SE_1_0", "SE_5_1"),
    "repvit_m1": (10, "se", "SE_2_1", "SE_5_1"),
    "fastvit_t8": (1, "se", "SE_1", "SE_1"),
    "sebotnet33ts_256": (6, "se", "SE_2_1", "SE_4_2"),
    "lcnet_100": (2, "se", "SE_7_1", "SE_7_2"),
    "mnasnet_small": (10, "se", "SE_5_1", "SE_7_3"),
    "tinynet_a": (19, "se", "SE_2_1", "SE_8_1"),
    "hardcorenas_a": (8, "se", "SE_3_2", "SE_7_2"),
    "efficientvit_m0": (2, "se", "SE_3_0", "SE_4_0"),
}


@pytest.mark.parametrize("name", CENSUS)
def test_census_of_timm(name):
    with torch.device("meta"):
        model = timm.create_model(name)
    gates = list(find_gates(model).values())
    count, kind, first, last = CENSUS[name]
    assert len(gates) == count
    assert {gate.kind for gate in gates} == {kind}
    assert (gates[0].label, gates[-1].label) == (first, last)
    assert len({gate.label for gate in gates}) == count
    assert all(gate.bounded for gate in gates)
    assert skipped_gates(model) == {}


@pytest.mark.parametrize(
    ("name", "count", "first", "last"),
    [
        ("mobilenet_v3_small", 9, "SE_1", "SE_9"),
        ("mobilenet_v3_large", 8, "SE_1", "SE_8"),
        ("efficientnet_b0", 16, "SE_2_1", "SE_8_1"),
        ("efficientnet_v2_s", 30, "SE_5_1", "SE_7_15"),
        ("maxvit_t", 11, "SE_2_1", "SE_5_2"),
        ("regnet_y_400mf", 16, "SE_2_1", "SE_5_6"),
        ("regnet_x_400mf", 0, None, None),
        ("mnasnet0_5", 0, None, None),
        ("resnet18", 0, None, None),
    ],
)
def test_census_of_torchvision(name, count, first, last):
    gates = list(find_gates(torchvision.models.get_model(name)).values())
    assert len(gates) == count
    labels = [gate.label for gate in gates]
    assert len(set(labels)) == count
    assert labels[:1] + labels[-1:] == ([first, last] if count else [])


@pytest.mark.parametrize(
    "name",
    [
        *("mobilenetv4_hybrid_medium", "convnext_tiny", "vit_tiny_patch16_224", "levit_128s"),
        *("dla34", "res2net50d", "cspresnet50", "swin_tiny_patch4_window7_224", "mixer_s16_224"),
    ],
)
def test_baselines_of_timm_have_none(name):
    with torch.device("meta"):
        model = timm.create_model(name)
    assert find_gates(model) == skipped_gates(model) == {}


class WithLayer(nn.Sequential):
    """A block behind a layer of 16 channels."""

    def __init__(self, block):
        super().__init__(nn.Conv2d(3, 16, 1), block)


BLOCKS = {
    "legacy": (lambda: LegacySE(16, 4), "se", "sigmoid"),
    "cadene": (lambda: pretrainedmodels.models.senet.SEModule(16, 4), "se", "sigmoid"),
    "se": (lambda: layers.SEModule(16), "se", "gate"),
    "se of a maximum too": (lambda: layers.SEModule(16, add_maxpool=True), "se", "gate"),
    "efficientnet": (lambda: SqueezeExcite(16), "se", "gate"),
    "ese": (lambda: layers.EffectiveSEModule(16), "ese", "gate"),
    "hgnet": (lambda: EseModule(16), "ese", "sigmoid"),
    "eca": (lambda: layers.EcaModule(16), "eca", "gate"),
    "eca by mlp": (lambda: layers.EcaModule(16, use_mlp=True), "eca", "gate"),
    "ceca": (lambda: layers.CecaModule(16), "eca", "gate"),
    "context": (lambda: layers.GlobalContext(16), "gc", "gate"),
    "gather": (lambda: layers.GatherExcite(16, use_mlp=False), "ge", "gate"),
    "torchvision": (lambda: SqueezeExcitation(16, 4), "se", "scale_activation"),
    "quantizable": (lambda: QuantizableSqueezeExcitation(16, 4), "se", "scale_activation"),
}


@pytest.mark.parametrize("name", BLOCKS)
def test_each_class_gates_as_its_output_says(name):
    build, kind, source = BLOCKS[name]
    torch.manual_seed(0)
    model = WithLayer(build()).eval()
    gate = find_gates(model)["1"]
    assert (gate.kind, gate.channels, gate.source) == (kind, 16, f"1.{source}")
    with torch.no_grad(), record_gates(model) as gates:
        x = torch.rand(2, 3, 5, 7)
        y = model(x)
        z = model[0](x)
    assert gates["1"].shape == (2, 16)
    assert gates["1"].std() > 0
    torch.testing.assert_close(gates["1"], (y / z).mean((2, 3)), rtol=1e-4, atol=1e-5)


def test_channels_last():
    block = SqueezeExciteCl(16)
    x = torch.rand(2, 5, 7, 16)
    with torch.no_grad(), record_gates(block) as gates:
        y = block(x)
    torch.testing.assert_close(gates[""], (y / x).mean((1, 2)))


@pytest.mark.parametrize(("block", "function"), [(CbamModule, ""), (LightCbamModule, "sigmoid")])
def test_cbam_has_a_gate_for_channels_and_another_for_positions(block, function):
    torch.manual_seed(0)
    model = WithLayer(block(16)).eval()
    assert list(find_gates(model)) == ["1.channel"]
    gate = find_gates(model)["1.channel"]
    assert (gate.kind, gate.function, gate.bounded) == ("cbam", function, True)
    assert skipped_gates(model) == {"1.spatial": "spatial: it has a gate for every position"}
    with torch.no_grad(), record_gates(model) as gates:
        x = torch.rand(2, 3, 5, 7)
        model(x)
        z = model[0](x)
        expected = (model[1].channel(z) / z).mean((2, 3))
    torch.testing.assert_close(gates["1.channel"], expected)


def test_gates_beyond_0_to_1_are_known_as_such():
    assert not find_gates(layers.SEModule(16, gate_layer="tanh"))[""].bounded
    assert find_gates(layers.SEModule(16, gate_layer="hard_sigmoid"))[""].bounded


def test_a_block_of_any_width_that_stands_alone_is_left_out():
    assert find_gates(layers.EcaModule()) == {}
    assert "nothing tells how many channels" in skipped_gates(layers.EcaModule())[""]


@pytest.mark.parametrize(
    ("block", "reason"),
    [
        (layers.GlobalContext(16, fuse_add=True, fuse_scale=False), "additive"),
        (layers.GatherExcite(16, extent=2, use_mlp=False), "spatial"),
        (layers.SelectiveKernel(16), "softmax over paths"),
        (layers.SplitAttn(16), "splits"),
        (layers.NonLocalAttn(16), "no gates"),
        (layers.BatNonLocalAttn(16), "no gates"),
        (coord_attn.CoordAttn(16), "spatial"),
        (coord_attn.SimpleCoordAttn(16), "spatial"),
        (coord_attn.EfficientLocalAttn(16), "spatial"),
        (coord_attn.StripAttn(16), "spatial"),
        (ChannelAttention(16), "self-attention between channels"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_other_attention_is_left_out_with_its_reason(block, reason):
    model = WithLayer(block)
    assert find_gates(model) == {}
    assert list(skipped_gates(model)) == ["1"]
    assert reason in skipped_gates(model)["1"]


def test_an_addition_beside_the_scaling_leaves_the_gates():
    torch.manual_seed(0)
    model = WithLayer(layers.GlobalContext(16, fuse_add=True)).eval()
    with torch.no_grad(), record_gates(model) as gates:
        x = torch.rand(2, 3, 5, 7)
        y = model(x)  # its output is not input times gates, and nobody complains
        z = model[0](x)
    assert not torch.allclose(y, z * gates["1"][:, :, None, None])


def test_a_name_like_a_known_one_is_not_enough():
    class SEModule(nn.Module):
        def __init__(self):
            super().__init__()
            self.fc1, self.fc2, self.gate = nn.Linear(16, 4), nn.Linear(4, 16), nn.Sigmoid()

        def forward(self, x):
            return self.gate(self.fc2(self.fc1(x)))

    assert find_gates(WithLayer(SEModule())) == {}


def test_timm_is_not_imported():
    code = """
import sys, torch
from analysis import find_gates
from senet_core import create_model
assert len(find_gates(create_model("se_cifar_resnet20", 10))) == 9
assert "timm" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)
