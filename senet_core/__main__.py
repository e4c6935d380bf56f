"""The command line: ``python -m senet_core list | ledger | fetch``; ``--help`` lists them."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import tyro

from senet_core.cli import parse, run
from senet_core.errors import InputError
from senet_core.ledger import ledger
from senet_core.zoo import counted, entries, write

_PROGRAM = "python -m senet_core"


@dataclass(frozen=True, slots=True, kw_only=True)
class List:
    """Print every network with its parameters, multiply-adds, gates and input size."""

    out: Path | None = None
    """count them anew instead, into this CSV file"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ledger:
    """Print what the paper states about its networks beside what ours have."""

    out: Path | None = None
    """write it to this file instead"""
    check: Path | None = None
    """print nothing, and fail where this file is not up to date"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetch:
    """Make sure that a data set is there: find it, or download it."""

    dataset: tyro.conf.Positional[str]
    """its name, such as imagenette"""
    data_dir: Path = Path("data")
    """where data sets lie or are put"""


_Command = (
    Annotated[List, tyro.conf.subcommand("list")]
    | Annotated[Ledger, tyro.conf.subcommand("ledger")]
    | Annotated[Fetch, tyro.conf.subcommand("fetch")]
)


def main(arguments: Sequence[str]) -> None:
    """Parse the command line and do what it asks."""
    form: Any = _Command
    command: List | Ledger | Fetch = parse(form, arguments, program=_PROGRAM)
    match command:
        case List(out=None):
            sys.stdout.write(table())
        case List(out=Path() as out):
            _writing(out, lambda: write(counted(), out))
        case Fetch():
            sys.stdout.write(_fetch(command))
        case Ledger(out=None, check=None):
            sys.stdout.write(ledger())
        case Ledger(out=Path() as out, check=None):
            _writing(out, lambda: out.write_text(ledger(), encoding="utf-8", newline="\n"))
        case Ledger(out=None, check=Path() as check):
            _check(check)
        case Ledger():
            raise InputError("give --out FILE to write the ledger or --check FILE, not both")


def table() -> str:
    """The zoo as plain text, a line a network."""
    head = f"{'name':<32}{'classes':>8}{'parameters':>14}{'MACs':>17}{'gates':>7}{'input':>7}"
    rows = [
        f"{e.name:<32}{e.classes:>8}{e.parameters:>14,}{e.macs:>17,}{e.gates:>7}{e.input_size:>7}"
        for e in entries()
    ]
    return "\n".join([head, *rows]) + "\n"


def _fetch(asked: Fetch) -> str:
    from senet_core.data import open_dataset  # noqa: PLC0415  # torchvision is slow to import

    images = open_dataset(asked.dataset, split="test", data_dir=asked.data_dir)
    return f"{len(images):,} images for tests are in {images.root}\n"


def _writing(file: Path, write_it: Callable[[], object]) -> None:
    try:
        write_it()
    except OSError as error:
        raise InputError(f"{file} cannot be written: {error.strerror}") from error


def _check(file: Path) -> None:
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{file} cannot be read; `{_PROGRAM} ledger --out` writes it") from error
    if text != ledger():
        raise InputError(
            f"{file} is not what the code counts; write it anew with "
            f"`{_PROGRAM} ledger --out {file}`"
        )


if __name__ == "__main__":
    run(main)
