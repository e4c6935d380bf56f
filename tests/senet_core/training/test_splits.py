"""The images of a run: what is refused before any of them is read."""

from dataclasses import replace

import pytest

from senet_core import InputError
from senet_core.training.splits import open_splits


def test_a_folder_and_a_known_data_set_exclude_each_other(config):
    with pytest.raises(InputError, match="the data set cifar10 exclude each other; add --dataset"):
        open_splits(replace(config, dataset="cifar10"))


@pytest.mark.parametrize("dataset", ["imagefolder", "my_own"])
def test_a_folder_may_have_any_other_name(config, dataset):
    assert open_splits(replace(config, dataset=dataset)).train.classes == ("blue", "green", "red")
