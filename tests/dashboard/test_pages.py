"""Every page, with stores and with what else people have in their folders."""

import pytest
import zarr

from tests.dashboard.conftest import (
    PAGES,
    charts,
    damaged,
    half_written,
    pair,
    with_images,
    words,
)
from tests.synthetic import synthetic_store, write_store

FIGURES = {"home": 1, "excitations": 3, "depth": 4, "predictions": 4, "checkpoints": 1}
FIGURES |= {
    "attribution": 1,
    "block": 1,
    "interventions": 1,
    "zoo": 2,
}  # the zoo is there without any store


@pytest.mark.parametrize("page", FIGURES)
def test_a_page_draws_its_figures_at_once(open_app, runs, page):
    app = open_app(runs, page, store="se")
    assert not app.exception
    assert not app.error
    assert len(charts(app)) == FIGURES[page]


@pytest.mark.parametrize("page", PAGES)
def test_without_stores_a_page_says_how_to_make_one(open_app, tmp_path, page):
    app = open_app(tmp_path, page)
    assert not app.exception
    assert [code.value for code in app.code] == [
        "make demo",
        "python -m analysis collect --checkpoint FILE --dataset NAME "
        f"--out {tmp_path / 'NAME.zarr'}",
    ]
    assert not app.sidebar.selectbox


@pytest.mark.parametrize("page", PAGES)
def test_a_baseline_alone_opens_everywhere(open_app, tmp_path, page):
    write_store(synthetic_store(gates=(), per_class=5), tmp_path / "plain.zarr")
    app = open_app(tmp_path, page)
    assert not app.exception
    said = {
        "home": "No store here has gates",
        "excitations": "This store has no gates",
        "depth": "This store has no gates",
        "interventions": "This store has no gates",
        "attribution": "This store has no gates",
        "block": "This store has no gates",
        "checkpoints": "A second store is needed",
        "predictions": "A second store is needed",
    }
    assert said[page] in words(app)
    assert not charts(app)


def test_a_baseline_offers_the_store_that_has_gates(open_app, runs):
    app = open_app(runs, "excitations", store="plain")
    assert "This store has no gates" in words(app)
    app.button[0].click().run()
    assert app.selectbox(key="store").value == "se"
    assert len(charts(app)) == FIGURES["excitations"]


@pytest.mark.parametrize("page", PAGES)
def test_broken_stores_are_listed_and_harm_nothing(open_app, tmp_path, page):
    pair(tmp_path, per_class=5)
    half_written(tmp_path)
    damaged(tmp_path)
    app = open_app(tmp_path, page)
    assert not app.exception
    assert app.selectbox(key="store").options == ["plain", "se"]
    assert len(charts(app)) == FIGURES[page]
    if page == "home":
        assert "is half-written; run the" in words(app)
        assert "is damaged" in words(app)


def test_only_broken_stores_show_both_the_fault_and_the_way_out(open_app, tmp_path):
    half_written(tmp_path)
    app = open_app(tmp_path)
    assert "is half-written" in words(app)
    assert "make demo" in words(app)


def test_a_missing_folder_of_runs_is_told(open_app, tmp_path):
    assert "there is no such folder" in words(open_app(tmp_path / "absent"))


def test_images_at_hand_are_shown(open_app, runs):
    said = words(open_app(runs, "excitations", store="se"))
    assert said.count("data:image/png;base64,") == 16
    assert "not at hand" not in said


@pytest.mark.parametrize("page", ["excitations", "predictions"])
def test_images_not_at_hand_leave_frames_and_a_sentence(open_app, tmp_path, page):
    pair(tmp_path, per_class=5)
    app = open_app(tmp_path, page)
    said = words(app)
    assert "The images are not at hand" in said
    assert "/nowhere" in [code.value for code in app.code]
    assert "no image" in said
    assert "<img" not in said


def test_an_image_that_cannot_be_read_leaves_a_frame(open_app, tmp_path):
    images = tmp_path / "images"
    store = with_images(synthetic_store(per_class=1, gates=(("layer1.0.se", 4),)), images)
    write_store(store, tmp_path / "se.zarr")
    (images / "0.png").write_bytes(b"no image")
    app = open_app(tmp_path, "excitations")
    assert not app.exception


@pytest.mark.parametrize("page", PAGES)
def test_images_without_labels_are_one_sentence(open_app, tmp_path, page):
    pair(tmp_path, per_class=5, labels="none")
    app = open_app(tmp_path, page)
    assert not app.exception
    said = {
        "home": "No store here has gates to show by depth",
        "excitations": "no labelled",
        "depth": "no labelled",
        "interventions": "so there is no accuracy to lose",
        "attribution": "against the mean of all images",
        "block": "The images of this store are not at hand",
        "checkpoints": "no labelled images",
        "predictions": "no labels",
    }
    assert said[page] in words(app)


def test_labels_that_are_folders_show_no_accuracy(open_app, tmp_path):
    pair(tmp_path, per_class=5, labels="folder")
    assert words(open_app(tmp_path)).count(">unknown (labels are not its classes)<") == 2
    assert "labels are names of folders" in words(open_app(tmp_path, "predictions"))


def test_stores_of_different_images_are_not_compared(open_app, tmp_path):
    write_store(synthetic_store(per_class=5), tmp_path / "se.zarr")
    write_store(synthetic_store(per_class=6, gates=()), tmp_path / "plain.zarr")
    app = open_app(tmp_path, "predictions")
    assert not app.exception
    assert "These two stores cannot be compared" in words(app)


def test_random_weights_are_said_to_be_random(open_app, tmp_path):
    store = synthetic_store(per_class=5).assign_attrs(weights="random")
    write_store(store, tmp_path / "se.zarr")
    assert "se_cifar_resnet20 (random weights)" in words(open_app(tmp_path))


def test_images_that_can_be_fetched_are_said_to_be(open_app, tmp_path):
    pair(tmp_path, per_class=5)
    for store in tmp_path.rglob("*.zarr"):
        said = zarr.open_group(store, mode="r+").attrs
        said["root"], said["dataset"] = "data/imagenette2-160/val", "imagenette"
    app = open_app(tmp_path, "predictions")
    assert "python -m senet_core fetch imagenette" in [code.value for code in app.code]
