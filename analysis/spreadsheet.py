"""CSV that a spreadsheet opens without running anything in it. Imports no torch."""

from collections.abc import Collection
from pathlib import Path

import pandas as pd

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def csv(table: pd.DataFrame) -> bytes:
    """``table`` as CSV in UTF-8; the byte order mark tells spreadsheets that it is.

    Text that begins like a formula gets an apostrophe in front; numbers stay numbers.
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


def _uncell(text: str) -> str:
    return text[1:] if text.startswith("'") and text[1:].startswith(_FORMULA) else text


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
