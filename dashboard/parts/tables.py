"""What tables have in common."""

from typing import Literal

ROWS = 12
"""Of more rows than these a table shows the first and scrolls."""

_SCROLLED = 420  # pixels


def table_height(rows: int) -> int | Literal["content"]:
    """The height of a table: of all its rows, without an empty one below, or of the first."""
    return "content" if rows <= ROWS else _SCROLLED
