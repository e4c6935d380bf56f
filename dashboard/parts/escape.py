"""Names that others chose (classes, stores, paths), made safe for the place where they are shown.

A class may be called ``*``, ``:red[x]`` or ``<b>``; it must appear as just that.
"""

import re

from analysis.readable import readable

_MARKUP = re.compile(r"([\\`*_{}\[\]()#+\-.!|<>~$&^=\"'/@])")


def markdown(text: str) -> str:
    """``text`` for a Markdown string of Streamlit's, where it is shown as it is.

    A colon is followed by a word joiner, since ``:name:`` is an emoji also when escaped.
    """
    one_line = " ".join(readable(text).split())
    return _MARKUP.sub(r"\\\1", one_line).replace(":", ":\N{WORD JOINER}")
