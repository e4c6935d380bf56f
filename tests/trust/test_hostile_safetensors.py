"""Safetensors files whose header or metadata lies: one sentence, little memory, little time."""

import json
import os

import pytest
import torch
from safetensors.torch import save_file

from analysis.weight_files import names_its_network
from dashboard.shell.settings import Settings
from dashboard.sources import uploads
from senet_core import InputError, create_model, load_checkpoint, save_checkpoint
from senet_core.convert import create_matching
from tests.dashboard.sent import Sent
from tests.trust.hostile import header_of, safetensors
from tests.trust.measuring import measured

NAME = "se_cifar_resnet20"
FACTS = {"classes": ["a", "b", "c"], "mean": [0.5] * 3, "std": [0.25] * 3, "input_size": 32}
DEEP = "[" * 5_000
MOST = 100  # megabytes that a refusal may take beyond twice the file
SOON = 5  # seconds


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    file = tmp_path_factory.mktemp("sound") / "net.safetensors"
    return save_checkpoint(file, create_model(NAME, 3), **FACTS)


def liars(content):
    """Files whose header lies of what follows, by what is wrong."""
    header, numbers = header_of(content)

    def other(changes):
        return safetensors(header | changes, numbers)

    def weight(**changes):
        return other({"fc.weight": header["fc.weight"] | changes})

    text = json.dumps(header)
    twice = text[:-1] + ', "fc.weight": ' + json.dumps(header["fc.weight"]) + "}"
    bias = header["fc.bias"]["data_offsets"]
    return {
        "a header of 2^63 bytes": safetensors(header, numbers, length=2**63),
        "a header longer than the file": safetensors(header, numbers, length=len(content) + 1),
        "a header of 99 MB": safetensors(b"{" + b" " * 99_000_000 + b"}"),
        "350,000 tensors": safetensors(many_tensors()),
        "no JSON": safetensors(b"{'a': 1}", numbers),
        "deep JSON": safetensors(b'{"a": ' + b"[" * 1_000_000 + b"]" * 1_000_000 + b"}", numbers),
        "no UTF-8": safetensors(b'{"\xff": {}}', numbers),
        "a list": safetensors([], numbers),
        "overlapping tensors": weight(data_offsets=[bias[0], bias[0] + 768]),
        "a name twice": safetensors(twice.encode(), numbers),
        "offsets outside": weight(data_offsets=[len(numbers), len(numbers) + 768]),
        "offsets backwards": weight(data_offsets=[768, 0]),
        "negative offsets": weight(data_offsets=[-768, 0]),
        "another size": weight(shape=[3, 63]),
        "10 GB": weight(shape=[3, 2**30]),
        "more than 64 bits": weight(shape=[2**40, 2**40]),
        "negative sizes": weight(shape=[-3, -64]),
        "no values": other({"a": {"dtype": "F32", "shape": [10**12, 0], "data_offsets": [0, 0]}}),
        "an unknown kind of number": weight(dtype="F33"),
        "numbers of 4 bits": weight(dtype="F4", shape=[6, 256]),
        "whole numbers": weight(dtype="I32"),
        "complex numbers": weight(dtype="C64", shape=[3, 32]),
        "bytes behind the end": content + b"more",
        "nothing": b"",
    }


def many_tensors():
    """A header of 23 MB."""
    row = {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}
    return {f"{number:x}": row for number in range(350_000)}


CHANGES = {
    "another architecture": {"architecture": "se_resnet50"},
    "no architecture": {"architecture": "../../etc/passwd"},
    "a long name": {"architecture": "a" * 3_000_000},
    "a deep name": {"options": DEEP + "]" * 5_000},
    "10^12 classes": {"num_classes": str(10**12), "classes": "[]"},
    "more classes than fit": {"num_classes": "1" + 400 * "0", "classes": "[]"},
    "-3 classes": {"num_classes": "-3", "classes": "[]"},
    "no classes": {"num_classes": "0", "classes": "[]"},
    "10^12 channels": {"in_chans": str(10**12), "mean": "[]", "std": "[]"},
    "a wide network": {"architecture": "se_resnet152", "options": '{"width": 16}'},
    "too wide": {"options": '{"width": 1e308}'},
    "a width that is none": {"options": '{"width": NaN}'},
    "a million layers": {"options": json.dumps({"depths": [10**6] * 4})},
    "options that are arguments": {"options": '{"name": "resnet18"}'},
    "gates of 10^18 units": {"se": json.dumps({"min_hidden": 10**18})},
    "gates of more than 64 bits": {"se": json.dumps({"min_hidden": 10**40})},
    "a deep block": {"se": DEEP},
    "a long block": {"se": json.dumps({"squeeze": "a" * 5_000_000})},
    "many stages": {"se": json.dumps({"stages": list(range(10**5))})},
    "a mean of NaN": {"mean": "[NaN, 0, 0]"},
    "an endless deviation": {"std": "[1e999, 1, 1]"},
    "a deviation of nothing": {"std": "[0, 1, 1]"},
    "a mean beyond all numbers": {"mean": f"[{10**400}, 0, 0]"},
    "two means for three channels": {"mean": "[0.5, 0.5]"},
    "images of 10^9 pixels": {"input_size": str(10**9)},
    "images of no size": {"input_size": "0"},
    "more names than classes": {"classes": json.dumps(list("abcd"))},
    "a million names": {"classes": json.dumps(["a" * 9] * 10**6)},
    "half a character": {"classes": '["\\ud800", "b", "c"]'},
    "numbers in JSON too long": {"epoch": "9" * 5000},
    "an endless version": {"format_version": "Infinity"},
    "metrics in a list": {"metrics": "[1, 2]"},
    "an epoch in a list": {"epoch": "[[1]]"},
}


def with_metadata(content, **changes):
    header, numbers = header_of(content)
    return safetensors(header | {"__metadata__": header["__metadata__"] | changes}, numbers)


def hostile(content):
    return liars(content) | {
        name: with_metadata(content, **changes) for name, changes in CHANGES.items()
    }


@pytest.mark.parametrize("reader", ["checkpoint", "matching"])
def test_no_checkpoint_that_lies_takes_memory_or_time(sound, tmp_path, reader):
    whole = hostile(sound.read_bytes())
    paths = []
    for number, content in enumerate(whole.values()):
        paths.append(tmp_path / f"{number}.safetensors")
        paths[-1].write_bytes(content)
    for name, path, found in zip(whole, paths, measured(reader, sound, *paths), strict=True):
        if name == "a name twice" and not found.said:
            continue  # the reader takes one of two equal entries, which is no harm
        assert not found.fault, (name, found)
        assert path.name in found.said, (name, found)
        assert "\n" not in found.said
        assert len(found.said) < 2100, name
        assert found.seconds < SOON, (name, found)
        assert found.megabytes < MOST + 2 * path.stat().st_size / 1024**2, (name, found)


def test_an_upload_that_lies_is_refused_under_its_own_name(sound, tmp_path):
    """What the header shows is refused when it is sent, and the rest by the job that reads it."""
    settings = Settings(runs=tmp_path / "runs")
    for name, content in hostile(sound.read_bytes()).items():
        try:
            file = uploads.keep(Sent("my net.safetensors", content), settings)
        except InputError as refusal:
            assert "\n" not in str(refusal)
            assert str(tmp_path) not in str(refusal)
            assert uploads.kept(settings) == []
        else:
            if name != "a name twice":
                with pytest.raises(InputError):
                    create_matching(NAME, file)
            uploads.remove(file, settings)


def test_a_pipe_is_not_waited_for(tmp_path):
    for name in ("w.pth", "w.safetensors"):
        os.mkfifo(tmp_path / name)
        assert not names_its_network(tmp_path / name)
        for read in (load_checkpoint, lambda file: create_matching(NAME, file)):
            with pytest.raises(InputError, match="is not there"):
                read(tmp_path / name)


def test_layers_with_strange_names_are_told_in_one_short_line(tmp_path):
    ours = create_model(NAME, 3).state_dict()
    for name in ("a\nb", "\x1b[31m", "\u202e", "a" * 10**6, ""):
        save_file(ours | {name: torch.zeros(1)}, tmp_path / "w.safetensors")
        with pytest.raises(InputError, match="unexpected") as caught:
            create_matching(NAME, tmp_path / "w.safetensors")
        said = str(caught.value)
        assert said.isprintable()
        assert len(said) < 2100


def test_weights_of_half_precision_are_those_of_a_network_in_single(tmp_path):
    """What others write so is not refused: it is made single, as the network computes."""
    half = create_model(NAME, 3).bfloat16()
    model, _ = load_checkpoint(save_checkpoint(tmp_path / "half.safetensors", half, **FACTS))
    assert {values.dtype for values in model.parameters()} == {torch.float32}
    assert torch.equal(model.fc.weight, half.fc.weight.float())
