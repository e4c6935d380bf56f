"""How numbers are written, the same on every page, in the language of who reads it."""

import math
from typing import Literal

from dashboard.shell.language import _, plural

MINUS = "\N{MINUS SIGN}"
DASH = "\N{EN DASH}"


def percent(share: float, digits: int = 1) -> str:
    """A share as per cent, ``94.1 %``; what is not finite is written as a dash."""
    if not math.isfinite(share):
        return DASH
    return _("{number}\N{NARROW NO-BREAK SPACE}%").format(number=number(100 * share, digits))


def percent_interval(low: float, high: float, digits: int = 1) -> str:
    """An interval of shares: ``93.6 to 94.6 %``."""
    ends = (number(100 * end, digits) for end in (low, high))
    return _("{0} to {1}\N{NARROW NO-BREAK SPACE}%").format(*ends)


def points(difference: float, digits: int = 1) -> str:
    """A difference of two shares in percentage points, signed: ``+0.4``."""
    return f"{100 * difference:+z.{digits}f}".replace("-", MINUS)


def interval(low: str, high: str) -> str:
    """Two written numbers as the ends of an interval: ``+0.1 to +0.7``."""
    return _("{0} to {1}").format(low, high)


def number(value: float, digits: int = 2) -> str:
    """A plain number: ``0.43``, never ``-0.00``; what is not finite is written as a dash."""
    return f"{value:z.{digits}f}".replace("-", MINUS) if math.isfinite(value) else DASH


def probability(p: float) -> str:
    """A p value as it stands in a sentence: ``p = 0.032`` or ``p < 0.001``."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}" if p < 0.1 else f"p = {p:.2f}"


def sentence_case(text: str) -> str:
    """With a capital at the beginning, for words that also stand within sentences."""
    return text[:1].upper() + text[1:]


Noun = Literal["image", "class", "store", "block", "channel"]

_COUNTED = {
    "image": lambda n: plural("{n:,} image", "{n:,} images", n),
    "class": lambda n: plural("{n:,} class", "{n:,} classes", n),
    "store": lambda n: plural("{n:,} store", "{n:,} stores", n),
    "block": lambda n: plural("{n:,} block", "{n:,} blocks", n),
    "channel": lambda n: plural("{n:,} channel", "{n:,} channels", n),
}


def count(number_of: int, noun: Noun) -> str:
    """``1 image``, ``10,000 images``; other things that are counted have their own `plural`."""
    return _COUNTED[noun](number_of).format(n=number_of)
