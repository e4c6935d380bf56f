"""Image files and uploads of anything: pixels, or a sentence."""

import io
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import strategies as st
from PIL import Image

from analysis.uploads import read_upload
from dashboard.shell.settings import Settings
from dashboard.sources import uploads
from senet_core import InputError, create_model, save_checkpoint
from senet_core.data import open_folder
from senet_core.data.images import UnreadableImage
from tests.dashboard.sent import Sent
from tests.trust.fuzzing import CHANGES, answered, changed, fuzz

FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "GIF", "TIFF")
ENDINGS = ("jpg", "jpeg", "PNG", "webp", "bmp")


@pytest.fixture(scope="module")
def pictures() -> list[bytes]:
    """A small picture in every format and mode that Pillow writes it in."""
    rng = np.random.default_rng(0)
    colour = Image.fromarray(rng.integers(0, 255, (20, 30, 3), np.uint8))
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned
    found = []
    for kind in FORMATS:
        for mode in ("RGB", "L", "CMYK", "RGBA", "P", "1", "I;16"):
            file = io.BytesIO()
            try:
                colour.convert("I" if mode == "I;16" else mode).convert(mode).save(
                    file, kind, exif=exif
                )
            except (OSError, ValueError, TypeError):  # not in this format
                continue
            found.append(file.getvalue())
    frames = [colour.rotate(turned) for turned in (0, 90)]
    for kind in ("GIF", "WEBP", "PNG"):
        file = io.BytesIO()
        frames[0].save(file, kind, save_all=True, append_images=frames[1:])
        found.append(file.getvalue())
    return found


def read_folder(folder: Path) -> None:
    """Every image of a folder, as a collection reads them: what cannot be read is skipped."""
    images = open_folder(folder)
    for index in range(len(images)):
        try:
            pixels = images.pixels(index)
        except UnreadableImage as refusal:
            assert images.name_of(index) in str(refusal)
            raise
        assert pixels.shape[0] == 3


def check(folder: Path, content: bytes, ending: str, slow: bool) -> None:
    for file in folder.iterdir():
        file.unlink()
    (folder / f"a.{ending}").write_bytes(content)
    answered(
        "image",
        lambda: read_folder(folder),
        lambda: read_upload(content, f"a.{ending}"),
        slow=slow,
    )


@fuzz(60, 2500, which=st.integers(0, 10**6), changes=CHANGES, ending=st.sampled_from(ENDINGS))
def test_changed_bytes_of_pictures(pictures, tmp_path, *, which, changes, ending, slow):
    content = pictures[which % len(pictures)]
    check(tmp_path, changed(content, changes), ending, slow)


_starts = st.sampled_from(
    [
        *(b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"RIFF\0\0\0\0WEBPVP8 ", b"BM"),
        *(b"GIF89a", b"II*\0", b"MM\0*", b"P6 99999999 99999999 255\n", b"\0\0\x01\0", b"8BPS"),
        *(b"%!PS-Adobe-3.0 EPSF", b"SIMPLE  =", b"", b"<svg/>", b"\0\0\0\x0cjP  \r\n\x87\n"),
    ]
)


@fuzz(30, 600, start=_starts, rest=st.binary(max_size=300), ending=st.sampled_from(ENDINGS))
def test_any_bytes_as_a_picture(tmp_path, *, start, rest, ending, slow):
    check(tmp_path, start + rest, ending, slow)


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A checkpoint of ours."""
    file = tmp_path_factory.mktemp("fuzz") / "w.safetensors"
    return save_checkpoint(file, create_model("cifar_resnet20", 3)).read_bytes()


_names = st.text(max_size=80) | st.sampled_from(
    ["../../x", "/etc/passwd", "a\0b", "..", "", ".", "x" * 300, "con", "\u202egpj", "~root", "-rf"]
)


@fuzz(
    25,
    600,
    name=_names,
    ending=st.sampled_from([".safetensors", ".pth", ".pt", ".SAFETENSORS", ".exe", ""]),
    start=st.sampled_from([b"PK\x03\x04", b"\x80\x02", b""]),
    changes=CHANGES,
    whole=st.booleans(),
)
def test_any_file_that_is_sent(weights, tmp_path, *, name, ending, start, changes, whole, slow):
    content = changed(weights, changes, within=2000) if whole else start + changes[0][2]
    settings = Settings(runs=tmp_path / "runs")
    sent = Sent(name + ending, content)
    answered("upload", lambda: uploads.keep(sent, settings), slow=slow)
    kept = list(written(tmp_path))
    assert all(file.parent == tmp_path / "runs" / uploads.FOLDER for file in kept)
    assert set(kept) == set(uploads.kept(settings))
    for file in kept:
        uploads.remove(file, settings)


def written(folder: Path) -> Iterator[Path]:
    return (file for file in folder.rglob("*") if file.is_file())


def test_a_refused_upload_leaves_nothing(tmp_path):
    with pytest.raises(InputError):
        uploads.keep(Sent("a.safetensors", b"junk"), Settings(runs=tmp_path))
    assert not list(written(tmp_path))
