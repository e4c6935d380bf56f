"""Controls whose value lives in the address, so that a link reproduces the view.

Streamlit's ``bind="query-params"`` writes a value into the address when a user makes it, drops it
where it is the default, and reads it when the page opens. What it leaves to us: a value that no
longer exists (the store was changed), a default that changed, and saying that a link asked for
something that is not there.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import streamlit as st

from dashboard.hints import note_unknown


def choose_one(
    label: str,
    options: Sequence[str],
    *,
    key: str,
    default: str,
    noun: str,
    help_text: str | None = None,
    width: int | Literal["stretch"] = "stretch",
) -> str:
    """One of ``options`` from a searchable list; ``key`` is its name in the address."""
    note_unknown(key, set(options), noun=noun, instead=f"the page opened with “{default}”")
    _settle(key, default, lambda value: value if value in options else default)
    chosen = st.selectbox(
        label,
        options,
        index=options.index(default),
        key=key,
        bind="query-params",
        persist_state="session",
        help=help_text,
        width=width,
    )
    return chosen if chosen in options else default


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
    """Up to ``most`` of ``options``, in their order."""
    known = set(options)

    def mend(values: list[str]) -> list[str]:
        kept = [value for value in values if value in known]
        return kept if kept or not values else list(default)

    note_unknown(key, known, noun=noun, instead="the page opened without")
    _settle(key, list(default), mend)
    chosen = st.multiselect(
        label,
        options,
        default=default,
        key=key,
        max_selections=most,
        select_all=False,
        bind="query-params",
        persist_state="session",
        help=help_text,
        placeholder="Type to search",
    )
    wanted = set(chosen)
    return [option for option in options if option in wanted]


def switch(
    label: str, names: Mapping[str, str], *, key: str, default: str, help_text: str | None = None
) -> str:
    """One of a few values, all in sight under their ``names``, which the address uses too."""
    note_unknown(
        key,
        set(names.values()),
        noun=f"“{label}”",
        instead=f"the page opened with “{names[default]}”",
    )
    chosen = st.segmented_control(
        label,
        list(names),
        default=default,
        required=True,
        wrap=True,
        format_func=lambda value: names[value],
        key=key,
        bind="query-params",
        persist_state="session",
        help=help_text,
    )
    return chosen if chosen in names else default


def _settle(key: str, default: Any, mend: Callable[[Any], Any]) -> None:
    """Mend the kept value of ``key`` where its options changed, and have the address follow.

    Assigning a value makes Streamlit compare it with the address: needed where the value stays
    and the default, which the address leaves out, has changed.
    """
    before = st.session_state.setdefault("defaults", {})
    if key in st.session_state:
        mended = mend(st.session_state[key])
        if mended != st.session_state[key] or before.get(key, default) != default:
            st.session_state[key] = mended
    before[key] = default
