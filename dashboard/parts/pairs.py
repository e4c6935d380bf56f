"""Two stores side by side: which comes first, and what they are called."""

import numpy as np

from dashboard.parts import escape
from dashboard.shell.language import _
from dashboard.sources.stores import Entry, open_entry

Pair = tuple[Entry, Entry]
Names = tuple[str, str]


def in_order(first: Entry, second: Entry) -> tuple[Pair, Names]:
    """The pair with the SE network first, and what the two are called."""
    match has_se(first), has_se(second):
        case (True, False):
            return (first, second), ("SE", _("baseline"))
        case (False, True):
            return (second, first), ("SE", _("baseline"))
        case _:
            return (first, second), (first.name, second.name)


def spoken(pair: Pair, names: Names) -> Names:
    """The names as they stand in a sentence of Markdown."""
    baseline = has_se(pair[0]) and not has_se(pair[1])
    first, second = (escape.markdown(name) for name in names)
    return first, _("the baseline") if baseline else second


def has_se(store: Entry) -> bool:
    """Whether its network has SE blocks."""
    return bool(open_entry(store).attrs["se"])


def share_classes(first: Entry, second: Entry) -> bool:
    """Whether the outputs of two networks mean the same classes, in the same order."""
    return np.array_equal(outputs(first), outputs(second))


def outputs(store: Entry) -> list[str]:
    """The names of a network's outputs."""
    data = open_entry(store)
    return [str(name) for name in data[str(data["logits"].dims[1])].values]
