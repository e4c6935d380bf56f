"""Grad-CAM by hand, and the map that it takes."""

import numpy as np
import pytest
import timm
import torch
import torchvision
from torch import nn
from torch.nn import functional as F

from analysis.attribution import grad_cam
from senet_core import create_model
from senet_core.errors import InputError
from tests.analysis.attribution.nets import Function, image, linear, small


def test_grad_cam_is_the_sum_of_maps_times_their_mean_gradients():
    model = nn.Sequential(
        nn.Conv2d(1, 2, 1), nn.ReLU(inplace=True), nn.AvgPool2d(2), nn.Flatten(), nn.Linear(2, 2)
    )
    with torch.no_grad():
        model[0].weight.copy_(torch.tensor([1.0, -2.0]).reshape(2, 1, 1, 1))
        model[0].bias.zero_()
        model[4].weight.copy_(torch.tensor([[3.0, 0.5], [-1.0, 4.0]]))
        model[4].bias.fill_(7.0)
    x = torch.tensor([[[1.0, -1.0], [2.0, 0.5]]])
    # Maps are relu(x) and relu(-2x); the logit of class 1 is 7 - mean of the one + 4 mean of the
    # other, so each position has a gradient of -1/4 and of 4/4.
    first, second = np.array([[1, 0], [2, 0.5]]), np.array([[0, 2], [0, 0]])
    found = grad_cam(model, x, target=1)
    assert found.layer == "1"
    np.testing.assert_allclose(found.raw, [-first / 4, second], atol=1e-6)
    np.testing.assert_allclose(found.map, second - first / 4, atol=1e-6)
    assert found.map.dtype == np.float32


def test_the_map_is_enlarged_bilinearly():
    found = grad_cam(small(), image(), target=0)
    assert found.raw.shape == (8, 4, 4)
    summed = torch.from_numpy(found.raw.sum(0))[None, None]
    enlarged = F.interpolate(summed, (8, 8), mode="bilinear")
    np.testing.assert_allclose(found.map, enlarged[0, 0], atol=1e-6)


@pytest.mark.parametrize("inplace", [False, True])
def test_layers_before_one_that_works_in_place_are_not_overwritten(inplace):
    """The batch norm's own output has negative values, which the ReLU after it would erase."""
    found = grad_cam(small(inplace=inplace), image(), target=0, layer="norm")
    kept = grad_cam(small(inplace=False), image(), target=0, layer="norm")
    np.testing.assert_allclose(found.raw, kept.raw, atol=1e-6)


@pytest.mark.parametrize(
    ("name", "size", "layer"),
    [
        ("se_resnet18", 64, "layer4"),
        ("se_cifar_resnet20", 32, "layer3"),
        ("se_cifar_preact_resnet110", 32, "last"),
        ("se_mobilenet_v1", 64, "layer5"),
        ("se_bn_inception", 64, "inception_5b"),
        ("se_shufflenet_v1_g3", 64, "layer3"),
    ],
)
def test_the_last_map_of_our_networks(name, size, layer):
    torch.manual_seed(0)
    assert grad_cam(create_model(name, 5), image(size)).layer == layer


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("resnet18", "layer4"),
        ("mobilenet_v3_small", "features"),
        ("squeezenet1_1", "classifier.2"),
        ("densenet121", "features"),
        ("regnet_y_400mf", "trunk_output"),
    ],
)
def test_the_last_map_of_torchvisions(name, layer):
    model = torchvision.models.get_model(name, weights=None, num_classes=5)
    assert grad_cam(model, image(64)).layer == layer


@pytest.mark.parametrize(
    ("name", "layer"),
    [
        ("seresnet18", "layer4"),
        ("mobilenetv3_small_050", "blocks"),  # its last convolution is behind the pooling
        ("ecaresnet26t", "layer4"),
        ("convnext_atto", "norm_pre"),
        ("mobilevit_xxs", "final_conv"),
    ],
)
def test_the_last_map_of_timms(name, layer):
    assert grad_cam(timm.create_model(name, num_classes=5), image(64)).layer == layer


def test_of_a_vgg_the_map_before_the_pooling_is_taken():
    model = nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1),
        nn.ReLU(inplace=True),
        nn.MaxPool2d(2),
        nn.AdaptiveAvgPool2d(3),
        nn.Flatten(),
        nn.Linear(36, 5),
    )
    assert grad_cam(model, image()).layer == "1"


@pytest.mark.parametrize("name", ["vit_tiny_patch16_224", "swin_tiny_patch4_window7_224"])
def test_transformers_have_no_map_before_the_head(name):
    model = timm.create_model(name, num_classes=5)
    with pytest.raises(InputError, match=r"patch_embed\.proj, its last, is followed by layers on"):
        grad_cam(model, image(224))


def test_layers_that_give_no_map_are_refused():
    for model, layer, sentence in (
        (linear(), None, "no convolutional map, which Grad-CAM needs"),
        (small(), "conv9", "no layer 'conv9'"),
        (small(), "fc", "fc puts out no maps"),
    ):
        with pytest.raises(InputError, match=sentence):
            grad_cam(model, image(4), layer=layer)


def test_a_shared_convolution_cannot_be_told_apart():
    conv = nn.Conv2d(3, 3, 3, padding=1)
    model = Function(lambda x: conv(conv(x)).mean((2, 3)))
    model.conv = conv
    with pytest.raises(InputError, match="runs more than once"):
        grad_cam(model, image())
