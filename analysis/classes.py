"""Which of the network's classes a data set's labels mean."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]
Kind = Literal["model", "folder", "none"]

# WordNet's identifiers of Imagenette's classes, the folders' names there.
_WORDNET = {
    "n01440764": "tench",
    "n02102040": "English springer",
    "n02979186": "cassette player",
    "n03000684": "chain saw",
    "n03028079": "church",
    "n03394916": "French horn",
    "n03417042": "garbage truck",
    "n03425413": "gas pump",
    "n03445777": "golf ball",
    "n03888257": "parachute",
}


@dataclass(frozen=True, slots=True)
class Matching:
    """What the labels mean.

    Attributes:
        kind: ``model``: ``labels`` are the network's classes, so accuracy has a meaning;
            ``folder``: they are the data set's own; ``none``: there are no labels.
        classes: names of the classes that ``labels`` counts.
        labels: (N,) places in ``classes``; -1 where there is no label.
        outputs: names of the network's outputs where they are not ``classes``, else None.
        stranger: a class of the data set that the network does not know, or empty.
    """

    kind: Kind
    classes: tuple[str, ...]
    labels: Integers
    outputs: tuple[str, ...] | None = None
    stranger: str = ""


def match_classes(
    names: Sequence[str], labels: Integers, *, known: Sequence[str], outputs: int
) -> Matching:
    """Find the data set's classes among the network's, by name, WordNet identifier or index.

    Args:
        names: the data set's classes.
        labels: (N,) places in ``names``; -1 where there is no label.
        known: the network's classes; empty where nobody knows them.
        outputs: how many there are.
    """
    own = tuple(known) if len(known) == outputs else tuple(str(i) for i in range(outputs))
    if not (labels >= 0).any():
        return Matching("none", own, labels)
    if len(known) != outputs:
        return Matching("folder", tuple(names), labels, own, str(names[0]) if names else "")
    place: dict[str, int] = {}
    for index, name in enumerate(known):
        for alias in _aliases(name):
            place.setdefault(alias, index)
    found = [_find(name, place) for name in names]
    if None in found and all(name.isdecimal() and int(name) < outputs for name in names):
        found = [int(name) for name in names]
    if None in found or len(set(found)) < len(found):
        odd = next((n for n, f in zip(names, found, strict=True) if f is None), names[0])
        return Matching("folder", tuple(names), labels, own, odd)
    table = np.array([*found, -1], np.int64)  # the last for label -1
    return Matching("model", own, table[labels])


def _find(name: str, place: dict[str, int]) -> int | None:
    return next((place[alias] for alias in _aliases(name) if alias in place), None)


def _aliases(name: str) -> list[str]:
    """Spellings under which a class may be known, the surest first."""
    spellings = (name, _WORDNET.get(name, name), name.split(",", maxsplit=1)[0])
    plain = (re.sub(r"[\W_]+", " ", spelling).strip().casefold() for spelling in spellings)
    return [alias for alias in plain if alias]
