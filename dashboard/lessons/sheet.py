"""A sheet to print: the questions for the loaded store on one page, the answers on another."""

from dataclasses import dataclass, replace
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

    def __post_init__(self) -> None:
        """Take the explanation of the question's case, where the lesson has one of its own."""
        if explanation := self.lesson.cases.get(self.question.case):
            object.__setattr__(self, "lesson", replace(self.lesson, explanation=explanation))

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


def sheet(asked: list[Asked], about: dict[str, str]) -> bytes:
    """The sheet as one HTML page that a browser prints.

    Args:
        asked: the lessons in their order.
        about: what is loaded, a line a fact.
    """
    rows = [
        {
            "title": _(one.lesson.title),
            "question": _(one.lesson.question).format(**one.question.facts),
            "options": [one.option(code) for code in one.question.options],
            "answer": one.answer(),
            "why": _(one.lesson.explanation).format(**one.question.facts),
            "notes": _(one.lesson.notes),
        }
        for one in asked
    ]
    words = {
        "title": _("Channel attention: questions"),
        "answers": _("Answers, for the teacher"),
        "name": _("Name"),
        "notes": _("In class"),
        "write": _("Answer"),
    }
    template = Environment(autoescape=True).from_string(_PAGE.read_text(encoding="utf-8"))
    return template.render(rows=rows, about=about, words=words, lang=language()).encode()
