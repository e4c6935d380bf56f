"""Numbers as they are written on every page."""

import math

import pytest

from dashboard.parts import formats

THIN, MINUS = "\N{NARROW NO-BREAK SPACE}", "\N{MINUS SIGN}"


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        (formats.percent(0.9412), f"94.1{THIN}%"),
        (formats.percent(1.0, 0), f"100{THIN}%"),
        (formats.percent(math.nan), "\N{EN DASH}"),
        (formats.percent_interval(0.9361, 0.9459), f"93.6 to 94.6{THIN}%"),
        (formats.points(0.0041, 2), "+0.41"),
        (formats.points(-0.0041, 2), f"{MINUS}0.41"),
        (formats.number(0.434), "0.43"),
        (formats.number(-0.004), "0.00"),
        (formats.points(-0.00004, 2), "+0.00"),
        (formats.number(math.inf), "\N{EN DASH}"),
        (formats.probability(0.00002), "p < 0.001"),
        (formats.probability(0.0324), "p = 0.032"),
        (formats.probability(0.4), "p = 0.40"),
        (formats.count(1, "class"), "1 class"),
        (formats.count(10_000, "image"), "10,000 images"),
    ],
)
def test_numbers_are_written_the_same_everywhere(written, wanted):
    assert written == wanted
