"""`python -m dashboard.lessons`: the sheet to print, without a browser."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import tyro
import xarray as xr

from analysis import lessons
from analysis.compare import compare_predictions
from analysis.lessons import Question
from analysis.store import open_store
from dashboard.lessons.sheet import Asked, sheet
from dashboard.lessons.texts import LESSONS, Lesson
from dashboard.parts.provenance import facts
from dashboard.shell.language import speaking
from senet_core.cli import parse, run
from senet_core.errors import InputError

PROGRAM = "python -m dashboard.lessons"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """Write the questions of the lessons on one page and their answers for a store on another."""

    stores: Annotated[tuple[Path, ...], tyro.conf.Positional]
    """an SE network's store; a second one, of its baseline, for the lesson that compares the two"""
    out: Path
    """the sheet, an HTML file"""
    lang: Literal["en", "zh"] = "en"
    """its language"""


def main(words: Sequence[str]) -> None:
    """Write the sheet that ``words`` ask for."""
    asked_for = parse(Sheet, words, program=PROGRAM)
    if len(asked_for.stores) not in (1, 2):
        raise InputError(f"the sheet is of one store or two; `{PROGRAM} --help` says which")
    opened = [(path.stem, open_store(path)) for path in asked_for.stores]
    opened.sort(key=lambda pair: not pair[1].attrs["se"])
    name, stores = opened[0][0], [ds for _, ds in opened]
    with speaking(asked_for.lang):
        page = sheet(questions(stores), facts(stores[0]), name)
    try:
        asked_for.out.write_bytes(page)
    except OSError as fault:
        raise InputError(f"{asked_for.out} cannot be written: {fault.strerror}") from fault


def questions(stores: Sequence[xr.Dataset]) -> list[Asked]:
    """The lessons that the stores can answer, each with its question.

    Args:
        stores: the SE network's, and that of its baseline where there is one.

    Raises:
        InputError: where there is none.
    """
    found = []
    why = ""
    for lesson in LESSONS:
        try:
            found.append(Asked(lesson, question(lesson, stores)))
        except InputError as fault:
            why = why or str(fault)
    if not found:
        raise InputError(f"no lesson can be answered by this store: {why}")
    return found


def question(lesson: Lesson, stores: Sequence[xr.Dataset]) -> Question:
    """What a lesson asks of the stores.

    Raises:
        InputError: where they have not what it needs.
    """
    if lesson.ask is not None:
        return lesson.ask(stores[0])
    if len(stores) < 2 or stores[1].attrs["se"]:
        raise InputError("it compares an SE network with its baseline; give both stores")
    return lessons.helps(compare_predictions(stores[0], stores[1]))


if __name__ == "__main__":
    run(main)
