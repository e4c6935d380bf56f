"""The words that people read, in their language: what figures and tables say passes through `_`.

English is the source. Who shows the words (a dashboard) hands in a translation with `speak_by`;
a notebook or a command that does not gets them as they are written. A sentence that is finished,
its numbers filled in, where nobody knows yet who reads it, is marked by `told`: the catalogue has
its form, by which `_` knows it again. Those of an `InputError` are known without.
"""

from collections.abc import Callable

from senet_core.errors import told

__all__ = ["_", "marked", "speak_by", "told"]

_translate: Callable[[str], str] | None = None


def _(text: str) -> str:
    """``text`` in the language of who reads it; a sentence with ``{gaps}`` is filled afterwards."""
    return text if _translate is None else _translate(text)


def marked(text: str) -> str:
    """``text`` itself: a constant for the catalogue, which `_` translates when it is shown."""
    return text


def speak_by(translate: Callable[[str], str] | None) -> None:
    """Have all of this process's words pass through ``translate``; None: as they are written."""
    global _translate  # noqa: PLW0603  one process, one way to find out who reads
    _translate = translate
