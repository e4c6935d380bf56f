"""The smallest images that each network takes, and the sentence on smaller ones."""

import pytest
import torch

from senet_core import InputError
from senet_core.registry import SPECS
from senet_core.unfilled import create_unfilled
from tests.senet_core.models.ghosts import ghost

SMALLEST = {"vgg16_bn": 32, "bn_inception": 7, "inception_resnet_v2": 75}
NETWORKS = [
    (name, {"pool": pool} if pool else {}, smallest)
    for name, spec in SPECS.items()
    for pool, smallest in (
        (("ceil", 3), ("padded", 1)) if "pool" in spec.options else ((None, SMALLEST.get(name, 1)),)
    )
]


def images(height, width):
    return torch.empty(0, 3, height, width)


@pytest.mark.parametrize(("name", "options", "smallest"), NETWORKS)
def test_torch_itself_refuses_only_what_is_smaller(name, options, smallest):
    model = create_unfilled(name, 10, **options).eval()
    assert model.smallest == smallest
    assert model(images(smallest, smallest)).shape == (0, 10)
    if smallest > 1:
        model.smallest = 1
        with pytest.raises(RuntimeError, match=r"too small|greater than actual input size"):
            model(images(smallest - 1, smallest))


@pytest.mark.parametrize(("height", "width"), [(31, 64), (64, 31)])
def test_the_shorter_side_decides(height, width):
    with pytest.raises(
        InputError,
        match=f"^images of {height} x {width} pixels are too small for this network; "
        "it needs at least 32 x 32$",
    ):
        ghost("se_vgg16_bn", 10)(images(height, width))
