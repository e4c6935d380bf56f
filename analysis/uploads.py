"""An image that someone brings along: decoded with care, since it may be anything."""

import io
from pathlib import PurePath

from PIL import Image

from senet_core.data.images import UnreadableImage, decode_image
from senet_core.errors import told

MOST_BYTES = 8 * 1024 * 1024
SUFFIXES = ("jpg", "jpeg", "png", "webp", "bmp")
_FORMATS = ("JPEG", "PNG", "WEBP", "BMP")  # no other decoder of Pillow's is let near the bytes
_LONGEST = 1024  # pixels: several times what any network takes; a photograph of 50 MB becomes 3


def read_upload(content: bytes, name: str) -> Image.Image:
    """An uploaded image, upright and RGB, its longest side at most 1,024 pixels.

    Args:
        content: of a JPEG, PNG, WebP or BMP file.
        name: of the file, for a sentence about it.

    Raises:
        UnreadableImage: for more than 8 MB, for what is no such image or a damaged one, and for
            one that unpacks to more pixels than a photograph has.
    """
    shown = PurePath(name).name or "the file"
    if len(content) > MOST_BYTES:
        raise UnreadableImage(shown, told("it has more than 8 MB; save it smaller"))
    return decode_image(io.BytesIO(content), shown, formats=_FORMATS, longest=_LONGEST)
