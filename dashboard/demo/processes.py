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


def heed_termination() -> None:
    """Take SIGTERM, which `make` passes on when it is told to stop, as a Ctrl-C."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def call(command: Sequence[str | Path]) -> int:
    """Run ``command`` from the root of the checkout to its end; the exit code."""
    process = subprocess.Popen(command, cwd=ROOT)
    try:
        return process.wait()
    except KeyboardInterrupt:
        stop(process)
        raise


def stop(process: subprocess.Popen[bytes]) -> None:
    """End ``process`` after a Ctrl-C, which a terminal sends to it too, so it may be on its way.

    Where it is not, or does not end, force is used; more Ctrl-C from the impatient is ignored.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for end in (None, process.terminate, process.kill):
        if end is not None:
            end()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_PATIENCE)
            return
