"""What is known of weights beyond their values: their classes, and the pixels they expect."""

import numpy as np
import pytest
import torch
from PIL import Image
from pretrainedmodels.models.bninception import pretrained_settings
from pretrainedmodels.utils import TransformImage
from torchvision.transforms.v2 import functional as F

from senet_core import SEConfig, create_model, load_weights
from senet_core.convert import create_matching
from senet_core.data import Preprocessing
from tests.senet_core.peers import calm, difference, peer

ASSUMED = (
    "the weights do not say what their 1000 outputs mean: they are taken as ImageNet's classes in "
    "their usual order"
)


def lines(caplog):
    return [record.getMessage() for record in caplog.records]


def test_what_is_known_travels_along(caplog):
    model, known = create_matching("se_cifar_resnet20", peer("moskomule:se_resnet20").state_dict())
    assert model.config.se == SEConfig(bias=False)
    assert (known.classes[0], known.classes[-1], len(known.classes)) == (
        "tench",
        "toilet tissue",
        1000,
    )
    assert known.mean == (0.485, 0.456, 0.406)
    assert lines(caplog) == [ASSUMED]


def test_other_numbers_of_outputs_have_no_names(caplog):
    torch.manual_seed(0)
    state = peer("moskomule:se_resnet20").state_dict()
    state |= {"fc.weight": torch.randn(10, 64), "fc.bias": torch.randn(10)}
    model, known = create_matching("se_cifar_resnet20", state)
    assert (known.classes, lines(caplog)) == ((), [])
    assert torch.equal(model.fc.bias, state["fc.bias"])


def test_the_background_is_left_out(caplog):
    with torch.device("meta"):
        state = peer("cadene:inceptionresnetv2").state_dict()
    state = {key: torch.zeros(tensor.shape) for key, tensor in state.items()}
    state["last_linear.weight"] = torch.randn(1001, 1536)
    state["last_linear.bias"] = torch.randn(1001)
    model, known = create_matching("inception_resnet_v2", state)
    assert torch.equal(model.fc.weight, state["last_linear.weight"][1:])
    assert torch.equal(model.fc.bias, state["last_linear.bias"][1:])
    assert known.classes[0] == "tench"
    assert lines(caplog)[0] == "the first of the weights' 1001 outputs, the background, is left out"


def photograph(side):
    """Soft shapes in colours, grainy, with another histogram in each channel."""
    rng = np.random.default_rng(0)
    y, x = np.mgrid[:side, :side] / side
    red = 150 + 80 * np.sin(9 * x + 4 * y)
    green = 90 + 70 * np.cos(7 * y)
    blue = 60 + 120 * ((x - 0.4) ** 2 + (y - 0.6) ** 2 < 0.1)
    pixels = np.stack([red, green, blue], -1) + rng.normal(0, 12, (side, side, 3))
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


@pytest.mark.parametrize("lead", [(), (1,)])
def test_bninception_sees_photographs_as_cadene_shows_them(lead):
    """Cadene's pixels are BGR, from 0 to 255; ours RGB, from 0 to 1, normalised."""
    original = calm(peer("cadene:bninception"))
    image = photograph(256)  # so that neither resizes
    theirs = TransformImage(pretrained_settings["bninception"]["imagenet"])(image)[None]
    state = {  # files of torch before 0.4 have a leading dimension in their batch norms
        key: tensor.reshape(*lead, -1) if "_bn." in key and tensor.ndim else tensor
        for key, tensor in original.state_dict().items()
    }
    model, known = create_matching("bn_inception", state)
    pixels = Preprocessing(image_size=224, in_chans=3, mean=known.mean, std=known.std)
    ours = pixels.evaluation()(F.pil_to_tensor(image))[None]
    assert difference(ours.flip(1), theirs) < 1e-6
    with torch.inference_mode():
        assert difference(model.eval()(ours), original(theirs)) < 1e-5
        assert difference(model(ours.flip(1)), original(theirs)) > 0.01  # the order matters


def test_grey_weights_of_bninception():
    original = calm(peer("cadene:bninception"))
    state = original.state_dict()
    state["conv1_7x7_s2.weight"] = state["conv1_7x7_s2.weight"].sum(1, keepdim=True)
    model = create_model("bn_inception", in_chans=1).eval()
    load_weights(model, state)
    images = torch.randn(2, 1, 96, 96)
    model.pool = torch.nn.AvgPool2d(3)  # Cadene's last pooling has a fixed size
    original.avg_pool = original.global_pool = model.pool
    with torch.inference_mode():
        assert difference(model(images), original(images.expand(-1, 3, -1, -1))) < 1e-5
