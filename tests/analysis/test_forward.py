"""Passes of a network whose gates do not all run, or not in every pass."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import TensorDataset

from analysis import collect, find_gates, open_store
from analysis.forward import first_pass, forward_passes
from analysis.store import gates_of
from senet_core import InputError, SqueezeExcitation, create_model

CPU = torch.device("cpu")


class Forgetful(nn.Module):
    """Two gates are declared; the second runs where ``uses`` says so of the images."""

    def __init__(self, uses):
        super().__init__()
        torch.manual_seed(0)
        self.uses = uses
        self.first, self.second = SqueezeExcitation(16), SqueezeExcitation(16)
        self.head = nn.Linear(16, 2)

    def forward(self, x):
        x = self.first(x)
        return self.head((self.second(x) if self.uses(x) else x).mean((2, 3)))


def images(n=6):
    return torch.rand(n, 16, 4, 4, generator=torch.Generator().manual_seed(1))


def test_gates_that_never_run_are_left_out_and_the_others_collected(tmp_path, caplog):
    model = Forgetful(lambda x: False)
    data = TensorDataset(images(), torch.tensor([0, 1] * 3))
    caplog.set_level("INFO")
    ds = open_store(collect(model, data, tmp_path / "s.zarr"))
    assert [gate.path for gate in gates_of(ds)] == ["first"]
    assert ds["gate.first"].shape == (6, 16)
    assert "1 of 2 gates never run and are left out (second is one)" in caplog.text
    assert list(find_gates(model)) == ["first", "second"]
    caplog.clear()
    collect(model, data, tmp_path / "s.zarr")
    assert "is complete already" in caplog.text


def test_a_network_of_which_no_gate_runs_is_collected_as_one_without(tmp_path, caplog):
    model = Forgetful(lambda x: False)
    model.first = nn.Identity()
    caplog.set_level("INFO")
    data = TensorDataset(images(), torch.tensor([0, 1] * 3))
    ds = open_store(collect(model, data, tmp_path / "s.zarr"))
    assert gates_of(ds) == []
    assert "its logits alone are collected" in caplog.text


@pytest.mark.parametrize("first", [True, False])
def test_gates_that_run_for_some_images_alone_are_refused(first):
    model = Forgetful(lambda x: (len(x) == 1) == first)
    with forward_passes(model, CPU) as forward:
        assert set(first_pass(forward, images(1)[0]).gates) >= {"first"}
        with pytest.raises(InputError, match="second runs for some images and not for others"):
            forward(images())


def test_a_block_that_sees_an_image_in_parts_is_refused():
    class Windows(nn.Module):
        def __init__(self):
            super().__init__()
            self.se, self.head = SqueezeExcitation(16), nn.Linear(16, 2)

        def forward(self, x):
            return self.head(self.se(x.repeat(4, 1, 1, 1)).mean((2, 3))[: len(x)])

    with (
        forward_passes(Windows(), CPU) as forward,
        pytest.raises(InputError, match="se gave 24 rows of gates for 6 images"),
    ):
        forward(images())


def test_an_outcome_is_what_the_network_makes(tmp_path):
    torch.manual_seed(0)
    model = create_model("se_cifar_resnet20", 5)
    x = torch.randn(2, 3, 16, 16)
    with forward_passes(model, CPU) as forward:
        outcome = forward(x)
    assert model.training
    with torch.inference_mode():
        expected = model.eval()(x).numpy()
    np.testing.assert_allclose(outcome.logits, expected, rtol=1e-5, atol=1e-6)
    assert list(outcome.gates) == list(find_gates(model))


def test_images_that_do_not_fit_are_named():
    model = create_model("se_cifar_resnet20", 5)
    with (
        forward_passes(model, CPU) as forward,
        pytest.raises(InputError, match=r"does not take images of shape \(5, 8, 8\)"),
    ):
        first_pass(forward, torch.zeros(5, 8, 8))
