"""Controls whose choice lives in the address, in codes that no language changes.

A control shows names and stands on codes: ``st.session_state[key]`` holds a code, which a click on
a figure may set too, and `dashboard.shell.address` has it under ``key``. What a link asks for and
is not there is hinted at; a choice that a change of store made impossible is mended in silence.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal, overload

import streamlit as st

from dashboard.shell import address, standing
from dashboard.shell.hints import note_unknown
from dashboard.shell.language import _


def choose_one(
    label: str,
    options: Sequence[str],
    *,
    key: str,
    default: str,
    noun: str,
    names: Mapping[str, str] | None = None,
    help_text: str | None = None,
    width: int | Literal["stretch"] = "stretch",
) -> str:
    """One of ``options`` from a searchable list.

    Args:
        label: above the control.
        options: the codes.
        key: its name in the address.
        default: the code that the page opens with, which the address leaves out.
        noun: what is chosen, as it stands in a sentence: ``the gate``.
        names: what options are shown as, where that is not the code itself; any number of them.
        help_text: Markdown.
        width: in pixels, or ``stretch``.
    """
    value = standing.code(
        key, frozenset(options), default, noun=noun, name=standing.name_of(names, default)
    )
    standing.settle(key, value, default)
    chosen = st.selectbox(
        label,
        options,
        index=options.index(default),
        format_func=(lambda code: names.get(code, code)) if names else str,
        key=key,
        persist_state="session",
        help=help_text,
        width=width,
    )
    return standing.said(key, chosen if chosen in options else default, default)


def choose_some(
    label: str,
    options: Sequence[str],
    *,
    key: str,
    default: Sequence[str],
    noun: str,
    most: int,
    help_text: str | None = None,
) -> list[str]:
    """Up to ``most`` of ``options``, in their order; see `choose_one`."""
    places = {option: place for place, option in enumerate(options)}
    asked = address.asked(key)
    if asked:
        unknown = [code for code in asked if code not in places]
        others = _("the page opened with the others"), _("the page opened as it does by itself")
        note_unknown(unknown, noun=noun, instead=others[len(unknown) == len(asked)])
    value = standing.chosen(key, list(default))
    value = value if asked is None else list(asked)
    kept = [code for code in dict.fromkeys(value) if code in places][:most]
    if asked == () or (not kept and any(value)):
        kept = list(default)
    standing.settle(key, kept, list(default))
    chosen = st.multiselect(
        label,
        options,
        default=default,
        key=key,
        max_selections=most,
        select_all=False,
        persist_state="session",
        help=help_text,
        placeholder=_("Type to search"),
    )
    known = [code for code in chosen if code in places]
    # The address keeps the order of the link: to the browser another order is another address.
    address.say(key, known if set(known) != set(default) else default, default=default)
    return sorted(known, key=places.__getitem__)


def switch(
    label: str, names: Mapping[str, str], *, key: str, default: str, help_text: str | None = None
) -> str:
    """One of a few codes, all in sight under their ``names``."""
    noun = _("“{label}”").format(label=label)
    value = standing.code(key, frozenset(names), default, noun=noun, name=names[default])
    standing.settle(key, value, default)
    chosen = st.segmented_control(
        label,
        list(names),
        default=default,
        required=True,
        wrap=True,
        format_func=lambda code: names[code],
        key=key,
        persist_state="session",
        help=help_text,
    )
    return standing.said(key, chosen if chosen in names else default, default)


def choose_whether(
    label: str, *, key: str, default: bool = False, help_text: str | None = None
) -> bool:
    """Yes or no, ``1`` or ``0`` in the address."""
    codes = {"0": _("no"), "1": _("yes")}
    standard = str(int(default))
    kept = str(int(standing.chosen(key, default)))
    noun = _("“{label}”").format(label=label)
    value = standing.code(
        key, frozenset(codes), standard, noun=noun, name=codes[standard], kept=kept
    )
    standing.settle(key, value == "1", default)
    chosen = st.toggle(label, value=default, key=key, persist_state="session", help=help_text)
    standing.said(key, str(int(chosen)), standard)
    return chosen


@overload
def choose_number(
    label: str,
    low: int,
    high: int,
    *,
    key: str,
    default: int,
    step: int = ...,
    field: bool = ...,
    help_text: str | None = ...,
    width: int | Literal["stretch"] = ...,
) -> int: ...


@overload
def choose_number(
    label: str,
    low: float,
    high: float,
    *,
    key: str,
    default: float,
    step: float,
    field: bool = ...,
    help_text: str | None = ...,
    width: int | Literal["stretch"] = ...,
) -> float: ...


def choose_number(
    label: str,
    low: float,
    high: float,
    *,
    key: str,
    default: float,
    step: float = 1,
    field: bool = False,
    help_text: str | None = None,
    width: int | Literal["stretch"] = "stretch",
) -> float:
    """A number from ``low`` to ``high`` by a slider, or by a ``field`` where there are many.

    All whole or all not: the result is what ``default`` is.
    """
    kind = type(default)

    def read(code: str) -> float | None:
        try:
            number = kind(code)
        except (ValueError, OverflowError):
            return None
        return number if low <= number <= high else None

    asked, kept = address.asked(key), standing.chosen(key, default)
    value = default
    if asked:
        found = read(asked[-1])
        value = default if found is None else found
        if found is None:
            noun = _("“{label}”").format(label=label)
            note_unknown(asked[-1:], noun=noun, instead=standing.opened_with(f"{default:g}"))
    elif asked is None:
        value = kind(min(max(kept, low), high))
    standing.settle(key, value, default)
    control = st.number_input if field else st.slider
    chosen = control(
        label,
        kind(low),
        kind(high),
        value=default,
        step=kind(step),
        key=key,
        persist_state="session",
        help=help_text,
        width=width,
    )
    standing.said(key, f"{chosen:.10g}", f"{default:.10g}")
    return kind(chosen)


def turn_page(pages: int, *, key: str) -> int:
    """Which of ``pages``, from 1; also set by ``st.session_state[key] = 1``."""
    asked = address.asked(key)
    value = st.session_state.get(key, 1)
    if asked is not None:
        code = asked[-1] if asked else "1"
        value = int(code) if code.isascii() and code.isdecimal() and len(code) < 9 else 1
    standing.settle(key, min(max(value, 1), pages), 1)
    chosen = min(st.pagination(pages, key=key), pages)
    standing.said(key, str(chosen), "1")
    return chosen


def kept(key: str, *, default: str, known: Callable[[str], bool], noun: str) -> str:
    """A choice without a control of its own: a click sets ``st.session_state[key]`` to its code.

    Args:
        key: its name in the address.
        default: the code that the address leaves out.
        known: whether there is such a code.
        noun: what is chosen, as it stands in a sentence.
    """
    asked, value = address.asked(key), standing.chosen(key, default)
    if asked is not None:
        value = asked[-1] if asked else default
        if value != default and not known(value):
            note_unknown([value], noun=noun, instead=_("the page opened without"))
    if value != default and not known(value):
        value = default
    st.session_state[key] = value
    return standing.said(key, value, default)
