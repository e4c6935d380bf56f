"""Names that others chose (classes, stores, paths), made safe for the place where they are shown.

A class may be called ``*``, ``:red[x]``, ``<b>`` or ``=1+1``; it must appear as just that.
"""

import re

import pandas as pd

_MARKUP = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$&^=\"'/@])")
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")


def markdown(text: str) -> str:
    """``text`` for a Markdown string of Streamlit's, where it is shown as it is.

    A colon is followed by a word joiner, since ``:name:`` is an emoji also when escaped.
    """
    one_line = " ".join(text.split())
    return _MARKUP.sub(r"\\\1", one_line).replace(":", ":\N{WORD JOINER}")


def csv(table: pd.DataFrame) -> bytes:
    """``table`` as CSV that a spreadsheet opens without running anything in it.

    Text that begins like a formula gets an apostrophe in front; numbers stay numbers. The byte
    order mark tells spreadsheets that this is UTF-8.
    """
    safe = table.copy()
    for column in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[column]):
            safe[column] = [_cell(value) for value in safe[column]]
    safe.columns = [_cell(name) for name in safe.columns]
    return safe.to_csv(index=False).encode("utf-8-sig")


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
