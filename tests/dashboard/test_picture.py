"""The one image that pages share: from the store, from the address, or one's own."""

import io
import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from dashboard.shell.hints import _KEY as HINTS
from dashboard.sources import stores
from tests.dashboard.conftest import with_images, words
from tests.synthetic import synthetic_store, write_store

CLASS, NUMBER = "picture-class", "picture-number"
PAGE = Path(__file__).with_name("picture_page.py")


@pytest.fixture
def choose(monkeypatch, runs, tmp_path):
    def start(folder=runs, **address: str) -> AppTest:
        monkeypatch.setattr(stores, "DEMO", tmp_path / "no-demo")
        monkeypatch.setattr(sys, "argv", ["app.py", "--runs", str(folder)])
        stores.scan.clear()
        app = AppTest.from_file(str(PAGE), default_timeout=60)
        app.query_params.update(address)
        return app.run()

    return start


def said(app: AppTest) -> object:
    assert not app.exception
    return json.loads(app.code[-1].value)


def png(side: int = 9) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(np.full((side, side), 7, np.uint8)).save(stream, "PNG")
    return stream.getvalue()


def test_it_opens_with_the_first_image(choose):
    app = choose()
    assert said(app) == ["T-shirt/top", 0, 0, [28, 28]]
    assert "image" not in app.query_params


def test_class_and_number_choose_and_are_in_the_address(choose):
    app = choose()
    app.selectbox(key=CLASS).set_value(3).run()
    assert said(app)[:3] == ["Dress", 120, 3]
    app.number_input(key=NUMBER).set_value(5).run()
    assert said(app)[1] == 124
    assert app.query_params["image"] == "124"
    assert said(choose(image="124")) == said(app)


@pytest.mark.parametrize("asked", ["400", "-1", "x", "1e3", "../../etc/passwd", "٣", "9" * 5000])
def test_nonsense_in_the_address_opens_the_first_with_a_hint(choose, asked):
    app = choose(image=asked)
    assert said(app)[1] == 0
    assert len(app.session_state[HINTS]) == 1


def test_an_upload_takes_the_place_until_it_is_put_away(choose):
    app = choose(image="7")
    app.get("file_uploader")[0].upload("my own.png", png(), "image/png").run()
    assert said(app) == ["my own.png", None, None, [9, 9]]
    next(b for b in app.button if b.label == "Put it away").click().run()
    assert said(app)[1] == 7
    assert app.get("file_uploader")[0].value is None


def test_choosing_a_class_puts_an_upload_away(choose):
    app = choose()
    app.get("file_uploader")[0].upload("a.png", png(), "image/png").run()
    app.selectbox(key=CLASS).set_value(1).run()
    assert said(app)[1] == 40


def test_a_broken_upload_is_one_sentence_and_leaves_the_image(choose):
    app = choose(image="7")
    app.get("file_uploader")[0].upload("*a*.png", b"nothing", "image/png").run()
    assert said(app)[1] == 7
    assert "*a*.png cannot be read as an image" in words(app)


def test_without_images_it_offers_the_upload_in_a_line(choose, tmp_path):
    write_store(synthetic_store(per_class=2), tmp_path / "se.zarr")
    app = choose(tmp_path)
    assert said(app) is None
    assert "not at hand; upload one" in words(app)
    assert not app.selectbox
    app.get("file_uploader")[0].upload("a.png", png(), "image/png").run()
    assert said(app)[0] == "a.png"
    assert "not at hand" not in words(app)


def test_images_without_classes_are_chosen_by_number_alone(choose, tmp_path):
    store = with_images(synthetic_store(per_class=3, labels="none"), tmp_path / "images")
    write_store(store, tmp_path / "se.zarr")
    app = choose(tmp_path)
    assert not app.selectbox
    app.number_input(key=NUMBER).set_value(30).run()
    assert said(app)[:3] == ["29.png", 29, None]


def test_an_image_that_is_gone_is_one_sentence(choose, tmp_path):
    store = with_images(synthetic_store(per_class=3), tmp_path / "images")
    write_store(store, tmp_path / "se.zarr")
    (tmp_path / "images" / "0.png").unlink()
    app = choose(tmp_path)
    assert said(app) is None
    assert "the file is not there" in words(app)
