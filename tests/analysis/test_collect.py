"""One pass into a store: the right numbers, from any network and any data set."""

import dataclasses
import json

import numpy as np
import pytest
import torch
from torch import nn

from analysis import collect, find_gates, open_store, record_gates
from analysis.source import Source
from analysis.writer import StoreWriter
from senet_core import InputError, SEConfig, create_model, save_checkpoint
from senet_core.data import ArrayImages
from tests.analysis.small import COLOURS, network, source, tensors


def test_the_store_holds_what_a_plain_loop_gives(tmp_path):
    model, (images, labels) = network().eval(), tensors().tensors
    ds = open_store(collect(model, tensors(), tmp_path / "s.zarr", batch_size=50))
    with record_gates(model) as gates, torch.no_grad():
        logits = model(images)
    order = np.argsort(labels.numpy(), kind="stable")
    assert np.array_equal(ds["index"].values, order)
    assert np.array_equal(ds["label"].values, labels.numpy()[order])
    np.testing.assert_allclose(ds["logits"].values, logits.numpy()[order], rtol=1e-3, atol=1e-4)
    for path, gate in gates.items():
        np.testing.assert_allclose(ds[f"gate.{path}"].values, gate.numpy()[order], atol=2e-5)
        for k in range(5):
            own = gate.double().numpy()[labels.numpy() == k]
            np.testing.assert_allclose(ds[f"mean.{path}"].values[k], own.mean(0), atol=1e-5)
            np.testing.assert_allclose(ds[f"std.{path}"].values[k], own.std(0), atol=1e-5)


def test_attributes_tell_where_the_store_comes_from(tmp_path):
    attributes = open_store(collect(network(), tensors(20), tmp_path / "s.zarr")).attrs
    assert attributes["architecture"] == "se_cifar_resnet20"
    assert attributes["parameters"] == sum(p.numel() for p in network().parameters())
    assert SEConfig.from_json(attributes["se"]) == SEConfig()
    assert (attributes["complete"], attributes["labels"]) == (1, "model")
    assert attributes["weights"] == "trained"
    assert json.loads(attributes["versions"])["torch"] == torch.__version__
    gates = [dataclasses.asdict(gate) for gate in find_gates(network()).values()]
    assert json.loads(attributes["gates"]) == gates


def test_the_network_stays_as_it_was(tmp_path):
    model = network().train()
    model.layer1.eval()
    before = [module.training for module in model.modules()]
    collect(model, tensors(20), tmp_path / "s.zarr")
    assert [module.training for module in model.modules()] == before
    assert not any(m._forward_hooks or m._forward_pre_hooks for m in model.modules())


def test_a_baseline_is_collected_with_logits_alone(tmp_path, caplog):
    model = create_model("cifar_resnet20", 5)
    with caplog.at_level("INFO"):
        ds = open_store(collect(model, tensors(30), tmp_path / "s.zarr"))
    assert "no gates; its logits alone" in caplog.text
    assert ds.attrs["gates"] == "[]"
    assert ds["logits"].shape == (30, 5)


def test_random_weights_are_said_to_be_random(tmp_path, caplog):
    with caplog.at_level("INFO"):
        store = collect(
            network(), tensors(30), tmp_path / "s.zarr", source=Source(weights="random", seed=4)
        )
    assert "random weights (seed 4)" in caplog.text
    assert open_store(store).attrs["weights"] == "random"


def test_unbounded_gates_are_stored_as_floats(tmp_path):
    model = network(se=SEConfig(excitation="tanh"))
    ds = open_store(collect(model, tensors(40), tmp_path / "s.zarr"))
    with record_gates(model.eval()) as gates, torch.no_grad():
        model(tensors(40).tensors[0])
    expected = gates["layer3.2.se"].numpy()[ds["index"].values]
    np.testing.assert_allclose(ds["gate.layer3.2.se"].values, expected, atol=1e-5)
    assert ds["hist.layer3.2.se"].values.sum() == 40 * 64


def test_images_in_memory_keep_their_places(tmp_path):
    pixels = torch.randint(0, 255, (9, 1, 16, 16), dtype=torch.uint8)
    labels = np.array([2, 0, 1] * 3)
    data = ArrayImages(pixels, labels, COLOURS, name="toy", split="test", root=tmp_path)
    ds = open_store(collect(network(3), data, tmp_path / "s.zarr", source=source()))
    assert ds["index"].values.tolist() == [1, 4, 7, 2, 5, 8, 0, 3, 6]
    assert (ds.attrs["dataset"], ds.attrs["split"]) == ("toy", "test")
    assert ds.attrs["root"] == str(tmp_path.resolve())


def test_a_checkpoint_is_named_by_its_digest(tmp_path):
    file = save_checkpoint(tmp_path / "n.safetensors", network(), classes=list("abcde"))
    known = Source(checkpoint=file, classes=tuple("abcde"))
    attributes = open_store(collect(network(), tensors(9), tmp_path / "s", source=known)).attrs
    assert len(attributes["checkpoint"]) == 64
    assert attributes["checkpoint_file"] == str(file)


class Bare:
    """Pairs and nothing more."""

    def __init__(self, pairs):
        self.pairs = pairs

    def __len__(self):
        return len(self.pairs)

    def __getitem__(self, index):
        return self.pairs[index]


def test_labels_are_found_by_one_pass_where_no_attribute_has_them(tmp_path):
    data = Bare([(torch.zeros(3, 8, 8), label) for label in (1, 0, 1)])
    ds = open_store(collect(network(), data, tmp_path / "s.zarr"))
    assert ds["label"].values.tolist() == [0, 1, 1]
    assert ds["index"].values.tolist() == [1, 0, 2]


@pytest.mark.parametrize(
    ("data", "match"),
    [
        (Bare([]), "data set is empty"),
        (Bare([(torch.zeros(3, 8, 8), 0.5)]), "no whole numbers"),
        (Bare([(torch.zeros(1, 8, 8), 0)]), r"does not take images of shape \(1, 8, 8\)"),
        (Bare([(torch.zeros(3, 8, 8), 0), (torch.zeros(3, 9, 9), 0)]), "differ in shape"),
    ],
)
def test_data_that_does_not_suit_is_one_sentence(tmp_path, data, match):
    with pytest.raises(InputError, match=match):
        collect(network(), data, tmp_path / "s.zarr")


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"batch_size": 0}, "batch size must lie between 1 and 256"),
        ({"batch_size": 257}, "batch size must lie between 1 and 256"),
        ({"limit": 0}, "limit must be at least 1"),
        ({"device": "warp"}, "no device 'warp'"),
    ],
)
def test_settings_out_of_range_are_refused(tmp_path, options, match):
    with pytest.raises(InputError, match=match):
        collect(network(), tensors(5), tmp_path / "s.zarr", **options)


def test_a_network_without_logits_is_refused(tmp_path):
    with pytest.raises(InputError, match="Conv2d does not give logits"):
        collect(nn.Conv2d(3, 4, 1), tensors(5), tmp_path / "s.zarr")


def test_memory_holds_a_chunk_whatever_the_number_of_images(tmp_path, monkeypatch):
    """The largest array that is handed to the writer has 256 rows."""
    rows, write = [], StoreWriter.write
    monkeypatch.setattr(
        StoreWriter,
        "write",
        lambda self, index, chunk: (rows.append(len(chunk.logits)), write(self, index, chunk)),
    )
    collect(network(), tensors(600), tmp_path / "s.zarr", batch_size=256)
    assert rows == [256, 256, 88]
