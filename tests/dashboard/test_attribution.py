"""Attribution: with both networks at hand, and with what is left without them."""

import base64
import shutil
import time
from pathlib import Path

import numpy as np
import pytest
import zarr
from PIL import Image
from streamlit.testing.v1 import AppTest

from analysis.__main__ import main
from analysis.at_hand import open_network
from analysis.attribution import grad_cam
from analysis.images import open_images
from analysis.store import open_store
from dashboard.attribution import memo
from dashboard.shell.settings import DEMO
from dashboard.sources import background
from tests.dashboard.conftest import charts, pair, words
from tests.synthetic import synthetic_store, write_store

CHECKPOINTS = {
    "se": DEMO / "se_cifar_resnet20.fashion_mnist.safetensors",
    "plain": DEMO / "cifar_resnet20.fashion_mnist.safetensors",
}
METHODS = ["Grad-CAM", "Input × Gradient", "Integrated Gradients", "Occlusion"]


@pytest.fixture(scope="module")
def real(tmp_path_factory) -> Path:
    """A folder with both stores of one pair, whose networks and images are at hand."""
    folder = tmp_path_factory.mktemp("real")
    rng = np.random.default_rng(0)
    for name in ("Bag", "Coat"):
        (folder / "images" / name).mkdir(parents=True)
        for number in range(2):
            smooth = Image.fromarray(rng.integers(0, 255, (6, 6), np.uint8)).resize((28, 28))
            smooth.save(folder / "images" / name / f"{number}.png")
    for name, checkpoint in CHECKPOINTS.items():
        said = ["--checkpoint", str(checkpoint), "--images", str(folder / "images")]
        out = folder / "stores" / f"{name}.zarr"
        main(["collect", *said, "--out", str(out), "--device", "cpu"])
    return folder / "stores"


def when_done(app: AppTest) -> AppTest:
    """The page when nothing on it is still being computed."""
    end = time.monotonic() + 120
    while any("being computed" in str(chart["layout"]) for chart in charts(app)):
        assert time.monotonic() < end
        time.sleep(0.2)
        app.run()
    return app


def titles(chart: dict) -> list[str]:
    return [said["text"] for said in chart["layout"]["annotations"]]


def notes(chart: dict) -> list[str]:
    return [chart["layout"][axis]["title"]["text"] for axis in ("xaxis", "xaxis2")]


def overlays(chart: dict) -> list[np.ndarray]:
    found = [trace["z"] for trace in chart["data"] if trace["type"] == "heatmap"]
    return [np.asarray(z if isinstance(z, list) else _decoded(z)) for z in found]


def _decoded(z: dict) -> np.ndarray:
    shape = [int(side) for side in z["shape"].split(",")]
    return np.frombuffer(base64.b64decode(z["bdata"]), z["dtype"]).reshape(shape)


def test_all_methods_are_drawn_of_both_networks_on_one_scale(open_app, real):
    app = open_app(real, "attribution", store="se", image="3")
    assert not app.exception
    assert len(charts(app)) == 5
    assert [m for m in METHODS if f"**{m}**" in words(app)] == METHODS
    app = when_done(app)
    *maps, gates = charts(app)
    for chart in maps:
        first, second = titles(chart)
        assert first.startswith("SE: ")
        assert second.startswith("baseline: ")
        assert all(note.endswith(" s") for note in notes(chart))
        assert max(np.abs(z).max() for z in overlays(chart)) == 100
    assert all("δ" in note for note in notes(maps[2]))
    assert not any("δ" in note for note in notes(maps[3]))
    assert gates["data"][-1]["type"] == "bar"
    assert "With the mean gates of the class (hollow) the logit is" in words(app)


def test_the_map_is_the_networks_of_the_image_as_it_sees_it(open_app, real):
    app = open_app(real, "attribution", store="se", image="3", target="true")
    (first, second) = (open_store(real / f"{name}.zarr") for name in ("se", "plain"))
    image = open_images(first).image(3)
    maps = []
    for store in (first, second):
        net = open_network(store)
        maps.append(grad_cam(net.model, net.prepared(image), target=8).map)
    reach = np.percentile(np.abs(maps), 99.5)
    for drawn, found in zip(overlays(charts(app)[0]), maps, strict=True):
        wanted = np.clip(np.rint(100 * found / reach), -100, 100)
        np.testing.assert_allclose(drawn, wanted, atol=1)
    assert titles(charts(app)[0]) == ["SE: Bag", "baseline: Bag"]


def test_any_class_can_be_explained_and_the_link_keeps_it(open_app, real):
    app = open_app(
        real, "attribution", store="se", target="other", explained="Ankle boot", beneath="20"
    )
    assert titles(charts(app)[0]) == ["SE: Ankle boot", "baseline: Ankle boot"]
    grey = next(trace for trace in charts(app)[0]["data"] if trace["type"] == "image")
    assert grey["opacity"] == 0.2
    app.selectbox(key="explained").set_value("Bag").run()
    assert titles(charts(app)[0]) == ["SE: Bag", "baseline: Bag"]
    assert app.query_params["explained"] == "Bag"


def test_a_network_that_is_not_at_hand_leaves_the_other_alone(open_app, real, tmp_path):
    for name in ("se", "plain"):
        shutil.copytree(real / f"{name}.zarr", tmp_path / f"{name}.zarr")
    said = zarr.open_group(tmp_path / "plain.zarr", mode="r+").attrs
    said["checkpoint"] = "another"
    app = open_app(tmp_path, "attribution", store="se")
    (title,) = titles(charts(app)[0])
    assert title.startswith("SE: ")
    assert "The network of plain is not at hand" in words(app)
    assert "has changed since the store was collected" in words(app)


def test_without_weights_the_stores_own_gates_are_shown(open_app, tmp_path):
    pair(tmp_path, per_class=5)
    app = open_app(tmp_path, "attribution", store="se", image="7", gate="SE_2_1")
    said = words(app)
    assert "The network of se is not at hand" in said
    assert said.count("is not at hand") == 1
    assert "The images of this store are not at hand" in said
    assert "Gates of SE_2_1 in image 7 (Trouser) against the mean of its class" in said
    assert len(charts(app)) == 1


def test_a_store_of_other_classes_is_not_set_beside(open_app, tmp_path):
    write_store(synthetic_store(per_class=2), tmp_path / "se.zarr")
    write_store(synthetic_store(classes=("a", "b"), gates=()), tmp_path / "plain.zarr")
    said = words(open_app(tmp_path, "attribution", store="se"))
    assert "plain knows other classes than se, which is shown alone." in said


def test_work_that_nobody_waits_for_is_not_begun(monkeypatch):
    begun = []
    turn = background.begin(lambda: iter([time.sleep(0.3)]), 1, line="attributions")
    monkeypatch.setattr(memo, "_PATIENCE", 0.1)
    memo._wishes.clear()
    work = memo._ask("left", lambda: begun.append(1))
    assert turn.wait(120)
    assert work.wait(120)
    assert begun == []
    again = memo._ask("left", lambda: begun.append(2))
    assert again.wait(120)
    assert begun == [2]
    assert memo._ask("left", lambda: begun.append(3)) is again
