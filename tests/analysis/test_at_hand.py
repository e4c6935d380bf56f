"""The network behind a store: found again, and then it says what the store says."""

import copy
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import timm
import torch
from PIL import Image

from analysis import collect, open_store
from analysis.at_hand import open_network
from analysis.images import open_images
from analysis.networks import Pixels, open_checkpoint, open_model, prepared
from analysis.source import Source
from senet_core import InputError, save_checkpoint
from senet_core.data import open_folder
from tests.analysis.small import PREPROCESSING, network, tensors
from tests.senet_core.peers import moskomule

TINY = "timm:mobilenetv3_small_050"
MEAN, STD = (0.5, 0.4, 0.3), (0.2, 0.25, 0.3)


@pytest.fixture(scope="module")
def photographs(tmp_path_factory):
    """Two classes of three small photographs, of different shapes."""
    folder = tmp_path_factory.mktemp("photographs")
    rng = np.random.default_rng(0)
    for place in range(6):
        file = folder / ("ant", "bee")[place % 2] / f"{place}.png"
        file.parent.mkdir(exist_ok=True)
        shape = (40 + 3 * place, 50, 3)
        Image.fromarray(rng.integers(0, 255, shape, np.uint8)).save(file)
    return folder


def collected(out, folder, model=None, *, name="", weights=None, seed=0):
    """A store as the command line collects it, of a checkpoint of ours or a network by name."""
    images = open_folder(folder)
    pixels = Pixels(3, MEAN, STD, images.classes)
    found = open_checkpoint(model) if model else open_model(name, weights, seed=seed, pixels=pixels)
    source = prepared(*found, pixels, 32)
    return open_store(collect(found[0], images, out, source=source, device="cpu"))


@pytest.fixture(scope="module")
def trained(tmp_path_factory, photographs):
    """A checkpoint, and a store collected from it."""
    folder = tmp_path_factory.mktemp("trained")
    told = {"classes": ["ant", "bee"], "mean": list(MEAN), "std": list(STD), "input_size": 32}
    file = save_checkpoint(folder / "net.safetensors", network(2), **told)
    collected(folder / "s.zarr", photographs, file)
    return folder


@pytest.fixture
def checkpoint(tmp_path, trained):
    """The checkpoint, to be moved and broken."""
    return shutil.copy(trained / "net.safetensors", tmp_path / "net.safetensors")


@pytest.fixture
def store(trained, checkpoint):
    """The store, which remembers ``checkpoint``."""
    return open_store(trained / "s.zarr").assign_attrs(checkpoint_file=str(checkpoint))


def says_the_same(store, net):
    """Every image through the network gives the logits, and the gates, of the store."""
    images = open_images(store)
    batch = torch.stack([net.prepared(images.image(place)) for place in range(6)])
    with torch.no_grad():
        logits = net.model(batch).numpy()
    np.testing.assert_allclose(logits, store["logits"].values, rtol=1e-4, atol=1e-5)
    assert not net.model.training
    return True


def test_the_network_of_a_checkpoint_says_what_the_store_says(store):
    net = open_network(store)
    assert says_the_same(store, net)
    assert net.classes == ("ant", "bee")
    assert len(net.gates) == 9
    image = open_images(store).image(0)
    odds = net.probabilities(image)
    wanted = np.exp(store["logits"][0].values.astype(float))
    np.testing.assert_allclose(odds, wanted / wanted.sum(), rtol=1e-4)


@pytest.mark.parametrize("said", ["/gone/elsewhere/net.safetensors", "D:\\runs\\net.safetensors"])
def test_a_checkpoint_that_moved_is_found_by_name(tmp_path, checkpoint, store, said):
    moved = tmp_path / "moved"
    moved.mkdir()
    shutil.move(checkpoint, moved / "net.safetensors")
    store.attrs["checkpoint_file"] = said
    assert says_the_same(store, open_network(store, (tmp_path, moved)))


def test_a_namesake_is_passed_over_for_the_file_that_the_store_knows(tmp_path, checkpoint, store):
    other = tmp_path / "other"
    other.mkdir()
    shutil.move(checkpoint, other / "net.safetensors")
    save_checkpoint(checkpoint, network(2, se=None))
    assert says_the_same(store, open_network(store, (other,)))


def test_a_checkpoint_that_changed_is_refused(checkpoint, store):
    with checkpoint.open("ab") as file:
        file.write(b"x")
    with pytest.raises(InputError, match=r"net\.safetensors has changed since the store"):
        open_network(store)


def test_a_checkpoint_that_is_gone_is_named(tmp_path, checkpoint, store):
    checkpoint.unlink()
    with pytest.raises(InputError, match=r"the checkpoint .*net\.safetensors is not there"):
        open_network(store, (tmp_path,))


def test_a_folder_that_may_not_be_looked_into_has_no_checkpoint(checkpoint, store, monkeypatch):
    plain = Path.is_file

    def refused(path):
        if path == checkpoint:
            raise PermissionError(13, "Permission denied")
        return plain(path)

    monkeypatch.setattr(Path, "is_file", refused)
    with pytest.raises(InputError, match="is not there"):
        open_network(store)


@pytest.mark.parametrize("name", ["se_cifar_resnet20", TINY, "torchvision:mobilenet_v3_small"])
def test_random_weights_are_drawn_again_from_their_seed(tmp_path, photographs, name):
    store = collected(tmp_path / "s.zarr", photographs, name=name, seed=7)
    torch.manual_seed(3)
    undisturbed = torch.rand(4)
    torch.manual_seed(3)
    net = open_network(store)
    assert torch.equal(torch.rand(4), undisturbed), "the caller's random numbers are its own"
    assert says_the_same(store, net)
    assert net.classes == ("ant", "bee")


def test_random_weights_without_labels_have_a_thousand_outputs(tmp_path, photographs):
    flat = tmp_path / "flat"
    flat.mkdir()
    for place, file in enumerate(sorted(photographs.rglob("*.png"))):
        shutil.copy(file, flat / f"{place}.png")
    store = collected(tmp_path / "s.zarr", flat, name="se_cifar_resnet20")
    net = open_network(store)
    assert says_the_same(store, net)
    assert len(net.classes) == 1000


def test_random_networks_opened_at_once_do_not_mix_their_draws(tmp_path, photographs):
    stores = [
        collected(tmp_path / f"{seed}.zarr", photographs, name="se_cifar_resnet20", seed=seed)
        for seed in range(3)
    ]
    with ThreadPoolExecutor(3) as pool:
        for store, net in zip(stores, pool.map(open_network, stores), strict=True):
            assert says_the_same(store, net)


def test_anybodys_weights_are_found_again(tmp_path, photographs):
    torch.manual_seed(1)
    torch.save(moskomule("se_resnet20").state_dict(), tmp_path / "theirs.pth")
    store = collected(
        tmp_path / "a.zarr", photographs, name="se_cifar_resnet20", weights=tmp_path / "theirs.pth"
    )
    net = open_network(store)
    assert says_the_same(store, net)
    assert net.classes[309:311] == ("bee", "ant")

    own = timm.create_model("mobilenetv3_small_050", num_classes=2)
    torch.save(own.state_dict(), tmp_path / "timm.pth")
    store = collected(tmp_path / "b.zarr", photographs, name=TINY, weights=tmp_path / "timm.pth")
    net = open_network(store)
    assert says_the_same(store, net)
    assert net.classes == tuple(store["output" if "output" in store else "class"].values)


def test_other_weights_than_the_stores_are_refused(tmp_path, photographs):
    store = collected(tmp_path / "s.zarr", photographs, name="se_cifar_resnet20")
    store.attrs["seed"] = 8
    with pytest.raises(InputError, match="no longer those of its store"):
        open_network(store)


def test_weights_that_came_from_no_file_are_not_at_hand(tmp_path, photographs):
    source = Source(preprocessing=PREPROCESSING, classes=("ant", "bee"))
    images = open_folder(photographs)
    out = collect(network(2), images, tmp_path / "s.zarr", source=source, device="cpu")
    with pytest.raises(InputError, match="did not come from a file"):
        open_network(open_store(out))


@pytest.mark.parametrize("said", ["", "Compose(ToTensor())", "{}", "[1]", '{"mean": 3, "std": 1}'])
def test_a_store_that_does_not_know_how_images_were_prepared_says_so(tmp_path, said):
    out = collect(network(), tensors(8), tmp_path / "s.zarr", device="cpu")
    store = open_store(out)
    store.attrs["transform"] = said
    with pytest.raises(InputError, match="does not say how its images were prepared"):
        open_network(store)


def test_what_the_network_sees_is_the_photograph_in_its_size(store):
    net = open_network(store)
    flat = Image.new("RGB", (64, 80), (200, 10, 30))
    seen = net.seen(flat)
    assert (seen.shape, seen.dtype) == ((32, 32, 3), np.uint8)
    assert (seen == (200, 10, 30)).all()
    assert (net.seen(flat.convert("L")) == flat.convert("L").getpixel((0, 0))).all()


def test_a_twin_has_the_weights_and_none_of_the_hooks(store):
    net = open_network(store)
    twin = net.twin()
    assert says_the_same(store, twin)
    for own, other in zip(net.model.parameters(), twin.model.parameters(), strict=True):
        assert own is other
    with next(iter(twin.model.modules())).register_forward_hook(lambda *_: torch.zeros(6, 2)):
        assert says_the_same(store, net)
    assert twin.lock is not net.lock
    assert copy.copy(twin.gates) == net.gates
