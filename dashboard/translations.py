"""Bring the catalogues of ``locale/`` up to date with the sources: ``make translations``.

New texts come in without a translation; what is translated stays, also while a text is away. Babel
keeps the catalogues, so this is for development; `dashboard.shell.language` reads the compiled
ones.
"""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from dashboard.parts.finished import CONTEXT

ROOT = Path(__file__).resolve().parents[1]
LOCALE = ROOT / "dashboard" / "locale"

TEXTS = {"_": 1, "marked": 1, "plural": 2}
"""The functions that take texts, and how many."""

FINISHED = {"told", "InputError", "StoreError", "NoMetadata", "Damage", "super().__init__"}
"""Those that take a finished sentence, whose form is a text; only faults hand one on to `super`."""

_UNSEEN = (
    *("analysis/__main__.py", "analysis/commands.py", "analysis/intervene/command.py"),
    *("analysis/report/", "dashboard/demo/", "dashboard/lessons/__main__.py"),
    *("dashboard/translations.py",),
    *("senet_core/__main__.py", "senet_core/cli.py", "senet_core/detection.py"),
    *("senet_core/ledger.py", "senet_core/sweep.py", "senet_core/training/"),
)
"""What no page ever says: the words of command lines."""

_WIDTH = 100
_WORD = re.compile(r"[A-Za-z]{3}")


def texts() -> Catalog:
    """Every text of the sources, with the files that it stands in."""
    found = Catalog()
    for name in _sources():
        for text, context in texts_in((ROOT / name).read_text(encoding="utf-8")):
            found.add(text, locations=[(name, 0)], context=context)
    return found


def texts_in(source: str) -> Iterator[tuple[str | tuple[str, ...], str | None]]:
    """The texts of one source in its order, a pair for a `plural`, and their contexts."""
    tree = ast.parse(source)
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args]
    for call in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        name = ast.unparse(call.func)
        if name in TEXTS:
            written = tuple(map(_constant, call.args[: TEXTS[name]]))
            if all(written):
                yield (written if len(written) > 1 else written[0]), None
        elif name in FINISHED and (form := _form(call.args[0])):
            yield form, CONTEXT


def _constant(written: ast.expr) -> str:
    return str(written.value) if isinstance(written, ast.Constant) else ""


def _form(sentence: ast.expr) -> str:
    """A sentence with a number for each gap; empty where it is not written here."""
    written, gap = _constant(sentence), 0
    for part in sentence.values if isinstance(sentence, ast.JoinedStr) else ():
        if isinstance(part, ast.Constant):
            written += str(part.value)
        else:
            written, gap = f"{written}{{{gap}}}", gap + 1
    # A form without words of its own would fit everything.
    return written if _WORD.search(written) else ""


def _sources() -> list[str]:
    files = [
        file.relative_to(ROOT).as_posix()
        for folder in ("dashboard", "analysis", "senet_core")
        for file in sorted((ROOT / folder).rglob("*.py"))
    ]
    return [name for name in files if not name.startswith(_UNSEEN)]


def read(path: Path) -> Catalog:
    """The catalogue in a ``.po`` file, with what its texts were when they were last there."""
    with path.open("rb") as file:
        catalog = read_po(file, locale=path.parts[-3], domain=path.stem)
    for message in catalog.obsolete.values():
        catalog[message.id] = message
    return catalog


def update(path: Path) -> int:
    """Write ``path`` and its compiled twin anew; returns how many texts lack a translation."""
    catalog = read(path)
    catalog.update(texts(), no_fuzzy_matching=True, update_creation_date=False)
    with path.open("wb") as file:
        write_po(file, catalog, width=_WIDTH, sort_by_file=True, include_lineno=False)
    with path.with_suffix(".mo").open("wb") as file:
        write_mo(file, catalog)
    return sum(not translated(message.string) for message in catalog if message.id)


def translated(string: str | tuple[str, ...]) -> bool:
    """Whether a message has its translation, in each of its grammatical numbers."""
    return all(string) if isinstance(string, tuple) else bool(string)


if __name__ == "__main__":
    for path in sorted(LOCALE.glob("*/LC_MESSAGES/*.po")):
        lacking = update(path)
        print(f"{path.relative_to(ROOT)}: {lacking} texts to translate", file=sys.stderr)
