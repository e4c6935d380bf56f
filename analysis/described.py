"""What a store says of its making, checked before pages and commands believe it.

Imports no torch.
"""

import re
from typing import Any

from analysis.metadata import MOST_PLACES, Damage
from analysis.naming import Gate
from analysis.readable import readable
from senet_core.json_text import read_json

_TEXTS = frozenset(
    {
        *("architecture", "checkpoint", "checkpoint_file", "created", "dataset", "dataset_digest"),
        *("gates", "labels", "options", "order", "root", "se", "skipped", "split", "transform"),
        *("versions", "weights", "weights_digest"),
    }
)
_NEEDED = (
    *("architecture", "checkpoint", "checkpoint_file", "created", "dataset", "dataset_digest"),
    *("labels", "parameters", "root", "se", "skipped", "split", "transform"),
    *("versions", "weights"),
)
_OBJECTS = ("options", "se", "skipped", "versions")
_LONG = ("gates", "options", "se", "skipped", "transform", "versions")
_LONGEST = (4000, 255)  # of a path, and of a name in it: systems take no longer ones
_NUMBERS = ("complete", "format_version", "limit", "parameters", "seed")
_WORDS = {"labels": {"model", "folder", "none"}, "weights": {"trained", "random"}}
_LABEL = re.compile(r"[A-Za-z0-9_.]{1,60}")
_PATH = re.compile(r"[^/\\\x00-\x1f\x7f<>|\"*?]{1,150}")  # the name of a folder on every system
_GATE: dict[str, tuple[type, ...]] = {
    **dict.fromkeys(("path", "kind", "label", "source", "function"), (str,)),
    "channels": (int,),
    **dict.fromkeys(("stage", "block"), (int, type(None))),
    "bounded": (bool,),
}


def require_attributes(said: dict[str, Any]) -> list[Gate]:
    """Check what a store says of itself.

    Returns:
        Its gates, in the network's order.

    Raises:
        Damage: naming what is missing or cannot be.
    """
    if missing := [name for name in _NEEDED if name not in said]:
        raise Damage(f"it lacks the attribute {missing[0]!r}")
    for name, value in said.items():
        right = name not in _TEXTS or _is_text(value, as_path=name not in _LONG)
        right = right and (name not in _NUMBERS or (isinstance(value, int) and value >= 0))
        right = right and (name not in _WORDS or value in _WORDS[name])
        text = "{}" if name == "se" and not value else value  # a baseline has no blocks
        if not right or (name in _OBJECTS and not isinstance(as_json(text), dict)):
            raise Damage(f"its attribute {name!r} cannot be right")
    return require_gates(said.get("gates"))


def require_gates(said: Any) -> list[Gate]:
    """The gates that a store or a training run names, as JSON; raises Damage as above."""
    found = as_json(said)
    try:
        gates = [Gate(**fields) for fields in found]
    except TypeError as fault:
        raise Damage("it does not say what its gates are") from fault
    for gate in gates:
        if not _is_right(gate):
            raise Damage(f"it has a gate {str(gate.path)[:60]!r} that cannot be right")
    for names in ([gate.path for gate in gates], [gate.label for gate in gates]):
        if len(set(names)) < len(names):
            raise Damage("two of its gates have one name")
    return gates


def _is_text(value: Any, *, as_path: bool) -> bool:
    """Whether it can be written down, and be a path or a part of one where that is asked."""
    if not isinstance(value, str) or "\0" in value:
        return False
    try:
        parts = [len(part.encode()) for part in re.split(r"[/\\]", value)]
    except UnicodeEncodeError:
        return False
    return not as_path or (len(value) <= _LONGEST[0] and max(parts) <= _LONGEST[1])


def _is_right(gate: Gate) -> bool:
    """Whether the gate is one that `analysis.gates` could find: it names files, and is shown."""
    typed = all(type(getattr(gate, name)) in kinds for name, kinds in _GATE.items())
    return (
        typed
        and bool(_PATH.fullmatch(gate.path) and _LABEL.fullmatch(gate.label))
        and readable(gate.path) == gate.path
        and 0 < gate.channels <= MOST_PLACES
    )


def as_json(text: Any) -> Any:
    """What a text of JSON holds; None where it is none."""
    try:
        return read_json(text)
    except (TypeError, ValueError):
        return None
