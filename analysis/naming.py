"""What a gate is, and what people call it: the paper's ``SE_stage_block``. Imports no torch."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Gate:
    """One attention block whose output is its input times a vector of gates.

    Attributes:
        path: the block's place in the network, ``layer1.2.se``; its name everywhere.
        kind: which attention it is, such as ``se``.
        channels: how many gates it has.
        stage, block: where it stands, counted as in the paper; None where its path tells nothing.
        label: the paper's name, ``SE_stage_block``; unlike the labels of all other gates.
        bounded: whether the gates lie in [0, 1], as those of a sigmoid do.
        source: the module whose output is the gates.
    """

    path: str
    kind: str
    channels: int
    stage: int | None
    block: int | None
    label: str
    bounded: bool = True
    source: str = ""


Position = tuple[int | None, int | None]
"""Stage and block; None where they are not known."""

# How families number their stages and blocks: (pattern, first stage's number, first block's).
_LAYOUTS = (
    (re.compile(r"\blayer(\d+)\.(\d+)"), 1, 0),  # ResNets: layer1.0
    (re.compile(r"\b(?:stages|blocks)\.(\d+)\.(?:blocks\.|layers\.)?(\d+)"), 0, 0),  # blocks.0.0
    (re.compile(r"\bblock(\d+)\.block\d+-(\d+)"), 1, 0),  # torchvision's RegNet: block1.block1-0
    (re.compile(r"\bs(\d+)\.b(\d+)"), 1, 1),  # timm's RegNet: s1.b1
    (re.compile(r"\bfeatures\.(\d+)\.(\d+)"), 1, 0),  # torchvision's EfficientNet: features.1.0
)
_FIRST_STAGE = 2  # the paper counts the stem as stage 1


def position(path: str) -> Position:
    """Stage and block that a path tells, counted as in the paper: ``layer1.2`` is (2, 3)."""
    for pattern, lowest_stage, lowest_block in _LAYOUTS:
        if match := pattern.search(path):
            stage, block = int(match[1]), int(match[2])
            return stage - lowest_stage + _FIRST_STAGE, block - lowest_block + 1
    return None, None


def labels(positions: Sequence[Position]) -> list[str]:
    """The paper's names of the gates of one network, ``SE_stage_block``, each unlike the others.

    Args:
        positions: of all gates, in the network's order.

    Returns:
        A label a gate; ``SE_n``, its number in the network, where it has no stage. Gates that
        would share a label are told apart by ``.2``, ``.3`` and so on.
    """
    found: list[str] = []
    taken: Counter[str] = Counter()
    for number, (stage, block) in enumerate(positions, 1):
        label = f"SE_{number}" if stage is None else f"SE_{stage}_{block}"
        taken[label] += 1
        found.append(label if taken[label] == 1 else f"{label}.{taken[label]}")
    return found
