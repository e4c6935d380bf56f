"""What a gate is, and what people call it: the paper's ``SE_stage_block``. Imports no torch."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any


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
        source: the module whose output is the gates, once ``function`` is applied to it.
        function: what the block's forward applies to it without a module of its own, such as
            ``sigmoid``; mostly empty.
    """

    path: str
    kind: str
    channels: int
    stage: int | None
    block: int | None
    label: str
    bounded: bool = True
    source: str = ""
    function: str = ""


def by_depth(gates: Iterable[Gate]) -> Iterator[tuple[Gate, dict[str, Any]]]:
    """Each gate with the columns that begin its row: ``label``, ``path``, ``depth`` (from 1)."""
    for depth, gate in enumerate(gates, start=1):
        yield gate, {"label": gate.label, "path": gate.path, "depth": depth}


Position = tuple[int | None, int | None]
"""Stage and block; None where they are not known."""

# How families number their stages and blocks: (pattern, first stage's number, first block's).
_LAYOUTS = (
    (re.compile(r"\blayer(\d+)\.(\d+)"), 1, 0),  # ResNets: layer1.0
    (re.compile(r"\bstage(\d+)\.unit(\d+)"), 1, 1),  # pytorchcv: stage1.unit1
    (re.compile(r"\bstage(\d+)\.(\d+)"), 1, 0),  # weiaicunzai: stage1.0
    (re.compile(r"\b(?:stages|blocks)[._](\d+)\.(?:blocks\.|layers\.)?(\d+)"), 0, 0),  # blocks.0.0
    (re.compile(r"\bstages[._](\d+)\.global_block\.blocks\.conv(\d+)"), 0, 1),  # GCViT
    (re.compile(r"\bstages[._](\d+)\.downsample()\b"), 0, 0),  # ahead of the stage's blocks
    (re.compile(r"\bdense_stages[._](\d+)\.\d+\.dense_block(\d+)"), 0, 0),  # RDNet
    (re.compile(r"\bblock(\d+)\.block\d+-(\d+)"), 1, 0),  # torchvision's RegNet: block1.block1-0
    (re.compile(r"\bs(\d+)\.b(\d+)"), 1, 1),  # timm's RegNet: s1.b1
    (re.compile(r"\bfeatures\.(\d+)\.(\d+)"), 1, 0),  # torchvision's EfficientNet: features.1.0
    (re.compile(r"^stem()()\b"), 2, 0),
)
_FIRST_STAGE = 2  # the paper counts the stem as stage 1


def first_stage(paths: Iterable[str]) -> int:
    """The number of a network's first stage: 1 where it has the three of CIFAR networks, else 2.

    Args:
        paths: of all the network's modules.
    """
    stages = {match[1] for path in paths if (match := re.search(r"\b(?:layer|stage)(\d+)\b", path))}
    return 1 if stages == {"1", "2", "3"} else _FIRST_STAGE


def position(path: str, first: int = _FIRST_STAGE) -> Position:
    """Stage and block that a path tells, counted as in the paper: ``layer1.2`` is (2, 3).

    What belongs to a stage but to none of its blocks, a downsampling, has block 0.

    Args:
        path: of a gate's block.
        first: the number of the network's first stage.
    """
    for pattern, lowest_stage, lowest_block in _LAYOUTS:
        if match := pattern.search(path):
            stage = int(match[1] or 1) - lowest_stage + first
            return stage, int(match[2]) - lowest_block + 1 if match[2] else 0
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
