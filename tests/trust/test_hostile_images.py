"""Image files that are odd or mean harm: the right pixels, or one sentence and little memory."""

import os
import tempfile
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from analysis.uploads import read_upload
from senet_core.data import open_folder
from senet_core.data.images import UnreadableImage, read_image
from tests.trust.measuring import measured
from tests.trust.pictures import (
    PHOTO,
    STORED,
    animated,
    bombs,
    deep_colour,
    deep_grey,
    encoded,
    png,
    pretenders,
    turned,
)

NOBODY = 65534
SIDE = 8_900  # pixels: the largest square that is still taken


def read(content: bytes, folder: Path) -> np.ndarray:
    """(H, W, 3), as a collection reads it, whatever the name says."""
    (folder / "x.jpg").write_bytes(content)
    return read_image(folder / "x.jpg").permute(1, 2, 0).numpy()


def sent(content: bytes) -> np.ndarray:
    """(H, W, 3), as a visitor's own image is read."""
    return np.asarray(read_upload(content, "x.jpg"))


@pytest.mark.parametrize("orientation", STORED)
@pytest.mark.parametrize("kind", ["PNG", "WEBP"])
def test_every_way_to_hold_a_camera_gives_the_upright_picture(kind, orientation, tmp_path):
    content = turned(kind, orientation, **({"lossless": True} if kind == "WEBP" else {}))
    assert np.array_equal(read(content, tmp_path), PHOTO)
    assert np.array_equal(sent(content), PHOTO)


@pytest.mark.parametrize("orientation", STORED)
def test_and_of_a_jpeg_the_very_pixels_that_it_holds(orientation, tmp_path):
    content = turned("JPEG", orientation)
    (tmp_path / "as-stored.jpg").write_bytes(content)
    with Image.open(tmp_path / "as-stored.jpg") as stored:
        held = np.asarray(stored)
    found = read(content, tmp_path)
    assert found.shape == PHOTO.shape
    assert np.array_equal(STORED[orientation](found), held)
    assert np.array_equal(sent(content), found)


def test_sixteen_bits_become_eight_and_not_white(tmp_path):
    ramp = np.linspace(0, 65_535, 32 * 48).astype(np.uint16).reshape(32, 48)
    for found in (read(deep_grey(ramp), tmp_path), sent(deep_grey(ramp))):
        assert np.array_equal(found, np.repeat(ramp[..., None] >> 8, 3, axis=2))
    colour = np.stack([ramp, ramp[::-1], ramp[:, ::-1]], axis=2)
    for found in (read(deep_colour(colour), tmp_path), sent(deep_colour(colour))):
        assert np.array_equal(found, colour >> 8)


def test_the_first_frame_of_an_animation_is_the_image(tmp_path):
    for kind in ("WEBP", "PNG"):
        assert np.array_equal(read(animated(kind), tmp_path), PHOTO)
        assert np.array_equal(sent(animated(kind)), PHOTO)
    assert np.abs(read(animated("GIF"), tmp_path) - PHOTO.astype(int)).mean() < 40  # 256 colours
    with pytest.raises(UnreadableImage, match="not in an image format"):
        sent(animated("GIF"))


def test_colours_that_printers_know_and_palettes_are_converted(tmp_path):
    red = Image.new("RGB", (16, 16), (200, 30, 40))
    for found in (read(encoded(red.convert("CMYK"), "JPEG"), tmp_path),):
        assert np.abs(found.astype(int) - (200, 30, 40)).max() < 8
    palette = Image.new("P", (4, 4))
    palette.putpalette([255, 0, 0, 0, 255, 0])
    palette.putpixel((1, 0), 1)
    clear = encoded(palette, "PNG", transparency=0)  # what is seen through keeps its colour
    for found in (read(clear, tmp_path), sent(clear)):
        assert found[0, :2].tolist() == [[255, 0, 0], [0, 255, 0]]


@pytest.mark.parametrize("name", pretenders())
def test_what_is_something_else_is_refused_in_one_sentence(name, tmp_path):
    content = pretenders()[name]
    for reader in (lambda: read(content, tmp_path), lambda: sent(content)):
        with pytest.raises(UnreadableImage, match=r"x\.jpg cannot be read as an image") as caught:
            reader()
        assert "\n" not in str(caught.value)
    if not name.startswith("half"):
        assert caught.value.reason == "it is not in an image format that is known here"


def test_no_decoder_of_other_formats_is_let_near_a_file(tmp_path, monkeypatch):
    """Pillow would hand an EPS to Ghostscript, whatever its name."""
    tried = []
    for kind, (factory, accept) in list(Image.OPEN.items()):
        monkeypatch.setitem(
            Image.OPEN, kind, (lambda *a, k=kind, f=factory: tried.append(k) or f(*a), accept)
        )
    for content in pretenders().values():
        (tmp_path / "x.jpg").write_bytes(content)
        with pytest.raises(UnreadableImage):
            read_image(tmp_path / "x.jpg")
    assert set(tried) <= {"JPEG", "PNG", "WEBP", "BMP", "GIF"}


def test_bombs_are_refused_before_they_go_off(tmp_path):
    whole = bombs()
    (tmp_path / "sound.jpg").write_bytes(encoded(PHOTO, "JPEG"))
    paths = [tmp_path / f"{number}.jpg" for number in range(len(whole))]
    for path, content in zip(paths, whole.values(), strict=True):
        path.write_bytes(content)
        with pytest.raises(UnreadableImage):
            sent(content)
    found = measured("image", tmp_path / "sound.jpg", *paths)
    for name, path, one in zip(whole, paths, found, strict=True):
        assert not one.fault, (name, one)
        assert f"{path} cannot be read as an image" in one.said, name
        assert "\n" not in one.said
        assert one.seconds < 2, (name, one)
        assert one.megabytes < 50, (name, one)


def test_the_largest_image_that_is_taken_takes_a_known_amount_of_memory(tmp_path):
    (tmp_path / "sound.jpg").write_bytes(encoded(PHOTO, "JPEG"))
    rows = bytes(SIDE * (3 * SIDE + 1))
    (tmp_path / "large.png").write_bytes(png((SIDE, SIDE), rows))
    (found,) = measured("image", tmp_path / "sound.jpg", tmp_path / "large.png")
    assert (found.said, found.fault) == ("", "")
    assert found.megabytes < 1200  # 79 million pixels: 15 bytes for each


@pytest.mark.timeout(20)
def test_what_is_no_file_is_passed_over_and_never_waited_for(tmp_path):
    (tmp_path / "sound.png").write_bytes(encoded(PHOTO, "PNG"))
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "folder.jpg").mkdir()
    (tmp_path / "loop.jpg").symlink_to(tmp_path / "loop.jpg")
    (tmp_path / "nowhere.jpg").symlink_to(tmp_path / "gone.jpg")
    (tmp_path / "round").symlink_to(tmp_path)
    (tmp_path / "endless.jpg").symlink_to("/dev/zero")
    assert open_folder(tmp_path).paths == ["sound.png"]
    for name in ("pipe.jpg", "folder.jpg", "endless.jpg"):
        with pytest.raises(UnreadableImage, match=f"{name} cannot be .*: it is no file"):
            read_image(tmp_path / name)
    with pytest.raises(UnreadableImage, match=r"loop\.jpg cannot be read"):
        read_image(tmp_path / "loop.jpg")


@contextmanager
def as_nobody():
    """Without the rights of the administrator, where the tests run with them."""
    before = os.geteuid()
    if before == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(before)


def test_a_file_that_may_not_be_read_is_one_sentence():
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        (Path(folder) / "secret.png").write_bytes(encoded(PHOTO, "PNG"))
        (Path(folder) / "secret.png").chmod(0)
        images = open_folder(folder)
        with as_nobody(), pytest.raises(UnreadableImage, match=r"secret\.png.*: Permission denied"):
            images.pixels(0)
