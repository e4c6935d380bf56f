"""How numbers are written, the same on every page."""

import math

MINUS = "\N{MINUS SIGN}"
DASH = "\N{EN DASH}"
THIN = "\N{NARROW NO-BREAK SPACE}"


def percent(share: float, digits: int = 1) -> str:
    """A share as per cent, ``94.1 %``; what is not finite is written as a dash."""
    if not math.isfinite(share):
        return DASH
    return f"{100 * share:.{digits}f}{THIN}%".replace("-", MINUS)


def percent_interval(low: float, high: float, digits: int = 1) -> str:
    """An interval of shares: ``93.6 to 94.6 %``."""
    return f"{percent(low, digits).removesuffix(f'{THIN}%')} to {percent(high, digits)}"


def points(difference: float, digits: int = 1) -> str:
    """A difference of two shares in percentage points, signed: ``+0.4``."""
    return f"{100 * difference:+.{digits}f}".replace("-", MINUS)


def number(value: float, digits: int = 2) -> str:
    """A plain number: ``0.43``; what is not finite is written as a dash."""
    return f"{value:.{digits}f}".replace("-", MINUS) if math.isfinite(value) else DASH


def probability(p: float) -> str:
    """A p value as it stands in a sentence: ``p = 0.032`` or ``p < 0.001``."""
    return "p < 0.001" if p < 0.001 else f"p = {p:.3f}" if p < 0.1 else f"p = {p:.2f}"


def count(number_of: int, noun: str, plural: str | None = None) -> str:
    """``1 image``, ``10,000 images``."""
    return f"{number_of:,} {noun if number_of == 1 else plural or noun + 's'}"
