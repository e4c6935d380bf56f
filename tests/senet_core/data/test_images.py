import io
import shutil
import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from senet_core import InputError
from senet_core.data import ArrayImages, UnreadableImage, open_folder


def _array_set(count: int = 6) -> ArrayImages:
    images = torch.arange(count * 4, dtype=torch.uint8).reshape(count, 1, 2, 2)
    return ArrayImages(
        images, np.arange(count) % 3, ["a", "b", "c"], name="toy", split="test", root=Path()
    )


def test_class_folders_become_labels_in_the_order_of_names(colours):
    images = open_folder(colours / "val")
    assert images.classes == ("blue", "green", "red")
    assert images.labels.tolist() == [0] * 5 + [1] * 5 + [2] * 5
    assert images.paths[5] == "green/0.png"
    pixels, label = images[10]
    assert (tuple(pixels.shape), pixels.dtype, label) == ((3, 16, 16), torch.uint8, 2)
    assert pixels.float().mean((1, 2)).argmax() == 0


def test_a_flat_folder_is_unlabelled_and_suffixes_may_be_of_any_case(colours, tmp_path):
    shutil.copy(colours / "val/red/0.png", tmp_path / "ONE.PNG")
    shutil.copy(colours / "val/red/1.png", tmp_path / "two.png")
    (tmp_path / "notes.txt").write_text("no image")
    images = open_folder(tmp_path)
    assert images.paths == ["ONE.PNG", "two.png"]
    assert images.labels.tolist() == [-1, -1]
    assert images.classes == ()


def test_a_missing_and_an_empty_folder_are_refused(tmp_path):
    with pytest.raises(InputError, match="is no folder"):
        open_folder(tmp_path / "nowhere")
    with pytest.raises(InputError, match="holds no images"):
        open_folder(tmp_path)


def _bomb() -> bytes:
    """A PNG whose header claims 9,000 x 9,000 pixels."""
    header = struct.pack(">IIBBBBB", 9_000, 9_000, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(b""))


def _chunk(kind: bytes, content: bytes) -> bytes:
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)


def _truncated() -> bytes:
    file = io.BytesIO()
    noise = np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
    Image.fromarray(noise).save(file, "JPEG")
    return file.getvalue()[:900]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not in an image format"),
        (b"plain words", "not in an image format"),
        (_truncated(), "truncated"),
        (_bomb(), "far more pixels"),
    ],
    ids=["empty", "text", "truncated", "bomb"],
)
def test_a_broken_image_is_named_with_its_reason(tmp_path, content, reason):
    (tmp_path / "x.jpg").write_bytes(content)
    with pytest.raises(UnreadableImage, match=reason) as fault:
        open_folder(tmp_path).pixels(0)
    assert fault.value.path.endswith("x.jpg")


def test_exif_rotation_is_undone(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: show it rotated by 90 degrees
    Image.new("RGB", (8, 4), "red").save(tmp_path / "turned.jpg", exif=exif)
    assert tuple(open_folder(tmp_path).pixels(0).shape) == (3, 8, 4)


@pytest.mark.parametrize("mode", ["L", "P", "RGBA", "CMYK", "1"])
def test_every_colour_mode_becomes_three_channels(tmp_path, mode):
    suffix = "jpg" if mode == "CMYK" else "png"
    Image.new("RGB", (5, 4), "red").convert(mode).save(tmp_path / f"x.{suffix}")
    assert tuple(open_folder(tmp_path).pixels(0).shape) == (3, 4, 5)


def test_a_subset_keeps_images_and_labels_together_and_has_its_own_digest():
    images = _array_set()
    part = images.subset([4, 1])
    assert part.labels.tolist() == [1, 1]
    assert torch.equal(part.pixels(0), images.pixels(4))
    assert part.digest != images.digest
    assert len(images) == 6


def test_the_digest_follows_pixels_labels_and_order(colours):
    images = _array_set()
    assert images.digest == _array_set().digest
    assert images.subset([0, 1]).digest != images.subset([1, 0]).digest
    folder = open_folder(colours / "val")
    assert folder.digest == open_folder(colours / "val").digest
    assert folder.digest != open_folder(colours / "train").digest


def test_prepared_leaves_the_original_alone():
    images = _array_set()
    doubled = images.prepared(lambda pixels: pixels.float() * 2)
    assert torch.equal(doubled[3][0], images[3][0].float() * 2)
    assert images.transform is None
