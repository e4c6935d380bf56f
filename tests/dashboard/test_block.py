"""The SE block, step by step: with the network at hand, and with what is left without it."""

import base64
import io
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from streamlit.testing.v1 import AppTest

from analysis.at_hand import open_network
from analysis.images import open_images
from analysis.intervene import top_k_with_gates
from analysis.store import open_store
from senet_core import SEConfig, create_model, save_checkpoint
from tests.dashboard.conftest import charts, words
from tests.dashboard.real_store import CHECKPOINT, collect, make_images
from tests.synthetic import synthetic_store, write_store

STEPS = ["maps", "squeeze", "hidden", "gates", "scaled", "difference", "what-if"]
GATE = "SE_3_2"


@pytest.fixture(scope="module")
def real(tmp_path_factory) -> Path:
    """A folder with a store whose network and images are at hand."""
    folder = tmp_path_factory.mktemp("real")
    collect(CHECKPOINT, make_images(folder / "images"), folder / "stores" / "se.zarr")
    return folder / "stores"


def prediction(app: AppTest) -> tuple[list[float], list[float]]:
    """Per cent before and after, class by class."""
    before, after = charts(app)[-1]["data"]
    return decoded(before["x"]), decoded(after["x"])


def decoded(values: object) -> list[float]:
    """Numbers as Plotly sends them: a list, or bytes in base 64."""
    if isinstance(values, list):
        return values
    return np.frombuffer(base64.b64decode(values["bdata"]), values["dtype"]).tolist()


def said_by(app: AppTest) -> list[str]:
    return [markdown.value for markdown in app.markdown]


def expected(real: Path, gates: dict[str, object]) -> dict[str, float]:
    """What the network predicts for the first image with other gates."""
    ds = open_store(real / "se.zarr")
    net = open_network(ds)
    image = net.prepared(open_images(ds).image(0))
    after = top_k_with_gates(net.model, image, gates, classes=net.classes, k=10)[1]
    return dict(zip(after["class"], 100 * after["probability"], strict=True))


def shown(app: AppTest) -> dict[str, float]:
    after = charts(app)[-1]["data"][1]
    return dict(zip(after["hovertext"], decoded(after["x"]), strict=True))


def test_five_steps_and_the_prediction_are_drawn_at_once(open_app, real):
    app = open_app(real, "block", gate=GATE)
    assert not app.exception
    assert len(charts(app)) == len(STEPS)
    said = "\n".join(said_by(app))
    for part in (
        r"U\in\mathbb{R}^{64\times8\times8}",
        r"W_1\in\mathbb{R}^{16\times64}",
        r"\sigma(",
    ):
        assert part in said
    assert "nothing is changed yet" in words(app)
    before, after = prediction(app)
    assert before == after


def test_the_numbers_in_the_equations_are_those_of_the_network(open_app, real):
    app = open_app(real, "block", gate=GATE, channel="5", image="4")
    ds = open_store(real / "se.zarr")
    path = next(g["path"] for g in json.loads(ds.attrs["gates"]) if g["label"] == GATE)
    gate = float(ds[f"gate.{path}"][4, 5])
    assert any(rf"\tilde{{x}}_{{5}}={gate:.3f}\,u_{{5}}" in line for line in said_by(app))
    bars = charts(app)[STEPS.index("gates")]["data"][0]
    at = [row[1] for row in np.reshape(decoded(bars["customdata"]), (-1, 2))].index(5)
    assert decoded(bars["y"])[at] == pytest.approx(gate, abs=1e-4)


@pytest.mark.parametrize(
    ("address", "gates"),
    [
        ({"start": "open"}, lambda own, ds, path: np.ones_like(own)),
        ({"alpha": "0.5"}, lambda own, ds, path: own / 2),
        ({"start": "all"}, lambda own, ds, path: ds[f"gate.{path}"].values.mean(0)),
        (
            {"start": "class", "donor": "8"},
            lambda own, ds, path: ds[f"gate.{path}"].values[3:].mean(0),
        ),
        (
            {"start": "image", "donor": "8", "donor_image": "2"},
            lambda own, ds, path: ds[f"gate.{path}"].values[4],
        ),
        (
            {"moved": "3.0_7.100"},
            lambda own, ds, path: np.where(
                np.arange(64) == 3, 0, np.where(np.arange(64) == 7, 1, own)
            ),
        ),
    ],
    ids=["open", "alpha", "all", "class", "image", "moved"],
)
def test_a_link_to_a_what_if_shows_what_the_network_then_predicts(open_app, real, address, gates):
    app = open_app(real, "block", gate=GATE, **address)
    assert not app.exception
    ds = open_store(real / "se.zarr")
    path = next(g["path"] for g in json.loads(ds.attrs["gates"]) if g["label"] == GATE)
    own = ds[f"gate.{path}"].values[0]
    wanted = expected(real, {path: gates(own, ds, path)})
    found = shown(app)
    assert len(found) >= 5
    for name, per_cent in found.items():
        assert per_cent == pytest.approx(wanted[name], abs=0.05)
    assert "nothing is changed" not in words(app)


def test_dragged_gates_can_be_put_back_and_are_let_go_with_the_image(open_app, real):
    app = open_app(real, "block", gate=GATE, moved="3.0")
    before, after = prediction(app)
    assert before != after
    app.button(key="put-back").click().run()
    before, after = prediction(app)
    assert before == after
    app = open_app(real, "block", gate=GATE, moved="3.0")
    app.number_input(key="picture-number").set_value(2).run()
    before, after = prediction(app)
    assert before == after


@pytest.mark.parametrize("code", ["x", "3", "64.5", "3.0_", "1.2.3", "-1.5", "3.99999"])
def test_nonsense_for_moved_gates_is_hinted_at(open_app, real, code):
    app = open_app(real, "block", gate=GATE, moved=code)
    assert not app.exception
    assert "The link asked for gates" in words(app)
    assert "nothing is changed yet" in words(app)


def test_an_upload_goes_through_the_block_too(open_app, real):
    app = open_app(real, "block", gate=GATE)
    stream = io.BytesIO()
    Image.new("RGB", (300, 200), "orange").save(stream, "JPEG")
    app.get("file_uploader")[0].upload("mine.jpg", stream.getvalue(), "image/jpeg").run()
    assert not app.exception
    assert len(charts(app)) == len(STEPS)
    assert "mine.jpg" in words(app)


def test_without_weights_and_images_the_stores_gates_are_shown(open_app, tmp_path):
    write_store(synthetic_store(per_class=5), tmp_path / "se.zarr")
    app = open_app(tmp_path, "block", image="7")
    assert not app.exception
    assert "not at hand" in words(app)
    (figure,) = charts(app)
    assert [trace["name"] for trace in figure["data"]] == ["this image", "all classes", "Trouser"]


def test_without_weights_the_image_is_shown_and_the_sentence_says_so(open_app, runs):
    app = open_app(runs, "block", store="se")
    assert not app.exception
    assert "The network is not at hand" in words(app)
    assert len(app.get("image")) + len(app.get("imgs")) == 1
    assert len(charts(app)) == 1


def test_without_images_the_network_waits_for_an_upload(open_app, real, tmp_path):
    shutil.copytree(real, tmp_path / "stores")
    path = tmp_path / "stores" / "se.zarr" / "zarr.json"
    described = json.loads(path.read_text())
    described["attributes"]["root"] = "/nowhere"
    path.write_text(json.dumps(described))
    app = open_app(tmp_path, "block", gate=GATE)
    assert len(charts(app)) == 1
    stream = io.BytesIO()
    Image.new("L", (28, 28), 99).save(stream, "PNG")
    app.get("file_uploader")[0].upload("mine.png", stream.getvalue(), "image/png").run()
    assert len(charts(app)) == len(STEPS)


def test_a_block_without_a_squeeze_is_followed_though_no_store_has_its_gates(open_app, tmp_path):
    torch.manual_seed(0)
    model = create_model("se_cifar_resnet20", 10, in_chans=1, se=SEConfig(squeeze="none"))
    said = {"classes": ["Bag", "Coat", *"abcdefgh"], "mean": [0.3], "std": [0.3]}
    file = tmp_path / "none.safetensors"
    save_checkpoint(file, model, input_size=32, **said)
    collect(file, make_images(tmp_path / "images"), tmp_path / "stores" / "none.zarr")
    app = open_app(tmp_path / "stores", "block")
    assert not app.exception
    assert len(charts(app)) == 5  # neither a squeeze nor what if
    assert "every position is excited by itself" in words(app)
    assert "These gates cannot be set" in words(app)
