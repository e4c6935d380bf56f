"""Files of weights with anything in them: a network, or a sentence."""

import io
import json
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
import torch
from hypothesis import strategies as st
from safetensors.torch import save_file

from analysis.networks import Pixels, open_checkpoint, prepared
from analysis.runs import Run, best_metrics
from analysis.weight_files import names_its_network
from senet_core import create_model, load_weights, save_checkpoint
from senet_core.checkpoint import read_metadata
from senet_core.convert import create_matching
from senet_core.convert.files import read_tensors
from tests.trust.fuzzing import CHANGES, DEEP, answered, changed, fuzz, json_values

KEYS = (
    *("format_version", "architecture", "options", "se", "num_classes", "in_chans", "classes"),
    *("input_size", "mean", "std", "recipe", "epoch", "metrics", "versions"),
)
NAME = "se_cifar_resnet20"
GREY = Pixels(1, (0.3,), (0.3,), ())


@pytest.fixture(scope="module")
def valid(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint of ours."""
    torch.manual_seed(0)
    return save_checkpoint(
        tmp_path_factory.mktemp("fuzz") / "valid.safetensors",
        create_model(NAME, 3, in_chans=1),
        classes=["a", "b", "c"],
        mean=[0.3],
        std=[0.3],
        recipe="fashion_mnist",
        epoch=2,
        metrics={"test_accuracy": 0.9},
    )


def split(content: bytes) -> tuple[dict[str, object], bytes]:
    """The header and what follows it."""
    length = int.from_bytes(content[:8], "little")
    return json.loads(content[8 : 8 + length]), content[8 + length :]


def joined(header: object, tensors: bytes) -> bytes:
    text = json.dumps(header, ensure_ascii=True).encode()
    return len(text).to_bytes(8, "little") + text + tensors


def readers(file: Path) -> tuple[Callable[[], object], ...]:
    """All that the project does with a file of weights that ends in .safetensors."""
    return (
        lambda: names_its_network(file),
        lambda: best_metrics(Run(file.parent, {}, pd.DataFrame(), 0, 0.0)),
        lambda: read_metadata(file),
        lambda: load_weights(create_model(NAME, 3, in_chans=1), file),
        lambda: create_matching(NAME, file),
        lambda: prepared(*open_checkpoint(file), GREY, None),
    )


def check(reader: str, folder: Path, content: bytes, slow: bool) -> None:
    file, liar = folder / "best.safetensors", folder / "best.pth"
    for path in (file, liar):
        path.write_bytes(content)
    answered(reader, *readers(file), lambda: read_tensors(liar), slow=slow)


@fuzz(15, 400, changes=CHANGES, header=st.booleans())
def test_changed_bytes_of_a_checkpoint(valid, tmp_path, *, changes, header, slow):
    content = valid.read_bytes()
    within = int.from_bytes(content[:8], "little") + 16 if header else None
    check("checkpoint, bytes", tmp_path, changed(content, changes, within=within), slow)


@fuzz(
    15,
    300,
    place=st.integers(0, 10**6),
    field=st.sampled_from(["dtype", "shape", "data_offsets", ""]),
    value=json_values
    | st.sampled_from(["F64", "BOOL", "F8_E4M3", "U64"])
    | st.lists(st.integers(0, 2**40), max_size=4),
)
def test_other_values_in_the_header_of_a_checkpoint(valid, tmp_path, *, place, field, value, slow):
    header, tensors = split(valid.read_bytes())
    names = sorted(header)
    name = names[place % len(names)]
    if field and name != "__metadata__":
        header[name][field] = value
    else:
        header[name] = value
    check("checkpoint, header", tmp_path, joined(header, tensors), slow)


near = st.sampled_from(
    [
        *("se_cifar_resnet20", "resnet18", "vgg16_bn", "0", "1", "3", "-1", "1e400", "NaN", "null"),
        *("true", "[]", "{}", '""', "[NaN]", "[0, 0]", '["a", "b", "c"]', DEEP, '{"width": 0.5}'),
        *('{"width": -1}', '{"width": "x"}', '{"width": 1e9}', '{"pool": 3}', '{"stages": []}'),
        *('{"reduction": 0}', '{"stages": 3}', '{"squeeze": []}', '{"a": 1}', "[[1]]", "9" * 5000),
        *('{"width": NaN}', '{"stride_on": null}', '{"reduction": 1e9}', '{"min_hidden": 99999}'),
    ]
)


@fuzz(
    25,
    1200,
    said=st.dictionaries(
        st.sampled_from(KEYS), near | json_values.map(json.dumps) | st.text(), min_size=1
    ),
    removed=st.none() | st.sampled_from(KEYS),
)
def test_other_metadata_of_a_checkpoint(valid, tmp_path, *, said, removed, slow):
    header, tensors = split(valid.read_bytes())
    metadata = header["__metadata__"] | said
    metadata.pop(removed, None)
    file = tmp_path / "best.safetensors"
    file.write_bytes(joined(header | {"__metadata__": metadata}, tensors))
    answered("metadata", *readers(file), slow=slow)


@pytest.fixture(scope="module")
def foreign() -> list[bytes]:
    """Files that torch writes: of its zip format, of the older one; with a wrapper, and plain."""
    torch.manual_seed(0)
    state = {"layer1.0.conv1.weight": torch.randn(4, 3, 3, 3), "fc.weight": torch.randn(2, 4)}
    files = []
    for content in (state, {"state_dict": state, "epoch": 3, "best": 0.5}):
        for zipped in (True, False):
            file = io.BytesIO()
            torch.save(content, file, _use_new_zipfile_serialization=zipped)
            files.append(file.getvalue())
    return files


@pytest.fixture(scope="module")
def small() -> torch.nn.Module:
    """A network that the files' tensors are not enough for."""
    with torch.device("meta"):
        return create_model("resnet18", 2)


@fuzz(30, 1500, which=st.integers(0, 3), changes=CHANGES)
def test_changed_bytes_of_a_file_of_torch(foreign, small, tmp_path, *, which, changes, slow):
    file = tmp_path / "w.pth"
    file.write_bytes(changed(foreign[which], changes))
    answered("file of torch", lambda: load_weights(small, file), slow=slow)


@fuzz(20, 400, content=st.binary(max_size=400), ending=st.sampled_from(["pth", "pt", "bin"]))
def test_any_bytes_as_a_file_of_torch(tmp_path, *, content, ending, slow):
    file = tmp_path / f"w.{ending}"
    file.write_bytes(content)
    answered("file of torch", lambda: read_tensors(file), slow=slow)


_shape = st.lists(st.integers(0, 5), max_size=5)
_key = st.sampled_from(
    [
        *("layer1.0.conv1.weight", "conv1.weight", "fc.weight", "fc.bias", "module.fc.weight"),
        *("layer1.0.se.fc.0.weight", "layer0.conv1.weight", "conv1_7x7_s2.weight", "model."),
        *("stem.conv1.norm.running_mean", "stem.conv1.conv.weight", "features.0.weight"),
        *("conv2d_1a.bn.weight", "conv1.6.weight", "layer1.0.body.conv3.conv.weight"),
        *("conv1_7x7_s2.bias", "conv1_7x7_s2_bn.running_mean", "layer1.0.se.fc1.weight"),
    ]
)


@fuzz(
    15,
    300,
    said=st.dictionaries(_key | st.text(max_size=20), _shape, max_size=8),
    name=st.sampled_from([NAME, "resnet18", "se_resnet50", "vgg16_bn", "bn_inception"]),
    plain=st.booleans(),
)
def test_tensors_of_any_names_and_shapes(tmp_path, *, said, name, plain, slow):
    tensors = {key: torch.zeros(shape) for key, shape in said.items()}
    file = tmp_path / ("w.pth" if plain else "w.safetensors")
    if plain:
        torch.save(tensors, file)
    else:
        save_file(tensors, file)
    answered("tensors", lambda: create_matching(name, file), slow=slow)
