"""The ledger: what the paper states about its networks beside what ours have, as Markdown."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from senet_core.attention import SEConfig
from senet_core.complexity import Complexity, count
from senet_core.paper_tables import TABLES, Row, Table
from senet_core.unfilled import create_unfilled

_UNITS = {"M": 10**6, "G": 10**9}
_INTRODUCTION = """\
# Our networks and the paper's

What [Squeeze-and-Excitation Networks](https://arxiv.org/abs/1709.01507) (version 4) states about \
the size and the cost of its networks, and what the networks here have. It states {stated} figures \
in these tables. {agreeing} of them agree; under each table stands why the others do not, or that \
it is not explained.

- **Parameters** are all weights and biases, and the scales and shifts of batch norm.
- **FLOPs** are the multiply-adds of convolutions and linear layers, each counted once, and the \
additions of the squeeze (equation 2): the reading that fits the paper best. The multiplications \
of maps with their gates (equation 4) are not among them; they are the column **Scaling**. With \
them SE-VGG-16 would have 15.50 G and SE-MobileNet 575 M, where the paper has 15.48 G and 572 M.
- Both are for one image of 224 x 224 pixels (Inception-ResNet-v2: 299 x 299, CIFAR: 32 x 32) and \
1,000 classes, unless the table says another number.
- A figure **agrees** where it differs from the paper's by no more than half of the last digit \
that the paper prints.
- The column **Here** has the name that `create_model` takes, or the `SEConfig` that it takes with \
`se_resnet50`.
- The gates' two layers have biases in Tables 2 to 5 and in SENet-154, as in the networks that the \
authors released. They have none in Tables 10 to 16, as the paper says of its ablations.
- Error rates are no part of the ledger: they would have to be measured, not counted.

This file is written by `python -m senet_core ledger --out docs/ledger.md`, and a test fails where \
it is not what the code counts.
"""


def ledger() -> str:
    """All of it; makes some forty networks, none of them with weights, in about two seconds."""
    found = [c for table in TABLES for row in table.rows for c in compared(row) if c.paper]
    agreeing = sum(comparison.agrees for comparison in found)
    head = _INTRODUCTION.format(stated=len(found), agreeing=agreeing)
    return "\n".join([head, *(_section(table) for table in TABLES)])


@dataclass(frozen=True, slots=True)
class Comparison:
    """A figure of the paper beside ours.

    Attributes:
        paper: as printed, such as ``28.1M``; None where the paper states none.
        ours: the exact number.
    """

    paper: str | None
    ours: int

    @property
    def unit(self) -> str:
        """``M`` or ``G``: the paper's, or the one that suits the number."""
        return self.paper[-1] if self.paper else "G" if self.ours >= 10**9 else "M"

    @property
    def difference(self) -> Decimal:
        """Ours less the paper's, in the paper's unit."""
        return Decimal(self.ours) / _UNITS[self.unit] - self._printed

    @property
    def agrees(self) -> bool:
        """Whether ours lies within half of the last digit that the paper prints."""
        return abs(self.difference) <= self._last_digit / 2

    @property
    def percent(self) -> Decimal:
        """The difference as a share of the paper's figure."""
        return 100 * self.difference / self._printed

    def __str__(self) -> str:
        """The difference, in bold where the two do not agree."""
        decimals = self._last_digit / 100
        said = f"{self.difference.quantize(decimals):+} {self.unit} ({self.percent:+.2f} %)"
        said = said.replace("-", "−")
        return f"agrees, {said}" if self.agrees else f"**{said}**"

    @property
    def _printed(self) -> Decimal:
        assert self.paper is not None
        return Decimal(self.paper[:-1])

    @property
    def _last_digit(self) -> Decimal:
        exponent = self._printed.as_tuple().exponent
        assert isinstance(exponent, int)
        return Decimal(10) ** exponent


def compared(row: Row) -> tuple[Comparison, Comparison]:
    """The parameters and the FLOPs of a row."""
    cost = _cost(row.model, row.classes, row.se)
    return Comparison(row.parameters, cost.parameters), Comparison(row.flops, cost.flops)


@cache
def _cost(model: str, classes: int, se: SEConfig | None) -> Complexity:
    return count(create_unfilled(model, classes, se))


def _section(table: Table) -> str:
    """A heading, the text, the table and its notes."""
    parameters, flops = zip(*(compared(row) for row in table.rows), strict=True)
    scaling = [_cost(row.model, row.classes, row.se).scaling for row in table.rows]
    columns = [
        ["Network", *(row.label for row in table.rows)],
        ["Here", *(_code(row) for row in table.rows)],
        *_columns("Parameters", parameters, [f"{c.ours:,}" for c in parameters]),
        *_columns("FLOPs", flops, [_operations(c.ours, c.unit) for c in flops]),
        ["Scaling", *(_operations(number, "M") if number else "" for number in scaling)],
    ]
    if table.notes:
        columns.append(["Notes", *(", ".join(map(str, row.notes)) for row in table.rows)])
    notes = [f"{number}. {note}" for number, note in enumerate(table.notes, 1)]
    parts = [f"## {table.title}", _text(table), _markdown(columns), "\n".join(notes)]
    return "\n\n".join(part for part in parts if part) + "\n"


def _columns(name: str, found: Sequence[Comparison], ours: list[str]) -> list[list[str]]:
    """Paper, ours and difference; ours alone where the paper states none."""
    if not any(c.paper for c in found):
        return [[name, *ours]]
    paper = [f"{c.paper[:-1]} {c.paper[-1]}" if c.paper else "not stated" for c in found]
    difference = [str(c) if c.paper else "" for c in found]
    return [[f"{name}: paper", *paper], ["ours", *ours], ["difference", *difference]]


def _text(table: Table) -> str:
    """What to know of the table, and what the paper does not state in it."""
    stated = {
        "parameters": any(row.parameters for row in table.rows),
        "FLOPs": any(row.flops for row in table.rows),
    }
    silent = " and ".join(name for name, known in stated.items() if not known)
    return f"{table.text} Not stated there: {silent}." if silent else table.text


def _code(row: Row) -> str:
    """The network's name here, or the configuration that makes it of `se_resnet50`."""
    return f"`{row.model if row.se is None else row.se.as_typed()}`"


def _operations(number: int, unit: str) -> str:
    """A count of operations with as many digits as can be read: ``3.8660 G``, ``571.93 M``."""
    return f"{Decimal(number) / _UNITS[unit]:.{4 if unit == 'G' else 2}f} {unit}"


def _markdown(columns: Sequence[Sequence[str]]) -> str:
    """Columns, each with its heading first; all but the first two are set to the right."""
    heading, *rows = zip(*columns, strict=True)
    rule = [":--" if index < 2 else "--:" for index in range(len(columns))]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in (heading, rule, *rows))
