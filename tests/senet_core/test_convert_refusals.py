"""Weights that would compute something else, or nothing, are refused in one sentence."""

import pickle
import re

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from senet_core import (
    InputError,
    SEConfig,
    create_model,
    load_weights,
    save_checkpoint,
)
from senet_core.convert import create_matching
from senet_core.convert.files import read_tensors
from tests.senet_core.peers import peer


@pytest.fixture(scope="module")
def states():
    """State dicts without values, by peer."""
    with torch.device("meta"):
        names = ("seresnet18", "seresnet50", "resnet18")
        names += ("legacy_seresnet18", "legacy_seresnet34", "legacy_seresnet50")
        return {name: peer(f"timm:{name}").state_dict() for name in names}


def refusal(model, weights):
    with pytest.raises(InputError) as caught:
        load_weights(model, weights)
    sentence = str(caught.value)
    assert "\n" not in sentence
    return sentence


@pytest.mark.parametrize(
    ("ours", "settings", "weights", "named"),
    [
        ("se_resnet50", {}, "seresnet50", 'stride_on="3x3", pool="padded")'),
        ("se_resnet50", {"stride_on": "3x3"}, "seresnet50", 'stride_on="3x3", pool="padded")'),
        (
            "se_resnet50",
            {"stride_on": "3x3", "pool": "padded"},
            "legacy_seresnet50",
            'create_model("se_resnet50")',
        ),
        ("se_resnet50", {"se": SEConfig(squeeze="max")}, "legacy_seresnet50", '("se_resnet50")'),
        ("se_resnet50", {"se": SEConfig(excitation="tanh")}, "legacy_seresnet50", "_resnet50"),
        ("se_resnet50", {"se": SEConfig(placement="pre")}, "legacy_seresnet50", "_resnet50"),
        ("se_resnet18", {"pool": "padded"}, "seresnet18", "se=SEConfig(min_hidden=8)"),
        ("se_resnet18", {}, "legacy_seresnet18", "ReLU before the gate"),
        ("se_resnet34", {}, "legacy_seresnet34", "ReLU before the gate"),
        ("se_resnet18", {"pool": "padded"}, "resnet18", 'create_model("resnet18", pool="padded")'),
        ("resnet34", {}, "resnet18", 'those of create_model("resnet18", pool="padded")'),
    ],
)
def test_what_would_agree_is_named(states, ours, settings, weights, named):
    with torch.device("meta"):
        model = create_model(ours, **settings)
    assert named in refusal(model, states[weights])


def test_other_gates_are_refused_and_the_reduction_named(states):
    with torch.device("meta"):
        model = create_model("se_resnet18", se=SEConfig(reduction=4))
        other = create_model("se_resnet18", se=SEConfig(reduction=8), pool="padded")
    assert "SEConfig(min_hidden=8)" in refusal(model, states["seresnet18"])
    sentence = refusal(model, other.state_dict())
    assert "layer1.0.se.fc1.weight" in sentence


def test_missing_and_unexpected_keys_are_named(states):
    with torch.device("meta"):
        model = create_model("resnet18", pool="padded")
    state = dict(states["resnet18"])
    state["extra.weight"] = state.pop("layer1.0.bn1.bias")
    sentence = refusal(model, state)
    assert "missing layer1.0.body.conv1.norm.bias" in sentence
    assert "unexpected extra.weight" in sentence


def test_weights_of_nobody():
    model = create_model("cifar_resnet20", 10)
    assert "names of no network known here" in refusal(model, {"w": torch.zeros(2)})
    assert "holds no tensors by name" in refusal(model, {})


def test_images_with_other_channels(states):
    with torch.device("meta"):
        model = create_model("resnet18", in_chans=1, pool="padded")
    assert "in_chans=3" in refusal(model, states["resnet18"])


def test_another_number_of_classes_leaves_the_head(caplog):
    ours = create_model("se_cifar_resnet20", 7, se=SEConfig(bias=False))
    head = ours.fc.weight.detach().clone()
    state = peer("moskomule:se_resnet20").state_dict()
    known = load_weights(ours, state)
    assert torch.equal(ours.fc.weight, head)
    assert torch.equal(ours.stem.conv1.conv.weight, state["conv1.weight"])
    lines = [record.getMessage() for record in caplog.records]
    assert lines == [
        "the weights have 1000 classes and the network 7: all but its last layer is loaded"
    ]
    assert known.classes == ()


@pytest.mark.parametrize("prefix", ["module.", "module._orig_mod.", "model."])
@pytest.mark.parametrize(
    "wrap",
    [
        lambda s: s,
        lambda s: {"state_dict": s},
        lambda s: {"model": s},
        lambda s: {"model": {"state_dict": s}},
    ],
)
def test_wrapped_files(tmp_path, wrap, prefix):
    """As DistributedDataParallel, torch.compile and Lightning leave them."""
    ours, copy = create_model("cifar_resnet20", 10), create_model("cifar_resnet20", 10)
    state = {f"{prefix}{key}": tensor for key, tensor in ours.state_dict().items()}
    torch.save(wrap(state), tmp_path / "w.pth")
    load_weights(copy, tmp_path / "w.pth")
    assert all(torch.equal(copy.state_dict()[k], t) for k, t in ours.state_dict().items())


def test_a_checkpoint_of_ours_is_checked_against_its_own_words(tmp_path):
    tanh = create_model("se_cifar_resnet20", 10, se=SEConfig(excitation="tanh"))
    path = save_checkpoint(tmp_path / "w.safetensors", tanh, classes=list("abcdefghij"))
    sentence = refusal(create_model("se_cifar_resnet20", 10), path)
    assert 'SEConfig(excitation="tanh")' in sentence
    assert load_weights(tanh, path).classes == tuple("abcdefghij")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"format_version": "2"}, "has checkpoint format 2, newer than this version's 1"),
        ({"se": "{"}, "does not describe an SE block"),
        ({"options": '{"depth": 3}'}, "unknown option 'depth'"),
        ({"architecture": "resnet51"}, "unknown model 'resnet51'"),
        ({"architecture": "se_resnet18"}, "but its weights do not fit that network"),
        ({"num_classes": "1000000000000"}, "but its weights do not fit that network"),
        ({"mean": "0.5"}, "has damaged metadata (mean)"),
    ],
)
def test_a_checkpoint_of_ours_that_cannot_be_believed_is_no_plain_state_dict(
    tmp_path, changes, says
):
    tanh = create_model("se_cifar_resnet20", 10, se=SEConfig(excitation="tanh"))
    path = save_checkpoint(tmp_path / "w.safetensors", tanh)
    with safe_open(path, framework="pt") as file:
        metadata = {**file.metadata(), **changes}
    save_file(tanh.state_dict(), path, metadata=metadata)
    assert says in refusal(create_model("se_cifar_resnet20", 10), path)
    with pytest.raises(InputError, match=re.escape(says)):
        create_matching("se_cifar_resnet20", path)


def test_a_safetensors_file_without_metadata_is_a_plain_state_dict(tmp_path):
    ours = create_model("se_cifar_resnet20", 10)
    save_file(ours.state_dict(), tmp_path / "w.safetensors")
    copy = create_model("se_cifar_resnet20", 10)
    load_weights(copy, tmp_path / "w.safetensors")
    assert torch.equal(copy.fc.weight, ours.fc.weight)


@pytest.mark.parametrize("key", ["fc.weight", "fc.bias"])
def test_a_number_in_the_place_of_a_layer(key):
    ours = create_model("cifar_resnet20", 10)
    state = {**ours.state_dict(), key: torch.tensor(1.0)}
    assert f"first at '{key}'" in refusal(ours, state)


@pytest.mark.parametrize("bare", [torch.Tensor.to_sparse, lambda tensor: tensor.to("meta")])
def test_tensors_without_dense_values(bare):
    ours = create_model("cifar_resnet20", 10)
    before = ours.fc.weight.clone()
    state = {**ours.state_dict(), "fc.weight": bare(before)}
    assert "no dense values (first at 'fc.weight')" in refusal(ours, state)
    assert torch.equal(ours.fc.weight, before)
    with torch.device("meta"):
        load_weights(create_model("cifar_resnet20", 10), ours.to("meta").state_dict())


class Malicious:
    def __reduce__(self):
        return (print, ("code ran",))


def test_code_in_a_pickle_does_not_run(tmp_path, capsys):
    path = tmp_path / "w.pth"
    path.write_bytes(pickle.dumps({"state_dict": Malicious()}))
    torch.save({"w": Malicious()}, tmp_path / "zip.pt")
    model = create_model("cifar_resnet20", 10)
    for file in (path, tmp_path / "zip.pt"):
        assert "holds code beside its tensors" in refusal(model, file)
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("content", [b"", b"junk", b"\x80\x02}q\x00."])
def test_damaged_files(tmp_path, content):
    for name in ("w.pth", "w.safetensors"):
        (tmp_path / name).write_bytes(content)
        assert re.search(
            r"w\.(pth|safetensors)", refusal(create_model("resnet18", 10), tmp_path / name)
        )
    assert "is not there" in refusal(create_model("resnet18", 10), tmp_path / "none.pth")


def test_whatever_torchs_reader_raises_is_one_sentence(tmp_path, monkeypatch):
    """It asserts where a damaged file of its older format names storages that are not there."""
    torch.save({}, tmp_path / "w.pth")

    def reads(*_, **__):
        raise AssertionError("storage key '1' not found\nin deserialized_objects")

    monkeypatch.setattr(torch, "load", reads)
    with pytest.raises(InputError, match=r"is no file of weights \(storage key '1' not found\)"):
        read_tensors(tmp_path / "w.pth")
