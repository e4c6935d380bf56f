"""The words that people read, in their language: what figures and tables say passes through `_`.

English is the source. Who shows the words (a dashboard) hands in a translation with `speak_by`;
a notebook or a command that does not gets them as they are written.
"""

from collections.abc import Callable

_translate: Callable[[str], str] | None = None


def _(text: str) -> str:
    """``text`` in the language of who reads it; a sentence with ``{gaps}`` is filled afterwards."""
    return text if _translate is None else _translate(text)


def marked(text: str) -> str:
    """``text`` itself: a constant for the catalogue, which `_` translates when it is shown."""
    return text


def told(sentence: str) -> str:
    """``sentence`` itself: finished, its numbers filled in, where nobody knows yet who reads it.

    The catalogue has its form, by which `_` knows it again when it is shown. The sentences of an
    `senet_core.errors.InputError` are known without this.
    """
    return sentence


def speak_by(translate: Callable[[str], str] | None) -> None:
    """Have all of this process's words pass through ``translate``; None: as they are written."""
    global _translate  # noqa: PLW0603  one process, one way to find out who reads
    _translate = translate
