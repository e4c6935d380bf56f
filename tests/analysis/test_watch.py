import dataclasses

import numpy as np
import pytest
import torch
import xarray as xr

from analysis.evolution import open_evolution
from analysis.gates import record_gates
from analysis.watch import record_epoch
from senet_core import InputError, create_model
from senet_core.data import Preprocessing, open_folder
from senet_core.training import Finished
from tests.senet_core.conftest import paint


@pytest.fixture
def finished(tmp_path) -> Finished:
    """The first of two epochs of a small network, with 4 held-out images of each colour."""
    torch.manual_seed(0)
    images = open_folder(paint(tmp_path / "images", per_class=4))
    plain = Preprocessing(image_size=16, in_chans=3, mean=(0.5,) * 3, std=(0.5,) * 3)
    return Finished(
        epoch=1,
        epochs=2,
        model=create_model("se_cifar_resnet20", 3, width=0.5),
        images=images.prepared(plain.evaluation()),
        trained=450,  # 2 % of them are 9, so 3 images of each of the 3 classes
        batch_size=2,
        device=torch.device("cpu"),
        folder=tmp_path,
    )


def test_class_means_are_those_of_the_gates_of_the_first_images_of_each_class(finished):
    record_epoch(finished)
    epochs = open_evolution(finished.folder)
    assert epochs["class"].values.tolist() == ["blue", "green", "red"]
    assert epochs["epoch"].values.tolist() == [1]
    chosen = [i for k in range(3) for i in np.flatnonzero(finished.images.labels == k)[:3]]
    x = torch.stack([finished.images[i][0] for i in chosen])
    with torch.no_grad(), record_gates(finished.model.eval()) as gates:
        finished.model(x)
    assert list(epochs.data_vars) == [f"mean.{name}" for name in gates]
    for name, values in gates.items():
        by_hand = values.numpy().reshape(3, 3, -1).mean(1)
        np.testing.assert_allclose(epochs[f"mean.{name}"][0], by_hand, atol=1e-6)


def test_epochs_follow_each_other_and_a_repeated_one_replaces_itself(finished):
    record_epoch(finished)
    record_epoch(dataclasses.replace(finished, epoch=2))
    before = open_evolution(finished.folder).load()
    xr.testing.assert_equal(before.isel(epoch=0, drop=True), before.isel(epoch=1, drop=True))
    finished.model.layer1[0].se.fc2.bias.data.add_(1.0)
    record_epoch(dataclasses.replace(finished, epoch=2))
    after = open_evolution(finished.folder / "gates.zarr")
    assert after["epoch"].values.tolist() == [1, 2]
    first, second = (after["mean.layer1.0.se"][i] for i in range(2))
    assert np.all(first == before["mean.layer1.0.se"][0])
    assert np.all(second > first)


def test_networks_without_gates_leave_no_file(finished):
    plain = create_model("cifar_resnet20", 3, width=0.5)
    record_epoch(dataclasses.replace(finished, model=plain))
    with pytest.raises(InputError, match=r"has no gates\.zarr; train a network that has gates"):
        open_evolution(finished.folder)
