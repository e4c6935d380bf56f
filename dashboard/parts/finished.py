"""Sentences that come finished from `analysis` and below: known by their form, and translated.

A fault, or the reason of a finding, is made where nobody knows who will read it, and is kept for
all sessions. The catalogue has the forms of such sentences under `CONTEXT`, each gap a number:
``{0} is damaged ({1}); delete it and collect anew``.
"""

import gettext
import re
from functools import cache, lru_cache

from dashboard.parts.spacing import Sentence

CONTEXT = "finished"
_SEPARATOR = "\x04"  # gettext's own, between a context and a text
_GAP = re.compile(r"\{\d+\}")


def translated(catalogue: gettext.NullTranslations, sentence: str) -> str:
    """The sentence by its form, and what fills it likewise; as it is, where no form fits."""
    found = _parts(catalogue, sentence)
    if found is None:
        return sentence
    form, parts = found
    return Sentence(form).format(*(translated(catalogue, part) for part in parts))


@lru_cache(maxsize=1024)
def _parts(
    catalogue: gettext.NullTranslations, sentence: str
) -> tuple[str, tuple[str, ...]] | None:
    """The translated form of a sentence and what fills its gaps."""
    for pattern, form in _forms(catalogue):
        if match := pattern.fullmatch(sentence):
            return form, match.groups()
    return None


@cache
def _forms(catalogue: gettext.NullTranslations) -> list[tuple[re.Pattern[str], str]]:
    """The forms of a catalogue, those with the most words of their own first."""
    texts: dict[str, str] = getattr(catalogue, "_catalog", {})  # gettext lists them nowhere else
    start = CONTEXT + _SEPARATOR
    known = (text for text in texts if isinstance(text, str))  # plurals are pairs
    sources = [text.removeprefix(start) for text in known if text.startswith(start)]
    sources.sort(key=lambda source: -len(_GAP.sub("", source)))
    return [(_pattern(source), texts[start + source]) for source in sources]


def _pattern(source: str) -> re.Pattern[str]:
    words = (re.escape(part) for part in _GAP.split(source))
    return re.compile("(.*?)".join(words), re.DOTALL)
