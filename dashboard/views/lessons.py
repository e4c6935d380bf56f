"""Lessons: a text, a live figure and a question whose answer the loaded store decides."""

from functools import partial

import streamlit as st

from analysis.lessons import Question
from dashboard.lessons import figures, memo
from dashboard.lessons.sheet import Asked, sheet
from dashboard.lessons.texts import LESSONS, Lesson
from dashboard.parts import escape, states
from dashboard.parts.controls import switch
from dashboard.parts.pairs import Pair, has_se, in_order
from dashboard.parts.provenance import facts
from dashboard.shell.language import _, language, speaking, together
from dashboard.shell.settings import current_settings
from dashboard.shell.sidebar import Choices, choices
from dashboard.sources.stores import Entry, open_entry
from senet_core.errors import InputError

_SOLVED = "lessons-solved"


def page() -> None:
    st.title(_("Lessons"))
    chosen = choices()
    if chosen is None:
        states.nothing_loaded(current_settings())
        return
    number = choose_lesson(chosen)
    lesson = LESSONS[number]
    st.header(f"{number + 1}. {_(lesson.title)}")
    left, right = st.columns([1, 1.35], gap="large")
    with left:
        st.markdown(_(lesson.text))
    pair = compared(chosen)
    try:
        asked = Asked(lesson, question(lesson, chosen.store, pair))
    except InputError as fault:
        with left:
            states.sentence(_("This lesson needs another store"), states.spoken(fault))
    else:
        with right:
            figures.draw(lesson.name, asked.question, chosen.store, pair, chosen.classes)
        with left:
            ask(asked, chosen.store, number)
    for_teachers(chosen, pair, lesson)


def choose_lesson(chosen: Choices) -> int:
    """The number of the lesson, from 0; those that were solved with this store have a tick."""
    solved = [lesson.name for lesson in LESSONS if is_solved(chosen.store, lesson)]
    names = {
        str(place): f"{place} ✓" if lesson.name in solved else str(place)
        for place, lesson in enumerate(LESSONS, start=1)
    }
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium"):
        number = switch(_("Lesson"), names, key="lesson", default="1")
        st.caption(
            _("{done} of {all} solved with this store").format(done=len(solved), all=len(LESSONS))
        )
    return int(number) - 1


def compared(chosen: Choices) -> Pair | None:
    """The SE network and its baseline, where both are loaded."""
    if chosen.other is None or has_se(chosen.store) == has_se(chosen.other):
        return None
    return in_order(chosen.store, chosen.other)[0]


def question(lesson: Lesson, store: Entry, pair: Pair | None) -> Question:
    """What the lesson asks about what is loaded.

    Raises:
        InputError: where that has not what the lesson needs.
    """
    if lesson.ask is not None:
        return memo.question(store, lesson.name)
    if pair is None:
        raise InputError(
            _("It compares an SE network with its baseline; choose the two in the sidebar")
        )
    return memo.question_of_two(*pair)


def ask(asked: Asked, store: Entry, number: int) -> None:
    """The question, and what comes of the answer."""
    st.markdown(f"**{_(asked.lesson.question).format(**spoken(asked))}**")
    key = f"answer-{store.name}-{asked.lesson.name}"
    if asked.question.number is None:
        options, given = asked.question.options, st.session_state.get(f"{key}-given")
        answer = st.radio(
            _("Your answer"),
            options,
            index=options.index(given) if given in options else None,
            format_func=lambda code: escape.markdown(asked.option(code)),
            key=f"{key}-{language()}",  # in another language it is another control
            persist_state="session",
        )
        st.session_state[f"{key}-given"] = answer
    else:
        answer = st.number_input(
            _("Your answer"), value=None, step=1, min_value=0, key=key, persist_state="session"
        )
    if answer is not None:
        tell(asked, store, right=asked.question.accepts(answer))
    if number + 1 < len(LESSONS):
        st.button(
            _("Next lesson"),
            icon=":material/arrow_forward:",
            on_click=lambda: st.session_state.update(lesson=str(number + 2)),
        )


def tell(asked: Asked, store: Entry, *, right: bool) -> None:
    """Whether the answer was right, and why; a wrong one is not told the answer at once."""
    if not right:
        said = together(_("Not with this store."), _("Look again."))
        st.markdown(f":material/close: **{said}**")
        with st.expander(_("Show the answer")):
            st.markdown(f"**{escape.markdown(asked.answer())}**")
            st.markdown(_(asked.explanation).format(**spoken(asked)))
        return
    st.markdown(f":material/check: **{_('Right.')}**")
    st.markdown(_(asked.explanation).format(**spoken(asked)))
    solved = st.session_state.setdefault(_SOLVED, set())
    if (place := (store.path, asked.lesson.name)) not in solved:
        solved.add(place)
        st.rerun()  # so that its number has its tick at once


def is_solved(store: Entry, lesson: Lesson) -> bool:
    return (store.path, lesson.name) in st.session_state.get(_SOLVED, set())


def spoken(asked: Asked) -> dict[str, str | int | float]:
    """The facts as they stand in Markdown: names that others chose are escaped."""
    return {
        key: escape.markdown(value) if isinstance(value, str) else value
        for key, value in asked.question.facts.items()
    }


def for_teachers(chosen: Choices, pair: Pair | None, lesson: Lesson) -> None:
    """Notes on this lesson, and the sheet for the loaded store."""
    with st.expander(_("For teachers"), icon=":material/school:"):
        st.markdown(_(lesson.notes))
        st.caption(
            _(
                "The address of this page opens this lesson with this store. The sheet has the "
                "questions of all lessons on one page and the answers, for this store, on another."
            )
        )
        st.download_button(
            _("Sheet to print (HTML)"),
            partial(printed, chosen, pair, language()),
            "lessons.html",
            "text/html",
            icon=":material/print:",
            on_click="ignore",
        )


def printed(chosen: Choices, pair: Pair | None, spoken: str) -> bytes:
    """The sheet of all lessons that the loaded stores can answer."""
    asked = []
    with speaking(spoken):
        for lesson in LESSONS:
            try:
                asked.append(Asked(lesson, question(lesson, chosen.store, pair)))
            except InputError:
                continue
        return sheet(asked, facts(open_entry(chosen.store)), chosen.store.name)


page()
