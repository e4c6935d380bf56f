"""A network by name takes anybody's weights, with what is known of them."""

import torch

from analysis.networks import Pixels, open_model
from senet_core import SEConfig
from tests.senet_core.peers import moskomule

PIXELS = Pixels(in_chans=3, mean=(0.1,) * 3, std=(0.2,) * 3, classes=("a", "b"))


def test_foreign_weights_decide_options_outputs_and_pixels(tmp_path):
    original = moskomule("se_resnet20").eval()
    torch.save({"state_dict": original.state_dict()}, tmp_path / "w.pth")
    model, source = open_model("se_cifar_resnet20", tmp_path / "w.pth", seed=0, pixels=PIXELS)
    assert model.config.se == SEConfig(bias=False)
    assert (source.weights, source.checkpoint) == ("trained", tmp_path / "w.pth")
    assert len(source.classes) == 1000
    assert source.preprocessing.mean == (0.485, 0.456, 0.406)
    x = torch.randn(1, 3, 32, 32)
    assert torch.allclose(model.eval()(x), original(x), rtol=1e-4, atol=1e-5)
