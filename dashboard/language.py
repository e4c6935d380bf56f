"""English or 简体中文: chosen in the sidebar or the address (``?lang=zh``), kept for the session.

Every text of the interface is written ``_("...")`` in English; the catalogue in ``locale/`` has the
rest. Translate where a text is shown, never in what `cached` keeps: it is shared by all sessions.
"""

import gettext
from functools import cache
from pathlib import Path

import streamlit as st

from analysis.words import _, marked, speak_by
from dashboard.hints import add_hint

__all__ = ["LANGUAGES", "_", "choose_language", "language", "marked", "plural"]

LANGUAGES = {"en": "English", "zh": "简体中文"}
"""What an address says, and what each language calls itself."""

PARAMETER = "lang"
_KEY = "language"  # its own name: Streamlit would tie ``lang`` to what the control shows
_LOCALE = Path(__file__).parent / "locale"
_DOMAIN = "dashboard"


def language() -> str:
    """The language of the session that asks; English outside of any."""
    return str(st.session_state.get(_KEY, "en"))


def plural(one: str, many: str, number: int) -> str:
    """``one`` or ``many`` as the language's grammar has it for ``number``."""
    return _catalogue(language()).ngettext(one, many, number)


def heed_address() -> None:
    """Take the language that the address asks for; to be called before anything is said."""
    speak_by(lambda text: _catalogue(language()).gettext(text))
    asked = st.query_params.get(PARAMETER)
    if _KEY not in st.session_state:
        st.session_state[_KEY] = asked if asked in LANGUAGES else "en"
        if asked is not None and asked not in LANGUAGES:
            add_hint(
                _("The link asked for a language that is not there; choose one in the sidebar.")
            )
    _write_address()


def choose_language() -> None:
    """The control in the sidebar."""
    st.segmented_control(
        _("Language"),
        list(LANGUAGES),
        format_func=LANGUAGES.__getitem__,
        key=_KEY,
        required=True,
        on_change=_write_address,
        persist_state="session",
    )


def _write_address() -> None:
    """English is left out of the address, as every default is."""
    if (spoken := language()) != "en":
        if st.query_params.get(PARAMETER) != spoken:
            st.query_params[PARAMETER] = spoken
    elif PARAMETER in st.query_params:
        del st.query_params[PARAMETER]


@cache
def _catalogue(spoken: str) -> gettext.NullTranslations:
    """The texts of a language; those that it lacks stay English."""
    return gettext.translation(_DOMAIN, _LOCALE, [spoken], fallback=True)
