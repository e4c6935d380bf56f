"""Foreign names where they could be taken for something else."""

import pytest

from dashboard.parts import escape


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
