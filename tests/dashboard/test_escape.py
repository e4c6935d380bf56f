"""Foreign names where they could be taken for something else."""

import io

import pandas as pd
import pytest

from dashboard import escape


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("T-shirt/top", "T\\-shirt\\/top"),
        ("*a*", "\\*a\\*"),
        ("<b>", "\\<b\\>"),
        ("$x$", "\\$x\\$"),
        ("a\n# b", "a \\# b"),
        (":red[x]", ":\N{WORD JOINER}red\\[x\\]"),
    ],
)
def test_markdown_shows_a_name_as_it_is(text, safe):
    assert escape.markdown(text) == safe


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@a", "\tx", "=cmd|' /C calc'!A0"])
def test_no_cell_of_text_is_a_formula(name):
    table = pd.DataFrame({"class": [name], name: [-0.5]})
    header, row = escape.csv(table).decode("utf-8-sig").splitlines()[-2:]
    assert header.split(",")[-1].lstrip('"').startswith("'")
    assert row.lstrip('"').startswith("'")
    assert row.endswith(",-0.5")


def test_csv_keeps_numbers_and_letters():
    table = pd.DataFrame({"class": ["猫", "dog, big"], "mean": [0.25, -1e-9], "n": [1, 2]})
    back = pd.read_csv(io.BytesIO(escape.csv(table)))
    pd.testing.assert_frame_equal(back, table)
