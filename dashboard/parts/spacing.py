"""Spaces of Chinese text where a gap is filled: one beside Latin letters and numbers, else none.

What fills a gap may be Chinese or not, which its sentence cannot know: ``{name} 的图像`` is
``tench 的图像`` or ``丁鱥的图像``.
"""

import re
from string import Formatter

_CHINESE = "\u4e00-\u9fff"
_LATIN = "A-Za-z0-9\u0370-\u03ff"
_MARKS = r"[*`\\]*"  # of Markdown, which nobody sees
_PARTED = re.compile(rf"[{_CHINESE}\u3000-\u303f\uff00-\uffef]{_MARKS} +$")
_CHINESE_END = re.compile(rf"[{_CHINESE}]{_MARKS}$")
_LATIN_END = re.compile(rf"[{_LATIN}%]{_MARKS}$")
_CHINESE_START = re.compile(rf" *{_MARKS}[{_CHINESE}]|[\u3000-\u303f\uff00-\uffef]")
_LATIN_START = re.compile(rf"{_MARKS}[{_LATIN}+\u2212]")


class Sentence(str):
    """A text whose gaps are filled with the spaces that Chinese has; any other is left alone."""

    __slots__ = ()

    def format(self, *args: object, **kwargs: object) -> str:
        """As of `str`."""
        said = ""
        for words, name, form, conversion in Formatter().parse(self):
            said = joined(said, words)
            if name is not None:
                gap = name + (f"!{conversion}" if conversion else "") + (f":{form}" if form else "")
                said = joined(said, f"{{{gap}}}".format(*args, **kwargs))
        return said


def joined(left: str, right: str) -> str:
    """Two parts of a sentence, with or without a space between them."""
    if not left or not right:
        return left + right
    if _CHINESE_START.match(right):
        if _PARTED.search(left):
            return left.rstrip(" ") + right
        if right[0] == " " and _CHINESE_END.search(left):
            return left + right.lstrip(" ")
        if right[0] != " " and _LATIN_END.search(left) and _is_letter(right):
            return f"{left} {right}"
    elif _LATIN_START.match(right) and _CHINESE_END.search(left):
        return f"{left} {right}"
    return left + right


def _is_letter(text: str) -> bool:
    return re.match(rf"{_MARKS}[{_CHINESE}]", text) is not None
