"""A sheet to print: the questions for the loaded store on one page, the answers on another."""

from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment

from analysis.lessons import Question
from dashboard.lessons.texts import Lesson
from dashboard.shell.language import _, language

_PAGE = Path(__file__).parent / "sheet.html"


@dataclass(frozen=True)
class Asked:
    """A lesson with the question that a store makes of it."""

    lesson: Lesson
    question: Question

    @property
    def explanation(self) -> str:
        """The lesson's, or that of the question's case where it has one; still to be translated."""
        return self.lesson.cases.get(self.question.case, self.lesson.explanation)

    def option(self, code: str) -> str:
        """What an answer is called, as plain text; a name of the store's own as it is."""
        if (text := self.lesson.options.get(code)) is not None:
            return _(text).format(**self.question.facts)
        if self.lesson.numbered and code.isdecimal():
            return _(self.lesson.numbered).format(stage=code)
        return code

    def answer(self) -> str:
        """The right answer, or all of them, as plain text."""
        if self.question.number is not None:
            return f"{self.question.number:,.0f}"
        return _(" or ").join(self.option(code) for code in self.question.right)


def sheet(asked: list[Asked], about: dict[str, str], store: str = "") -> bytes:
    """The sheet as one HTML page that a browser prints.

    Args:
        asked: the lessons in their order.
        about: what is loaded, a line a fact.
        store: its name in the dashboard, where that is known.
    """
    rows = [
        {
            "title": _(one.lesson.title),
            "question": _(one.lesson.question).format(**one.question.facts),
            "options": [one.option(code) for code in one.question.options],
            "answer": one.answer(),
            "why": _(one.explanation).format(**one.question.facts),
            "notes": _line(_("In class"), _(one.lesson.notes)),
        }
        for one in asked
    ]
    words = {
        "title": _("Channel attention: questions"),
        "answers": _("Answers, for the teacher"),
        "name": _("Name"),
        "where": _where(store),
        "write": _("Answer"),
    }
    template = Environment(autoescape=True).from_string(_PAGE.read_text(encoding="utf-8"))
    lines = [_line(name, value) for name, value in about.items()]
    return template.render(rows=rows, about=lines, words=words, lang=language()).encode()


def _where(store: str) -> str:
    """Where the figures are that the questions are about."""
    if not store:
        return _("Answer with the figures of the page Lessons of the dashboard.")
    return _(
        "Answer with the figures of the page Lessons of the dashboard, with the store {store}."
    ).format(store=store)


def _line(name: str, value: str) -> str:
    return _("{0}: {1}").format(name, value)
