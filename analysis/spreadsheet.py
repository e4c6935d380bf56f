"""CSV that a spreadsheet opens without running anything in it. Imports no torch."""

import re
from collections.abc import Collection
from pathlib import Path

import pandas as pd

# The wide forms are those of Chinese and Japanese keyboards.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_SIGNS = re.escape("".join(_FORMULA))
_BEGINS = re.compile(f"(^|[;\t\r\n])(?=[ ]*[{_SIGNS}])")
_MARKED = re.compile(f"(^|[;\t\r\n])'(?=[ ]*[{_SIGNS}])")


def csv(table: pd.DataFrame) -> bytes:
    """``table`` as CSV in UTF-8; the byte order mark tells spreadsheets that it is.

    Text that begins like a formula gets an apostrophe in front, also after a semicolon, a tab or a
    new line in it: where semicolons part cells, as in German, ``a;=1`` is two of them, and quotes
    do not help. Numbers stay numbers.
    """
    safe = table.copy()
    for column in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[column]):
            safe[column] = safe[column].map(_cell)
    safe.columns = [_cell(name) for name in safe.columns]
    return safe.to_csv(index=False).encode("utf-8-sig")


def read_csv(file: Path, *, texts: Collection[str]) -> pd.DataFrame:
    """What `csv` wrote: the columns ``texts`` as they were, all others as numbers."""
    table = pd.read_csv(file, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    for column in table.columns:
        if column in texts:
            table[column] = table[column].map(_uncell)
        else:
            table[column] = pd.to_numeric(table[column], errors="coerce")
    return table


def harmless(name: object) -> str:
    """``name`` in a table of a page, which browsers save and copy as it is."""
    return _BEGINS.sub(r"\1'", str(name))


def _cell(value: object) -> object:
    return harmless(value) if isinstance(value, str) else value


def _uncell(text: str) -> str:
    return _MARKED.sub(r"\1", text)
