"""Names that strangers chose, without the characters that are not seen. Imports no torch."""

import re

# Control characters move a terminal's cursor; marks of direction turn the writing around them, so
# that what is read is not what is there; those without width make two names look like one. Joiners
# (U+200C, U+200D) stay: Persian and emoji need them.
_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]"
)
MOST = 1000  # characters of a name; a folder's has 255 at most


def readable(name: str) -> str:
    """``name`` with U+FFFD for each character that is not seen, cut after `MOST` characters.

    White space of any kind is one space.
    """
    shown = _UNSEEN.sub(
        "\N{REPLACEMENT CHARACTER}", re.sub(r"[ \t\r\n\f\v]+", " ", name[: MOST + 1])
    )
    return shown if len(name) <= MOST else f"{shown[:MOST]}…"
