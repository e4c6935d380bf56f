"""What the Checkpoints page compares, and training runs that grow."""

import base64
import time

import numpy as np
import pytest

from analysis.store import open_store
from dashboard.sources.runs import scan_runs
from tests.dashboard.conftest import charts, words
from tests.dashboard.training_runs import add_epoch, quiet, training_run
from tests.synthetic import synthetic_store, write_store


@pytest.fixture(autouse=True)
def _look_anew():
    scan_runs.clear()


@pytest.fixture(scope="module")
def twins(tmp_path_factory):
    """Two SE networks on the same images, the second without the third gate, and their runs."""
    folder = tmp_path_factory.mktemp("twins")
    write_store(synthetic_store(seed=1, per_class=12), folder / "a.zarr")
    gates = (("layer1.0.se", 16), ("layer1.1.se", 16), ("layer3.1.se", 64))
    write_store(synthetic_store(seed=2, per_class=12, gates=gates), folder / "b.zarr")
    quiet(training_run(folder / "one"))
    quiet(training_run(folder / "plain", gates=False))
    return folder


def figures(app) -> dict[str, dict]:
    """The page's figures by what they measure: the title of the y axis."""
    return {chart["layout"]["yaxis"]["title"]["text"]: chart for chart in charts(app)}


def settled(app, wanted: str):
    end = time.monotonic() + 60
    while wanted not in figures(app):
        assert time.monotonic() < end, words(app)
        time.sleep(0.3)
        app.run()
    return figures(app)


def test_gates_at_the_same_place_are_compared(open_app, twins):
    app = open_app(twins, "checkpoints", store="a", other="b")
    assert not app.exception
    bars = settled(app, "CKA")["CKA"]["data"][0]
    while len(bars["hovertext"]) < 3:
        app.run()
        bars = figures(app)["CKA"]["data"][0]
    assert bars["hovertext"] == ["SE_1_1", "SE_1_2", "SE_3_2"]
    overlaid = figures(app)["mean gate s"]["data"]
    assert [trace["name"] for trace in overlaid] == ["a", "b"]
    assert overlaid[0]["line"]["dash"] != overlaid[1]["line"]["dash"]


def test_one_class_is_drawn_for_both(open_app, twins):
    app = open_app(twins, "checkpoints", store="a", other="b", gate="SE_1_1", **{"class": "Bag"})
    data = open_store(twins / "a.zarr")
    wanted = sorted(data["mean.layer1.0.se"].values[8])
    line = figures(app)["mean gate s"]["data"][0]
    assert app.selectbox(key="class").value == "Bag"
    assert sorted(_decoded(line["y"])) == pytest.approx(wanted, rel=1e-5)


def _decoded(values):
    """Numbers of a figure, which Plotly sends as base64."""
    if isinstance(values, dict):
        return np.frombuffer(base64.b64decode(values["bdata"]), values["dtype"]).tolist()
    return values


def test_what_differs_is_a_table_and_what_agrees_is_folded(open_app, twins):
    said = words(open_app(twins, "checkpoints", store="a", other="b"))
    assert "SE blocks</th>" in said
    assert "336" not in said
    before, agreed = said.split("facts agree")[0], said
    assert "What differs" in before
    assert ">fashion_<wbr>mnist<" in agreed


def test_a_baseline_is_a_line_at_one(open_app, runs):
    app = open_app(runs, "checkpoints", store="se")
    assert app.selectbox(key="other").value == "plain"
    figure = figures(app)["mean gate s"]
    assert any("as if all were 1" in note["text"] for note in figure["layout"]["annotations"])
    assert "CKA" not in figures(app)


def test_two_baselines_say_what_cannot_be_compared_and_show_the_rest(open_app, tmp_path):
    for name, seed in (("x", 1), ("y", 2)):
        store = synthetic_store(gates=(), per_class=4, seed=seed)
        write_store(store, tmp_path / f"{name}.zarr")
    quiet(training_run(tmp_path / "run"))
    app = open_app(tmp_path, "checkpoints")
    assert not app.exception
    assert "Neither network has gates" in words(app)
    assert "accuracy (%)" in figures(app)
    assert "What differs" in words(app)


def test_different_images_and_preparation_are_flagged(open_app, tmp_path):
    write_store(synthetic_store(per_class=4), tmp_path / "a.zarr")
    other = synthetic_store(per_class=5).assign_attrs(transform='{"image_size": 64}')
    write_store(other, tmp_path / "b.zarr")
    app = open_app(tmp_path, "checkpoints")
    said = words(app)
    assert "**Different images**: 40 images" in said
    assert "**Prepared differently** for each network: Image side (pixels)." in said
    end = time.monotonic() + 60
    while "The gates cannot be compared image by image" not in words(app):
        assert time.monotonic() < end
        time.sleep(0.3)
        app.run()
    assert "mean gate s" in figures(app)


def test_runs_show_their_curves_and_their_gates(open_app, twins):
    app = open_app(twins, "checkpoints", store="a", other="b", runs=["one", "plain"])
    names = [t["name"] for t in figures(app)["accuracy (%)"]["data"]]
    assert {"one", "plain"} <= set(names)
    evolution = settled(app, "spread between class means")["spread between class means"]
    assert evolution["data"][-1]["name"] == "epoch 3"
    assert "lie farthest apart at SE_2_1, by 0.060" in words(app)
    app.slider(key="epoch").set_value(1).run()
    evolution = settled(app, "spread between class means")["spread between class means"]
    assert evolution["data"][-1]["name"] == "epoch 1"
    assert "by 0.020" in words(app)
    app.segmented_control(key="measure").set_value("lr").run()
    assert "learning rate" in figures(app)


def test_a_run_that_grows_is_read_again(open_app, tmp_path):
    folder = training_run(tmp_path / "live", epochs=1, planned=3)
    app = open_app(tmp_path, "checkpoints")
    assert "live: epoch 1 of 3, running; best 50.0" in words(app)
    add_epoch(folder)
    app.run()
    assert "live: epoch 2 of 3, running; best 60.0" in words(app)
    quiet(folder)
    app.run()
    assert "live: 2 of 3 epochs; best 60.0" in words(app)


def test_broken_runs_are_named_and_the_others_shown(open_app, twins, tmp_path):
    quiet(training_run(tmp_path / "good"))
    bad = training_run(tmp_path / "bad")
    (bad / "config.json").write_text("{")
    app = open_app(tmp_path, "checkpoints")
    assert not app.exception
    assert "config.json cannot be read" in words(app)
    assert app.multiselect(key="runs").options == ["good"]


def test_gates_of_a_run_that_cannot_be_read_are_a_sentence(open_app, tmp_path):
    folder = training_run(tmp_path / "run")
    (folder / "gates.zarr" / "zarr.json").write_text("{")
    app = open_app(tmp_path, "checkpoints")
    end = time.monotonic() + 60
    while "The recorded gates cannot be read" not in words(app):
        assert time.monotonic() < end, words(app)
        time.sleep(0.3)
        app.run()
    assert not app.exception
