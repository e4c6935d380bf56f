"""What a control stands on: what the address asks for, what was chosen, or its default."""

from collections.abc import Mapping
from typing import Any, TypeVar

import streamlit as st

from dashboard.shell import address
from dashboard.shell.hints import note_unknown
from dashboard.shell.language import _, language

T = TypeVar("T")

_SPOKEN = "controls-spoken"
"""The language in which each control was last drawn: the browser sends the name of a choice."""

_DEFAULTS = "controls-defaults"
"""What each control's default was when it was last drawn."""


def chosen(key: str, default: T) -> T:
    """What the session has for ``key``; a default that nobody chose follows where it changes."""
    defaults = st.session_state.setdefault(_DEFAULTS, {})
    before = defaults.get(key, default)
    defaults[key] = default
    kept: T = st.session_state.get(key, default)
    return default if kept == before and not address.says(key) else kept


def code(
    key: str,
    known: frozenset[str],
    default: str,
    *,
    noun: str,
    name: str,
    kept: str | None = None,
) -> str:
    """The address's code, else the session's, else the default.

    Args:
        key: its name in the address.
        known: the codes that there are.
        default: one of them.
        noun: what is chosen, for a hint.
        name: of the default, for a hint.
        kept: the session's code, where the control does not keep codes itself.
    """
    asked = address.asked(key)
    kept = chosen(key, default) if kept is None else kept
    if asked is None:
        return kept if kept in known else default
    if asked and asked[-1] not in known:
        note_unknown(asked[-1:], noun=noun, instead=opened_with(name))
        return default
    return asked[-1] if asked else default


def settle(key: str, value: Any, default: Any) -> None:
    """Have the control of ``key`` stand on ``value``.

    Assigned only where that changes something: Streamlit then sends the control, with all of its
    options, anew, and tells it to turn to the value's name, which is another in another language.
    """
    spoken = st.session_state.setdefault(_SPOKEN, {})
    kept = st.session_state.get(key, default)
    if kept != value or spoken.get(key, language()) != language():
        st.session_state[key] = value
    spoken[key] = language()


def said(key: str, value: str, default: str) -> str:
    """Have the address say a code, and give it back."""
    address.say(key, [value], default=[default])
    return value


def opened_with(name: str) -> str:
    """What a hint says of the default."""
    return _("the page opened with “{name}”").format(name=name)


def name_of(names: Mapping[str, str] | None, code: str) -> str:
    """What a code is shown as."""
    return names.get(code, code) if names else code
