import io
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from analysis.uploads import MOST_BYTES, read_upload
from senet_core.data import UnreadableImage

HALVES = np.repeat(np.array([[[255, 0, 0], [0, 0, 255]]], np.uint8), 32, axis=1).repeat(48, axis=0)
"""(48, 64, 3): left red, right blue."""


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def bomb(side: int) -> bytes:
    """A small PNG that says it unpacks to ``side`` x ``side`` pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    body = zlib.compress(bytes(10_000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


@pytest.mark.parametrize("kind", ["PNG", "BMP", "WEBP"])
def test_pixels_come_as_they_are(kind):
    content = saved(Image.fromarray(HALVES), kind, **({"lossless": True} if kind == "WEBP" else {}))
    assert np.array_equal(np.asarray(read_upload(content, "a")), HALVES)


def test_a_photograph_is_turned_upright():
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: the top lies at the right
    image = read_upload(saved(Image.fromarray(HALVES), "JPEG", exif=exif, quality=95), "a.jpg")
    assert image.size == (48, 64)
    top, bottom = np.asarray(image)[4, 24], np.asarray(image)[-4, 24]
    assert (top[0] > 200, top[2] < 60) == (True, True)
    assert (bottom[2] > 200, bottom[0] < 60) == (True, True)


def test_grey_and_transparent_become_rgb():
    for mode in ("L", "LA", "RGBA", "P", "1"):
        assert read_upload(saved(Image.new(mode, (5, 7)), "PNG"), "a.png").mode == "RGB"


def test_a_large_image_is_made_smaller():
    large = Image.fromarray(np.resize(HALVES, (1500, 3000, 3)))
    for kind in ("JPEG", "PNG"):
        assert read_upload(saved(large, kind), "large").size == (1024, 512)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (
            b"no image at all",
            "holiday.png cannot be read as an image: it is not in an",
        ),
        (b"", "it is not in an image format"),
        (saved(Image.fromarray(HALVES), "GIF"), "it is not in an image format"),
        (saved(Image.fromarray(HALVES), "PNG")[:90], "truncated"),
        (bomb(20_000), "it unpacks to far more pixels than a photograph has"),
        (bomb(9_300), "it unpacks to far more pixels than a photograph has"),
        (bytes(MOST_BYTES + 1), "it has more than 8 MB"),
    ],
    ids=["text", "empty", "gif", "cut", "bomb", "small-bomb", "heavy"],
)
def test_what_is_no_good_image_is_one_sentence(content, said):
    with pytest.raises(UnreadableImage, match=said):
        read_upload(content, "somewhere/holiday.png")
