"""Files of torch's that would fill the memory or take for ever: refused at once, and briefly."""

import pickle
import struct

import numpy as np
import pytest
import torch
from torchvision.models import resnet18

from senet_core import create_model
from tests.trust.hostile import Call, Storage, older, pickled, tensor, zipped
from tests.trust.measuring import measured

TEN_GB = 2_684_354_560  # numbers of four bytes
HALF_GB = 512 * 1024**2
MOST = 100  # megabytes that a refusal may take beyond thrice the file
SOON = 5  # seconds


def deep_tuple():
    """A dictionary whose one name is a tuple of tuples, 60 deep: its hash takes 2 ** 60 steps."""
    pair = b"h\x00\x86q\x00"  # the tuple that was remembered, again; both in a tuple; remember it
    return b"\x80\x02}K\x01\x85q\x00" + 60 * pair + b"K\x01s."


def doubled():
    """Text that a codec makes twice as long, 26 times: from 8 bytes to 512 MB."""
    start = b"\x80\x02c_codecs\nencode\nq\x00" + b"X\x08\0\0\0aaaaaaaaX\x06\0\0\0latin1\x86Rq\x01"
    return start + 26 * b"h\x00h\x01X\x03\0\0\0hex\x86Rq\x01" + b"."


def lying_sizes():
    """An archive whose directory says that a record of 512 MB has 1,000 bytes."""
    content = zipped(one_of(Storage("0", 250)), {"0": bytes(HALF_GB)}, deflated=True)
    true, said = struct.pack("<L", HALF_GB), struct.pack("<L", 1000)
    head, _, directory = content.replace(true, said, 1).rpartition(true)  # it has the size too
    return head + said + directory


def one_of(storage, size=(250,), stride=(1,), offset=0):
    return pickled({"fc.weight": tensor(storage, size, stride, offset)})


def bombs():
    """Contents by what they are."""
    four = {"0": bytes(4)}
    huge = tensor(Storage("0", 1), (HALF_GB // 4,), (0,))
    to_device = Call(
        torch._utils._rebuild_device_tensor_from_cpu_tensor, huge, torch.float64, "cpu", False
    )
    return {
        "a record that unpacks to 512 MB": zipped(
            one_of(Storage("0", HALF_GB // 4)), {"0": bytes(HALF_GB)}, deflated=True
        ),
        "a little that is compressed": zipped(
            one_of(Storage("0", 250)), {"0": np.random.default_rng(0).bytes(1000)}, deflated=True
        ),
        "a pickle that unpacks to 512 MB": zipped(bytes(HALF_GB), deflated=True),
        "a directory that lies": lying_sizes(),
        "forty entries that show one record": zipped(
            pickled({str(n): tensor(Storage(str(n), 2**22), (2**22,), (1,)) for n in range(40)}),
            {"0": bytes(2**24)},
            twins=39,
        ),
        "a call for 512 MB": zipped(pickled({"a": Call(bytearray, HALF_GB)})),
        "the same in the older form": older(pickled({"a": Call(bytearray, HALF_GB)}, older=True)),
        "text that doubles": zipped(doubled()),
        "a copy of what is not there": zipped(pickled({"a": to_device}), four),
        "a hash that takes for ever": zipped(deep_tuple()),
        "the same, older": older(deep_tuple()),
        "stride 0": zipped(one_of(Storage("0", 1), (TEN_GB,), (0,)), four),
        "a storage of 10 GB": zipped(one_of(Storage("0", TEN_GB), (TEN_GB,)), four),
        "more than its storage": zipped(one_of(Storage("0", 1), (HALF_GB,)), four),
        "behind its storage": zipped(one_of(Storage("0", 1), (1,), (1,), 2**40), four),
        "before its storage": zipped(one_of(Storage("0", 1), (1,), (1,), -5), four),
        "a negative stride": zipped(one_of(Storage("0", 1), (2,), (-1,)), four),
        "more than 64 bits": zipped(one_of(Storage("0", 1), (2**40, 2**40), (0, 0)), four),
        "no values": zipped(one_of(Storage("0", 1), (10**12, 0), (1, 1)), four),
        "an older storage of 10 GB": older(
            pickled({"a": tensor(Storage("0", TEN_GB), (9,), (1,))}, older=True), {"0": bytes(4)}
        ),
        "a list for a state": zipped(pickled([1, 2])),
        "numbers for names": zipped(pickled({1: tensor(Storage("0", 1), (1,), (1,))}), four),
        "an archive of nothing": b"PK\x05\x06" + bytes(18),
        "a cut archive": zipped(one_of(Storage("0", 250)), {"0": bytes(1000)})[:-300],
        "half a pickle": pickle.dumps({"a": 1}, 2)[:-3],
    }


@pytest.fixture(scope="module")
def sound(tmp_path_factory):
    """A file that every reader below reads, or has reason to look through."""
    file = tmp_path_factory.mktemp("sound") / "w.pth"
    torch.save(create_model("se_cifar_resnet20", 3).state_dict(), file)
    return file


def test_no_file_of_torchs_takes_more_memory_than_its_own_size_or_much_time(sound, tmp_path):
    whole = bombs()
    paths = []
    for number, content in enumerate(whole.values()):
        paths.append(tmp_path / f"{number}.pth")
        paths[-1].write_bytes(content)
    for name, path, found in zip(whole, paths, measured("tensors", sound, *paths), strict=True):
        assert not found.fault, (name, found)
        assert path.name in found.said, (name, found)
        assert "\n" not in found.said
        assert found.seconds < SOON, (name, found)
        assert found.megabytes < MOST + 3 * path.stat().st_size / 1024**2, (name, found)


@pytest.mark.filterwarnings("ignore:torch.quantize_per_tensor")
def test_tensors_without_dense_values_are_refused(tmp_path, sound):
    ones = torch.ones(4, 4)
    bare = (ones.to_sparse(), ones.to("meta"), torch.quantize_per_tensor(ones, 1, 0, torch.quint8))
    files = [tmp_path / f"{number}.pth" for number in range(3)]
    for file, values in zip(files, bare, strict=True):
        torch.save({"a": values}, file)
    for found in measured("tensors", sound, *files):
        assert f"{found.file} is no file of weights" in found.said, found


def test_a_layer_that_claims_outputs_builds_no_network_of_their_size(tmp_path, sound):
    """The last layer's bias, or its weight with one input, would give 1 GB and more."""
    ours = create_model("se_cifar_resnet20", 3).state_dict()
    claim = torch.zeros(2**22, dtype=torch.uint8)
    torch.save(ours | {"fc.bias": claim}, tmp_path / "bias.pth")
    (found,) = measured("matching", sound, tmp_path / "bias.pth")
    assert "do not fit se_cifar_resnet20" in found.said
    assert found.megabytes < MOST


def test_nor_does_one_of_a_network_from_elsewhere(tmp_path):
    state = resnet18(num_classes=3).state_dict()
    torch.save(state, tmp_path / "sound.pth")
    odd = {
        "one-input.pth": {"fc.weight": torch.zeros(2**19, 1)},
        "channels.pth": {"conv1.weight": torch.zeros(1, 2**19, 1, 1)},
        "number.pth": {"conv1.weight": torch.tensor(1.0)},
        "none.pth": {"fc.weight": torch.zeros(0, 512)},
    }
    for name, changes in odd.items():
        torch.save(state | changes, tmp_path / name)
    files = [tmp_path / name for name in odd]
    for found in measured("torchvision", tmp_path / "sound.pth", *files):
        assert found.file in found.said, found
        assert found.megabytes < MOST + 3 * 47, found


def test_shapes_that_would_be_multiplied_are_not(tmp_path):
    """Caffe's biases are subtracted from means: (C,) less (C, 1) would be (C, C), 1 GB here."""
    many = 2**14
    state = {
        "conv1_7x7_s2.weight": torch.zeros(64, 3, 7, 7),
        "conv1_7x7_s2.bias": torch.zeros(many, 1),
        "conv1_7x7_s2_bn.running_mean": torch.zeros(many),
    }
    torch.save(state, tmp_path / "w.pth")
    torch.save(create_model("bn_inception").state_dict(), tmp_path / "sound.pth")
    (found,) = measured("bn_inception", tmp_path / "sound.pth", tmp_path / "w.pth")
    assert "do not fit bn_inception" in found.said
    assert found.megabytes < MOST
