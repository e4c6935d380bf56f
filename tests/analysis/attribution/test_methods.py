"""All methods by name, and two networks side by side."""

import numpy as np
import pytest

from analysis import attribution
from senet_core.errors import InputError
from tests.analysis.attribution.nets import image, small


def test_every_method_has_its_name():
    assert len(attribution.METHODS) == 4
    for name in attribution.METHODS:
        found = attribution.attribute(small(), image(), name, target=2)
        direct = getattr(attribution, name)(small(), image(), target=2)
        assert found.method == name
        np.testing.assert_array_equal(found.map, direct.map)
        assert found.seconds > 0
    with pytest.raises(InputError, match="unknown method 'lime'; choose from integrated_grad"):
        attribution.attribute(small(), image(), "lime")


def test_two_networks_stand_side_by_side():
    models, images = (small(), small(classes=6)), (image(8), image(16))
    found = attribution.side_by_side(models, images)
    assert tuple(found) == attribution.METHODS
    for name, pair in found.items():
        for model, x, own in zip(models, images, pair, strict=True):
            assert own.map.shape == x.shape[1:]
            expected = attribution.attribute(model, x, name)
            assert own.target == expected.target
            np.testing.assert_array_equal(own.map, expected.map)
    some = attribution.side_by_side(models, images, target=3, methods=["grad_cam"])
    assert list(some) == ["grad_cam"]
    assert [own.target for own in some["grad_cam"]] == [3, 3]
