"""The command line: ``python -m senet_core list``."""

import sys
from collections.abc import Sequence
from typing import Literal

import tyro

from senet_core.cli import parse, run
from senet_core.zoo import entries

_PROGRAM = "python -m senet_core"


def command(what: tyro.conf.Positional[Literal["list"]]) -> str:
    """What to print.

    Args:
        what: list: every network with its parameters, multiply-adds, gates and input size.
    """
    return what


def main(arguments: Sequence[str]) -> None:
    """Parse the command line and do what it asks."""
    parse(command, arguments, program=_PROGRAM)
    sys.stdout.write(table())


def table() -> str:
    """The zoo as plain text, a line a network."""
    head = f"{'name':<32}{'classes':>8}{'parameters':>14}{'MACs':>17}{'gates':>7}{'input':>7}"
    rows = [
        f"{e.name:<32}{e.classes:>8}{e.parameters:>14,}{e.macs:>17,}{e.gates:>7}{e.input_size:>7}"
        for e in entries()
    ]
    return "\n".join([head, *rows]) + "\n"


if __name__ == "__main__":
    run(main)
