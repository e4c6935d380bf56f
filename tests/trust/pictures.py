"""Image files that are odd or mean harm, by what they are."""

import io
import struct
import zipfile
import zlib
from collections.abc import Mapping

import numpy as np
from PIL import Image

PHOTO = np.random.default_rng(0).integers(0, 256, (32, 48, 3), np.uint8)
"""(H, W, 3): no two corners are alike."""

# What a camera held in each of the eight ways stores of an upright picture (EXIF 2.3, 0x0112).
STORED = {
    1: lambda p: p,
    2: lambda p: p[:, ::-1],
    3: lambda p: p[::-1, ::-1],
    4: lambda p: p[::-1],
    5: lambda p: p.transpose(1, 0, 2),
    6: np.rot90,
    7: lambda p: p[::-1, ::-1].transpose(1, 0, 2),
    8: lambda p: np.rot90(p, -1),
}


def encoded(image: Image.Image | np.ndarray, kind: str, **options: object) -> bytes:
    """The file of an image in one of Pillow's formats."""
    picture = image if isinstance(image, Image.Image) else Image.fromarray(image)
    stream = io.BytesIO()
    picture.save(stream, kind, **options)
    return stream.getvalue()


def turned(kind: str, orientation: int, **options: object) -> bytes:
    """`PHOTO` as a camera stores it that was held so."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    stored = np.ascontiguousarray(STORED[orientation](PHOTO))
    return encoded(stored, kind, exif=exif, **options)


def chunk(kind: bytes, content: bytes) -> bytes:
    """A part of a PNG."""
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)


def png(
    size: tuple[int, int], rows: bytes, *, depth: int = 8, colour: int = 2, more: bytes = b""
) -> bytes:
    """A PNG by hand.

    Args:
        size: width and height that it says that it has.
        rows: its pixels, each row with a filter's number before it.
        depth: bits of a value.
        colour: 0 grey, 2 RGB, 4 grey with alpha.
        more: chunks before the pixels.
    """
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", *size, depth, colour, 0, 0, 0))
    body = chunk(b"IDAT", zlib.compress(rows, 1)) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + head + more + body


def deep_grey(values: np.ndarray) -> bytes:
    """A 16-bit grey PNG of (H, W) values."""
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    return png(values.shape[::-1], rows, depth=16, colour=0)


def deep_colour(values: np.ndarray) -> bytes:
    """A 16-bit RGB PNG of (H, W, 3) values."""
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    return png(values.shape[1::-1], rows, depth=16, colour=2)


def animated(kind: str) -> bytes:
    """`PHOTO`, then others: as GIF (with 256 colours), WebP or PNG."""
    first = Image.fromarray(PHOTO)
    others = [Image.fromarray(255 - PHOTO), Image.fromarray(PHOTO[::-1])]
    lossless = {"lossless": True} if kind == "WEBP" else {}
    return encoded(first, kind, save_all=True, append_images=others, duration=40, **lossless)


def bombs() -> dict[str, bytes]:
    """Small files that unpack to far more."""
    packed = zlib.compress(bytes(256 * 1024**2), 1)
    row = b"\0\1\2\3"
    return {
        "50,000 x 50,000 pixels": png((50_000, 50_000), b""),
        "pixels beyond all memory": png((2**31 - 1, 2**31 - 1), b""),
        "a wide strip": png((2**31 - 1, 1), b""),
        "a colour profile of 256 MB": png((1, 1), row, more=chunk(b"iCCP", b"x\0\0" + packed)),
        "a text of 256 MB": png((1, 1), row, more=chunk(b"zTXt", b"x\0\0" + packed)),
        "a foreign text of 256 MB": png((1, 1), row, more=chunk(b"iTXt", b"x\0\1\0\0\0" + packed)),
        "a large GIF": b"GIF89a" + struct.pack("<HHBBB", 65535, 65535, 0, 0, 0) + b";",
        "a large BMP": b"BM"
        + struct.pack(
            "<IHHIIiiHHIIiiII", 54, 0, 0, 54, 40, 60_000, 60_000, 1, 24, 0, 0, 0, 0, 0, 0
        ),
    }


def pretenders() -> Mapping[str, bytes]:
    """Other things, for a name that ends in .jpg."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("a.jpg", encoded(PHOTO, "JPEG"))
    script = "%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\n"
    return {
        "nothing": b"",
        "text": b"no image at all",
        "HTML": b"<html><img src=x onerror=alert(1)></html>",
        "SVG": b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>',
        "PDF": b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n%%EOF",
        "ZIP": archive.getvalue(),
        "EPS": (script + "(canary) (w) file closefile\nshowpage\n%%EOF\n").encode(),
        "TIFF": encoded(PHOTO, "TIFF"),
        "ICO": encoded(PHOTO, "ICO"),
        "PPM": encoded(PHOTO, "PPM"),
        "TGA": encoded(PHOTO, "TGA"),
        "JPEG 2000": encoded(PHOTO, "JPEG2000"),
        "half a JPEG": encoded(PHOTO, "JPEG")[:500],
        "half a PNG": encoded(PHOTO, "PNG")[:500],
        "half a WebP": encoded(PHOTO, "WEBP")[:500],
    }
