"""The address: every choice under its name and in codes, so that a link reproduces the view.

Streamlit can tie a control to the address itself (``bind="query-params"``), but then the address
holds the words that the control shows, which change with the language, and "back" leaves the page,
since each choice replaces the one before in the browser's history. Here the address is written once
a run, at its end, and each change of it is a step that "back" undoes:

    begin()     what does the address ask for, if anything new?
    asked(key)  a control takes what is asked of it
    say(key)    and says what it stands on
    finish()    the address then says all that is not a default

The address names the choices of all pages, also of those that are not shown: only where it stays as
it is can Streamlit 1.67 make a change of page one step of the history. For that it has to be in
place before `st.navigation` speaks, since a click on another page empties it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

Codes = tuple[str, ...]

_KEY = "address"


@dataclass
class _Address:
    """What a session knows of its address.

    Attributes:
        asked: what the address asked for and no control has taken yet; empty codes for a default.
        said: the choices that are no defaults.
        known: the names that controls have had.
        written: the address as it was left.
        page: Streamlit's hash of the page that was shown last; None before the first.
        running: within a run of the whole page, whose end writes the address.
    """

    asked: dict[str, Codes] = field(default_factory=dict)
    said: dict[str, Codes] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)
    written: dict[str, Codes] = field(default_factory=dict)
    page: str | None = None
    running: bool = False


def begin() -> None:
    """Read the address; to be called first in a run of the whole page."""
    address = _address()
    address.running = True
    page, stepped = _run()
    if address.page is None:
        address.asked = _read()
    elif stepped:
        # What the earlier address does not name had its default then.
        address.asked = dict.fromkeys(address.known, ()) | _read()
        address.said = {}
    elif page != address.page:
        # A link within the app asks for some choices and leaves the others as they are. On the same
        # page a run may bring an address that is older than what was last written: a second click
        # came before the browser knew of the first.
        address.asked |= _read()
        _write(address, carried=address.written)
    address.page = page


def asked(key: str) -> Codes | None:
    """What the address asks of ``key``, once: nothing new (None), its default (), or its codes."""
    address = _address()
    address.known.add(key)
    return address.asked.pop(key, None)


def say(key: str, codes: Sequence[str], *, default: Sequence[str]) -> None:
    """Have the address say that ``key`` stands on ``codes``; a default it leaves out.

    A default that the address names already stays in it: a step of the history that changes
    nothing would be in the way of "back".
    """
    address = _address()
    address.known.add(key)
    wanted = tuple(codes) or ("",)  # nothing chosen is written ``key=``
    if tuple(codes) != tuple(default) or _read().get(key) == wanted:
        address.said[key] = wanted
    else:
        address.said.pop(key, None)
    if not address.running:  # a fragment alone runs
        _write(address)


def says(key: str) -> bool:
    """Whether the address names a choice for ``key``."""
    return key in _address().said


def finish() -> None:
    """Write the address; to be called last in a run of the whole page."""
    address = _address()
    address.running = False
    address.page, _ = _run()
    _write(address)


def _write(address: _Address, carried: dict[str, Codes] | None = None) -> None:
    """All that is said, or asked and not taken yet, and what is none of ours; in one message.

    In the order that it had: to the browser another order is another address.
    """
    there = _read()
    found = (carried or {}) | there
    strange = {key: codes for key, codes in found.items() if key not in address.known}
    wanted = {k: c for k, c in (strange | address.said | address.asked).items() if c}
    order = dict.fromkeys((*(address.written or there), *wanted))
    address.written = {key: wanted[key] for key in order if key in wanted}
    if wanted != there:
        st.query_params.from_dict({key: list(codes) for key, codes in address.written.items()})


def _read() -> dict[str, Codes]:
    return {key: tuple(st.query_params.get_all(key)) for key in st.query_params}


def _run() -> tuple[str, bool]:
    """Streamlit's hash of the page that is asked for, and whether "back" or "forward" asked."""
    context = get_script_run_ctx()
    if context is None:
        return "", False
    return context.page_script_hash, context.is_history_navigation


def _address() -> _Address:
    found: _Address = st.session_state.setdefault(_KEY, _Address())
    return found
