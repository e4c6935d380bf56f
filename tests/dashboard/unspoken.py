"""Finds texts in sources that people read and that pass through no translation."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

SPOKEN = {"_", "marked", "plural", "told", "InputError"}
"""What has a text translated now or later."""

READ = {
    **dict.fromkeys(("title", "header", "subheader", "markdown", "caption", "text", "write"), 1),
    **dict.fromkeys(("info", "warning", "error", "success", "toast", "spinner", "metric"), 1),
    **dict.fromkeys(("button", "download_button", "link_button", "form_submit_button"), 1),
    **dict.fromkeys(("selectbox", "multiselect", "segmented_control", "pills", "radio"), 1),
    **dict.fromkeys(("slider", "select_slider", "toggle", "checkbox", "number_input"), 1),
    **dict.fromkeys(("text_input", "file_uploader", "popover", "expander", "status"), 1),
    **dict.fromkeys(("choose_one", "choose_some", "choose_number", "choose_whether", "switch"), 1),
    **dict.fromkeys(("told", "frame_cells", "add_hint"), 2),
    "sentence": 2,
    "Tile": 2,
}
"""Functions whose first arguments people read, and how many of them."""

_UNSHOWN = {"count", "exception", "reset_index"}
"""What takes a key, a column or a line of the log."""

_UNREAD = {"revision", "position", "textposition", "annotation_position"}
"""Arguments that nobody reads, though they may look like words."""

READ_BY_NAME = {
    *("label", "title", "caption", "help", "alt", "help_text", "noun", "instead", "placeholder"),
    *("title_text", "hovertemplate", "texttemplate", "delta", "body", "lines", "show_spinner"),
}
"""Arguments that people read, of any function."""

_WORD = re.compile(r"[A-Za-z]{2,}")
_PROSE = re.compile(r"[A-Za-z]{2,}[,;:]? (?:[a-z]+[,;:]? )*[a-z]{2,}")
_NOT_WORDS = re.compile(r"%?\{[^}]*\}|<[^>]*>|:material/\w+:|&\w+;|\$[^$]*\$")
_CODE = re.compile(
    r"</?(?:div|span|img|style|svg|t[rdh])\b|[a-z-]+: ?[^ ]+;|=\"|\bfunction\b"  # HTML, JavaScript
    r"|^`?python -m |^(?:top|middle|bottom) (?:left|center|right)$"  # commands, Plotly's places
)


def unspoken(file: Path) -> Iterator[tuple[int, str]]:
    """Line and text of what a source says without translation."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    passed = set(_passed(tree))
    read = {id(node) for place in _read(tree) for node in ast.walk(place)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
            continue
        if id(node) in passed or _CODE.search(node.value):
            continue
        words = _NOT_WORDS.sub("", node.value)
        if _PROSE.search(words) or (id(node) in read and _WORD.search(words)):
            yield node.lineno, node.value


def _passed(tree: ast.AST) -> Iterator[int]:
    """Constants that are translated, that document, or that are keys of a look-up."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and _name(node) in SPOKEN | _UNSHOWN:
            for argument in (*node.args, *(each.value for each in node.keywords)):
                yield from map(id, ast.walk(argument))
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield id(node.value)
        elif isinstance(node, ast.Subscript):
            yield from map(id, ast.walk(node.slice))
        elif isinstance(node, ast.Compare | ast.Raise) or _is_unread(node):
            yield from map(id, ast.walk(node))
        elif isinstance(node, ast.Dict):
            yield from (id(key) for key in node.keys)


def _is_unread(node: ast.AST) -> bool:
    return isinstance(node, ast.keyword) and node.arg in _UNREAD


def _read(tree: ast.AST) -> Iterator[ast.expr]:
    """The arguments that people read."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from node.args[: READ.get(_name(node), 0)]
            named = [each.value for each in node.keywords if each.arg in READ_BY_NAME]
            yield from (value for value in named if not isinstance(value, ast.Dict))


def _name(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
    return ""
