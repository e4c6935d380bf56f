"""English or 简体中文: chosen in the sidebar or the address (``?lang=zh``), kept for the session.

Every text of the interface is written ``_("...")`` in English; the catalogue in ``locale/`` has the
rest. Translate where a text is shown, never in what `cached` keeps: it is shared by all sessions.
"""

import gettext
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path

import streamlit as st

from analysis.words import _, marked, speak_by
from dashboard.parts import finished
from dashboard.parts.spacing import Sentence
from dashboard.shell import address
from dashboard.shell.hints import add_hint

__all__ = [
    "LANGUAGES",
    "_",
    "choose_language",
    "language",
    "marked",
    "plural",
    "speaking",
    "together",
]

LANGUAGES = {"en": "English", "zh": "简体中文"}
"""What an address says, and what each language calls itself."""

PARAMETER = "lang"
_KEY = "language"
_LOCALE = Path(__file__).parents[1] / "locale"
_DOMAIN = "dashboard"


_within: ContextVar[str] = ContextVar("language", default="")


def language() -> str:
    """The language of the session that asks; English outside of any."""
    return _within.get() or str(st.session_state.get(_KEY, "en"))


@contextmanager
def speaking(spoken: str) -> Iterator[None]:
    """Say all in one language, where there is no session: in a download, or by a command."""
    speak_by(_said)
    before = _within.set(spoken)
    try:
        yield
    finally:
        _within.reset(before)


def plural(one: str, many: str, number: int) -> str:
    """``one`` or ``many`` as the language's grammar has it for ``number``."""
    return Sentence(_catalogue(language()).ngettext(one, many, number))


def together(*sentences: str) -> str:
    """Sentences one after the other; Chinese has no space between them."""
    return ("" if language() == "zh" else " ").join(sentence for sentence in sentences if sentence)


def heed_address() -> None:
    """Take the language that the address asks for; to be called before anything is said."""
    speak_by(_said)
    address.begin()
    asked = address.asked(PARAMETER)
    if asked is not None:
        unknown = bool(asked) and asked[-1] not in LANGUAGES
        st.session_state[_KEY] = asked[-1] if asked and not unknown else "en"
        if unknown:
            add_hint(
                _("The link asked for a language that is not there; choose one in the sidebar.")
            )
    address.say(PARAMETER, [language()], default=["en"])


def choose_language() -> None:
    """The control in the sidebar; `heed_address` has set it to what a link asks for."""
    st.session_state.setdefault(_KEY, "en")
    st.segmented_control(
        _("Language"),
        list(LANGUAGES),
        format_func=LANGUAGES.__getitem__,
        key=_KEY,
        required=True,
        persist_state="session",
    )


def _said(text: str) -> str:
    if not text:
        return text  # gettext answers with the head of the catalogue
    catalogue = _catalogue(language())
    found = catalogue.gettext(text)
    if found == text:
        return finished.translated(catalogue, text)
    return Sentence(found) if "{" in found else found


@cache
def _catalogue(spoken: str) -> gettext.NullTranslations:
    """The texts of a language; those that it lacks stay English."""
    return gettext.translation(_DOMAIN, _LOCALE, [spoken], fallback=True)
