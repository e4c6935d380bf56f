"""What a link asked for and could not have: a plain sentence above the page, until it is read."""

import streamlit as st

from dashboard import escape

_KEY = "hints"


def add_hint(sentence: str) -> None:
    """Keep ``sentence`` (Markdown) for the top of the page."""
    hints = st.session_state.setdefault(_KEY, [])
    if sentence not in hints:
        hints.append(sentence)


def note_unknown(parameter: str, known: set[str], *, noun: str, instead: str) -> None:
    """Hint at values of an address's ``parameter`` that are not ``known``.

    Streamlit drops such values silently. Only a control that has not been shown in this session
    can still be asked for something by the address, so this must be called before it is.
    """
    if parameter in st.session_state:
        return
    unknown = [value for value in st.query_params.get_all(parameter) if value not in known]
    if any(unknown):
        named = ", ".join(f"“{escape.markdown(value[:60])}”" for value in unknown[:5])
        verb = "is" if len(unknown) == 1 else "are"
        add_hint(
            f"The link asked for {noun} {named}, which {verb} not there; "
            f"{escape.markdown(instead)}."
        )


def show_hints() -> None:
    """Draw the hints, with a button that puts them away."""
    hints = st.session_state.get(_KEY, [])
    if not hints:
        return
    with st.container(border=True, horizontal=True, vertical_alignment="center", key="link-hints"):
        lines = hints if len(hints) == 1 else [f"- {hint}" for hint in hints]
        st.markdown("\n".join(lines), width="stretch")
        st.button("Understood", type="tertiary", key="hints-read", on_click=hints.clear)
