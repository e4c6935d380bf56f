"""Networks with converted weights compute what the originals compute, gates included."""

import pytest
import torch

from senet_core import SEConfig, create_model, load_weights
from senet_core.convert import create_matching
from senet_core.convert.hub import NETWORKS
from tests.senet_core.peers import calm, computed, difference, peer

PADDED = {"stride_on": "3x3", "pool": "padded"}
NO_BIAS = {"se": SEConfig(bias=False)}
ROUNDED = {"se": SEConfig(min_hidden=8), "pool": "padded"}

# peer, our name, what create_model is to be told
PEERS = [
    ("timm:resnet18", "resnet18", {"pool": "padded"}),
    ("timm:resnet34", "resnet34", {"pool": "padded"}),
    ("timm:resnet50", "resnet50", PADDED),
    ("timm:resnet101", "resnet101", PADDED),
    ("timm:resnet152", "resnet152", PADDED),
    ("timm:resnext50_32x4d", "resnext50_32x4d", {"pool": "padded"}),
    ("timm:resnext101_32x4d", "resnext101_32x4d", {"pool": "padded"}),
    ("timm:seresnet18", "se_resnet18", ROUNDED),
    ("timm:seresnet34", "se_resnet34", ROUNDED),
    ("timm:seresnet50", "se_resnet50", PADDED),
    ("timm:seresnet101", "se_resnet101", PADDED),
    ("timm:seresnet152", "se_resnet152", PADDED),
    ("timm:seresnext50_32x4d", "se_resnext50_32x4d", {"pool": "padded"}),
    ("timm:seresnext101_32x4d", "se_resnext101_32x4d", {"pool": "padded"}),
    ("timm:senet154", "senet154", {"pool": "padded"}),
    ("timm:inception_resnet_v2", "inception_resnet_v2", {}),
    ("timm:legacy_seresnet50", "se_resnet50", {}),
    ("timm:legacy_seresnet101", "se_resnet101", {}),
    ("timm:legacy_seresnet152", "se_resnet152", {}),
    ("timm:legacy_seresnext50_32x4d", "se_resnext50_32x4d", {}),
    ("timm:legacy_seresnext101_32x4d", "se_resnext101_32x4d", {}),
    ("timm:legacy_senet154", "senet154", {}),
    ("cadene:se_resnet50", "se_resnet50", {}),
    ("cadene:se_resnet101", "se_resnet101", {}),
    ("cadene:se_resnet152", "se_resnet152", {}),
    ("cadene:se_resnext50_32x4d", "se_resnext50_32x4d", {}),
    ("cadene:se_resnext101_32x4d", "se_resnext101_32x4d", {}),
    ("cadene:senet154", "senet154", {}),
    ("cadene:bninception", "bn_inception", {}),
    ("cadene:inceptionresnetv2", "inception_resnet_v2", {}),
    ("torchvision:resnet18", "resnet18", {"pool": "padded"}),
    ("torchvision:resnet34", "resnet34", {"pool": "padded"}),
    ("torchvision:resnet50", "resnet50", PADDED),
    ("torchvision:resnet101", "resnet101", PADDED),
    ("torchvision:resnet152", "resnet152", PADDED),
    ("torchvision:resnext50_32x4d", "resnext50_32x4d", {"pool": "padded"}),
    ("torchvision:vgg16_bn", "vgg16_bn", {}),
    ("moskomule:se_resnet18", "se_resnet18", {**NO_BIAS, "pool": "padded"}),
    ("moskomule:se_resnet34", "se_resnet34", {**NO_BIAS, "pool": "padded"}),
    ("moskomule:se_resnet50", "se_resnet50", {**NO_BIAS, **PADDED}),
    ("moskomule:se_resnet101", "se_resnet101", {**NO_BIAS, **PADDED}),
    ("moskomule:se_resnet152", "se_resnet152", {**NO_BIAS, **PADDED}),
    ("moskomule:se_resnet20", "se_cifar_resnet20", NO_BIAS),
]
FAST = {  # side of the images in pixels
    "timm:resnet18": 64,
    "timm:seresnet18": 64,
    "timm:seresnet50": 96,
    "timm:legacy_seresnet50": 72,
    "cadene:bninception": 224,
    "moskomule:se_resnet18": 64,
    "moskomule:se_resnet20": 32,
}

FAST_NAMES = [  # one of each source that is not above
    "timm:senet154",
    "timm:legacy_seresnext50_32x4d",
    "cadene:inceptionresnetv2",
    "torchvision:vgg16_bn",
]


def agree(name, ours, settings, size):
    torch.manual_seed(0)
    original = calm(peer(name))
    model = create_model(ours, **settings).eval()
    load_weights(model, dict(sorted(original.state_dict().items())))  # as safetensors has them
    images = torch.randn(2, 3, size, size)
    seen = images.flip(1) if name == "cadene:bninception" else images  # in the order BGR
    expected = computed(original, seen)
    exact = computed(original.double(), seen.double())
    found = computed(model, images)
    assert len(found) == len(expected) == len(exact)
    for ours_tensor, theirs, precise in zip(found, expected, exact, strict=True):
        assert difference(theirs, precise) < 1e-5
        assert difference(ours_tensor, theirs) < 1e-5


@pytest.mark.parametrize(("name", "ours", "settings"), [row for row in PEERS if row[0] in FAST])
def test_small_images(name, ours, settings):
    agree(name, ours, settings, FAST[name])


@pytest.mark.slow
@pytest.mark.parametrize(("name", "ours", "settings"), PEERS)
def test_at_the_networks_own_size(name, ours, settings):
    size = {"inception_resnet_v2": 299, "se_cifar_resnet20": 32}.get(ours, 224)
    agree(name, ours, settings, size)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "ours", "settings"), [r for r in PEERS if r[0][:4] == "timm"])
def test_timm_at_160(name, ours, settings):
    agree(name, ours, settings, 160)


def test_each_network_of_timm_is_compared():
    assert {name.removeprefix("timm:") for name, *_ in PEERS if name[:4] == "timm"} == {*NETWORKS}


def named(name, ours, settings):
    with torch.device("meta"):
        model, _ = create_matching(ours, dict(sorted(peer(name).state_dict().items())))
        expected = create_model(ours, **settings)
    assert model.config == expected.config


@pytest.mark.parametrize(("name", "ours", "settings"), [r for r in PEERS if r[0] in FAST_NAMES])
def test_the_weights_name_their_network(name, ours, settings):
    named(name, ours, settings)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "ours", "settings"), PEERS)
def test_all_weights_name_their_network(name, ours, settings):
    named(name, ours, settings)
