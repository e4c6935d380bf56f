"""Commands run one after another: their failure ends the demo, and so does Ctrl-C."""

import contextlib
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_PATIENCE = 4  # seconds that a process has to end by itself


class Fault(Exception):
    """What is wrong and how to mend it, in one sentence for standard error."""


def say(sentence: str) -> None:
    """Progress goes to standard error."""
    print(sentence, file=sys.stderr, flush=True)


class Terminated(KeyboardInterrupt):
    """SIGTERM, which `make` passes on when it is told to stop; unlike Ctrl-C, to us alone."""


def heed_termination() -> None:
    """Take SIGTERM as a Ctrl-C from now on."""

    def interrupt(*_: object) -> None:
        raise Terminated

    signal.signal(signal.SIGTERM, interrupt)


def call(command: Sequence[str | Path]) -> int:
    """Run ``command`` from the root of the checkout to its end; the exit code."""
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        return process.wait()
    except KeyboardInterrupt as order:
        stop(process, order)
        raise


def stop(process: subprocess.Popen[bytes], order: KeyboardInterrupt) -> None:
    """End ``process``, by force in the end; further orders from the impatient change nothing.

    A terminal sends Ctrl-C to the process too, so after that one it is left to end by itself.
    """
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    if isinstance(order, Terminated):
        process.terminate()
    for force in (process.terminate, process.kill):
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_PATIENCE)
            return
        force()
    process.wait()
