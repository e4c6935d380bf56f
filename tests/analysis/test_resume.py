"""Interrupted anywhere and run again, a collection ends the same; another run is refused."""

import dataclasses
import json
import shutil
import sys

import pytest
import torch

from analysis import collect, open_store
from analysis.source import Source
from analysis.writer import StoreWriter
from senet_core import InputError, SEConfig, create_model
from senet_core.data import open_folder
from tests.analysis.small import COLOURS, PREPROCESSING, files_of, network, tensors
from tests.senet_core.conftest import paint


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    return collect(network(), tensors(), tmp_path_factory.mktemp("whole") / "s.zarr", batch_size=50)


def test_a_complete_store_is_left_as_it_is_and_said_to_be(undisturbed, caplog):
    before = files_of(undisturbed)
    with caplog.at_level("INFO"):
        collect(network(), tensors(), undisturbed, batch_size=50)
    assert "is complete already" in caplog.text
    assert files_of(undisturbed) == before


class Killed(Exception):
    """Stands for the end of the process."""


@pytest.mark.parametrize(
    ("method", "call"),
    [
        ("_array", 1),  # while opening
        ("write", 0),
        ("write", 2),
        ("_array", 8),  # between the regions of a chunk
        ("_part", 7),  # after the regions, before the part
        ("finish", 0),
        ("_summarise", 0),
        ("_summarise", 7),
        ("_set_attributes", 0),
        ("tidy", 0),
    ],
)
def test_stopped_anywhere_and_resumed_equals_undisturbed(
    undisturbed, tmp_path, monkeypatch, method, call
):
    original, calls = getattr(StoreWriter, method), []

    def stops(self, *arguments, **named):
        calls.append(method)
        if len(calls) == call + 1:
            raise Killed
        return original(self, *arguments, **named)

    with monkeypatch.context() as patch:
        patch.setattr(StoreWriter, method, stops)
        with pytest.raises(Killed):
            collect(network(), tensors(), tmp_path / "s.zarr", batch_size=50)
    collect(network(), tensors(), tmp_path / "s.zarr", batch_size=50)
    assert files_of(tmp_path / "s.zarr") == files_of(undisturbed)


def test_stopped_before_the_last_word_keeps_all_chunks(tmp_path, monkeypatch, caplog):
    def stops(*arguments, **named):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(StoreWriter, "_set_attributes", stops)
        with pytest.raises(Killed):
            collect(network(), tensors(), tmp_path / "s.zarr")
    with caplog.at_level("INFO"):
        collect(network(), tensors(), tmp_path / "s.zarr")
    assert "3 of 3 chunks are done" in caplog.text


def test_stopped_while_the_store_is_made_leaves_nothing_behind(undisturbed, tmp_path, monkeypatch):
    def stops(*arguments):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr("analysis.layout._create_summaries", stops)
        with pytest.raises(Killed):
            collect(network(), tensors(), tmp_path / "s.zarr", batch_size=50)
    assert not (tmp_path / "s.zarr").exists()
    collect(network(), tensors(), tmp_path / "s.zarr", batch_size=50)
    assert files_of(tmp_path / "s.zarr") == files_of(undisturbed)
    assert [file.name for file in tmp_path.iterdir()] == ["s.zarr"]


def altered_weights(model):
    with torch.no_grad():
        model.fc.bias[0] += 1e-3
    return model


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda a: a | {"model": altered_weights(network(3))}, "other weights"),
        (
            lambda a: a | {"model": network(3, se=SEConfig(reduction=8))},
            "SE blocks reduction 16, not 8",
        ),
        (
            lambda a: a | {"model": network(3, se=SEConfig(excitation="tanh"))},  # the same weights
            "SE blocks excitation sigmoid, not tanh",
        ),
        (
            lambda a: a | {"model": create_model("cifar_resnet20", 3)},
            "network se_cifar_resnet20, not",
        ),
        (lambda a: a | {"limit": 2}, "limit 3, not 2"),
        (lambda a: a | {"limit": None}, "limit 3, not none"),
        (lambda a: a | {"image_size": 15}, "preprocessing image_size 16, not 15"),
        (
            lambda a: a | {"mean": (0.5, 0.5, 0.4)},
            r"preprocessing mean \[0.5, 0.5, 0.5\], not \[0.5",
        ),
        (lambda a: a | {"images": "other"}, "data set same, not other"),
        (lambda a: a | {"images": "twin/same"}, "other images"),
        (lambda a: a | {"classes": ("green", "blue", "red")}, "other classes"),
    ],
)
def test_a_changed_run_is_refused_by_name(tmp_path, monkeypatch, change, named):
    for folder, number in (("same", 4), ("other", 4), ("twin/same", 5)):
        paint(tmp_path / folder, per_class=number)

    def run(model, limit, images, classes, **pixels):
        own = dataclasses.replace(PREPROCESSING, **pixels)
        collect(
            model,
            open_folder(tmp_path / images),
            tmp_path / "s.zarr",
            source=Source(preprocessing=own, classes=classes),
            limit=limit,
        )

    settings = {"model": network(3), "limit": 3, "images": "same", "classes": COLOURS}
    with monkeypatch.context() as patch:
        patch.setattr(StoreWriter, "finish", lambda self, **_: {})  # half-written
        run(**settings)
    with pytest.raises(InputError, match=f"begun with {named}.* give another --out"):
        run(**change(settings))
    run(**settings)
    assert open_store(tmp_path / "s.zarr").sizes["sample"] == 9


def test_a_half_written_store_of_other_gates_is_refused(tmp_path, monkeypatch):
    """As a later version, which finds other gates in the same network, would go on with it."""
    with monkeypatch.context() as patch:
        patch.setattr(StoreWriter, "finish", lambda self, **_: {})
        collect(network(), tensors(20), tmp_path / "s.zarr")
    monkeypatch.setattr(sys.modules["analysis.collect"], "find_gates", lambda model: {})
    with pytest.raises(InputError, match="begun with other gates than these; give another --out"):
        collect(network(), tensors(20), tmp_path / "s.zarr")


def test_an_earlier_preparation_that_is_nested_too_deeply_is_refused(undisturbed, tmp_path):
    store = shutil.copytree(undisturbed, tmp_path / "s.zarr")
    described = json.loads((store / "zarr.json").read_text())
    described["attributes"]["transform"] = "[" * 100_000
    (store / "zarr.json").write_text(json.dumps(described))
    with pytest.raises(InputError, match=r"begun with preprocessing \[+ … .*give another --out"):
        collect(network(), tensors(), store)


@pytest.mark.parametrize("content", ["file", "folder", "group"])
def test_a_path_that_is_something_else_is_refused(tmp_path, content):
    out = tmp_path / "out"
    if content == "file":
        out.write_text("mine")
    else:
        out.mkdir()
        (out / ("zarr.json" if content == "group" else "mine.txt")).write_text("{}")
    with pytest.raises(InputError, match="is no store"):
        collect(network(), tensors(20), out)
    assert out.exists()


def test_an_empty_folder_becomes_a_store(tmp_path):
    assert open_store(collect(network(), tensors(20), tmp_path)).sizes["sample"] == 20


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(InputError, match=r"cannot be written .*give another --out"):
        collect(network(), tensors(20), tmp_path / "file" / "s.zarr")
