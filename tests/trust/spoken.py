"""Everything that a page sends to the browser, and whether a name in it became something else."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser

from google.protobuf.message import Message
from streamlit.testing.v1 import AppTest

UNSEEN = re.compile("[\u061c\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\x00-\x08\x1b]")
PLAIN = frozenset(
    {
        *("options", "alt", "code_text", "id", "key", "value", "default", "url", "raw_value"),
        *("form_id", "query_string", "body_html", "set_value", "element_id", "data", "config"),
    }
)
"""Fields of messages that the browser shows letter by letter, or does not show."""
DRAWN = {"b", "br", "i", "extra", "sub", "sup", "span"}
"""Plotly's own tags, which our figures use; it knows `a` too."""
OURS = frozenset(
    {"div", "span", "img", "a", "table", "thead", "tbody", "tr", "th", "td", "wbr", "style"}
)
"""The tags of the HTML that pages draw themselves."""


def elements(app: AppTest) -> Iterator[Message]:
    """The message of each element."""
    nodes = [*app._tree.children.values()]
    while nodes:
        node = nodes.pop()
        nodes += getattr(node, "children", {}).values()
        if (proto := getattr(node, "proto", None)) is not None:
            yield proto


def texts(message: Message, name: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a message with the names of the fields that lead to it."""
    for field, value in message.ListFields():
        path = f"{name}.{field.name}"
        several = [*value] if field.is_repeated and not hasattr(value, "items") else [value]
        for one in several:
            if isinstance(one, str):
                yield path, one
            elif isinstance(one, Message):
                yield from texts(one, path)


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, list[tuple[str, str | None]]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, attrs))


def tags(html: str) -> list[tuple[str, list[tuple[str, str | None]]]]:
    """The tags of a piece of HTML with their attributes, as a browser's parser finds them."""
    parser = _Tags()
    parser.feed(html)
    parser.close()
    return parser.found


def harmless(html: str, known: frozenset[str] = OURS) -> bool:
    """Whether it has known tags alone, no handler, and no address but data and our own pages."""
    for tag, attributes in tags(html):
        for name, value in attributes:
            there = (value or "").strip().lower()
            address = name in ("href", "src", "action", "formaction", "xlink:href", "srcset")
            outside = address and re.match(r"(?!data:image/)[a-z]+:|//", there)
            if name.startswith("on") or outside:
                return False
        if tag not in known:
            return False
    return True
