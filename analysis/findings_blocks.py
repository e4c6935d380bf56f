"""Which blocks of a network the paper's findings speak of: by position, for any depth."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.naming import Gate

_PARTS = 3


@dataclass(frozen=True, slots=True)
class Positions:
    """The blocks of the findings; SE-ResNet-50's, which the paper names, in brackets.

    Attributes:
        stages: how many stages have gates.
        early: the last block of the first stage (SE_2_3).
        late: the last block of the next-to-last stage and the first of the last stage
            (SE_4_6, SE_5_1), as far as there are such and they are not the last two; may be empty.
        next_to_last: the next to last of the last stage (SE_5_2); None where it has but one.
        before: the block before ``next_to_last`` in the network (SE_5_1), if there is one.
        last: the last block (SE_5_3).
    """

    stages: int
    early: Gate
    late: tuple[Gate, ...]
    next_to_last: Gate | None
    before: Gate | None
    last: Gate

    def all(self) -> list[Gate]:
        """Each of the blocks once."""
        named = (self.early, *self.late, self.before, self.next_to_last, self.last)
        return list(dict.fromkeys(gate for gate in named if gate is not None))


def positions(gates: Sequence[Gate]) -> Positions:
    """Where the findings look, of a network's gates (one or more) in the network's order.

    Where the stage of any gate is not known, three parts of equal length stand for the stages.
    """
    stages = _stages(gates)
    last_stage = stages[-1]
    late = [stages[-2][-1]] if len(stages) > 2 else []
    late += [last_stage[0]] if len(stages) > 2 and len(last_stage) > 2 else []
    following = len(last_stage) > 1
    return Positions(
        stages=len(stages),
        early=stages[0][-1],
        late=tuple(late),
        next_to_last=gates[-2] if following else None,
        before=gates[-3] if following and len(gates) > 2 else None,
        last=gates[-1],
    )


def drawn(gates: Sequence[Gate]) -> list[Gate]:
    """The blocks of the paper's Figure 6: the last of each stage, and the last stage's last three.

    SE-ResNet-50's are SE_2_3, SE_3_4, SE_4_6, SE_5_1, SE_5_2 and SE_5_3.
    """
    stages = _stages(gates)
    return [stage[-1] for stage in stages[:-1]] + stages[-1][-3:]


def _stages(gates: Sequence[Gate]) -> list[list[Gate]]:
    if any(gate.stage is None for gate in gates):
        parts = np.array_split(np.arange(len(gates)), _PARTS)
        return [[gates[place] for place in part] for part in parts if len(part)]
    order = list(dict.fromkeys(gate.stage for gate in gates))
    return [[gate for gate in gates if gate.stage == stage] for stage in order]
