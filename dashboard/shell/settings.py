"""What the dashboard was started with: ``streamlit run dashboard/app.py -- [options]``."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from analysis.words import told
from senet_core.errors import InputError

DEMO = Path(__file__).parents[1] / "demo"
"""Where the stores lie that come with the program."""


@dataclass(frozen=True)
class Settings:
    """The options of the command line.

    Attributes:
        runs: the folder whose stores are shown, however deep they lie.
        read_only: nothing is written and no upload is kept.
        demand_runs: ``runs`` was asked for, so it is a fault where it does not exist.
    """

    runs: Path = Path("runs")
    read_only: bool = False
    demand_runs: bool = False


def read_settings(arguments: Sequence[str], *, strict: bool = True) -> Settings:
    """The settings in ``arguments``, the words behind ``--``; other words pass if not ``strict``.

    Raises:
        InputError: for a word that is no option, or an option without its value.
    """
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    parser.add_argument("--runs", type=Path)
    parser.add_argument("--read-only", action="store_true")
    try:
        known, unknown = parser.parse_known_args(list(arguments))
    except argparse.ArgumentError as fault:
        raise InputError(f"{fault}; {_USAGE}") from None
    if unknown and strict:
        raise InputError(f"the dashboard has no option {unknown[0]!r}; {_USAGE}")
    if known.runs is None:
        return Settings(read_only=known.read_only)
    return Settings(runs=known.runs, read_only=known.read_only, demand_runs=True)


def current_settings() -> Settings:
    """The settings of this process: ``streamlit run`` leaves its script and words in ``sys.argv``.

    Where another program runs the page, a test for one, its own words are not ours to refuse.
    """
    return read_settings(sys.argv[1:], strict=Path(sys.argv[0]).name == "app.py")


_USAGE = told("start it with `streamlit run dashboard/app.py -- [--runs DIR] [--read-only]`")
