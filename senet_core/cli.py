"""What every command line here shares: options from dataclasses, and faults in one sentence."""

import io
import os
import re
import sys
from collections.abc import Callable, Sequence
from contextlib import redirect_stderr
from typing import TypeVar

import tyro

from senet_core.errors import InputError, SharedFault

T = TypeVar("T")
_INNER = "__tyro-dummy-inner__."  # what tyro calls the form itself
_BOX = re.compile(r"[╭╮╰╯│─]+|-{3,}")  # the frame, also where only ASCII can be shown
_ASIDE = re.compile(r"Arguments are applied|Argument helptext|Perhaps you meant|For full helptext")


def parse(form: Callable[..., T] | type[T], arguments: Sequence[str], *, program: str) -> T:
    """Fill ``form``, a dataclass or a union of them, from the command line's words.

    Raises:
        InputError: for words that do not fit, in one sentence; ``--help`` prints and exits.
    """
    said = io.StringIO()
    try:
        with redirect_stderr(said):
            return tyro.cli(form, args=list(arguments), prog=program)
    except SystemExit as stop:
        if not stop.code:
            raise
        raise SharedFault(_sentence(said.getvalue(), program), tell=_first()) from None


def _sentence(panel: str, program: str) -> str:
    """The parser's framed panel as one sentence."""
    lines = [_BOX.sub(" ", line).strip(" |+") for line in panel.splitlines()]
    title, *body = [line for line in lines if line] or ["the command line was not understood"]
    text = _ASIDE.split(" ".join(body).replace(_INNER, ""))[0].strip().rstrip(".") or title
    return f"{text[:1].lower()}{text[1:400]}; `{program} --help` lists what it takes"


def run(main: Callable[[Sequence[str]], None]) -> None:
    """Call ``main`` with the command's words; end with 0, 2 on a fault of the input, 130 on Ctrl-C.

    The fault's sentence is the last line on standard error; there is no traceback.
    """
    try:
        main(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:
        if not _reader_left():
            raise
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # for the flush at the end
    except SharedFault as fault:
        sys.exit(_say(str(fault), 2) if fault.tell else 2)
    except InputError as fault:
        sys.exit(_say(str(fault), 2))
    except KeyboardInterrupt:
        stopped = "stopped; the same command goes on where it left off"
        sys.exit(_say(stopped, 130) if _first() else 130)


def _first() -> bool:
    """Whether this process speaks: the only one, or the first of torchrun's."""
    return os.environ.get("RANK", "0") == "0"


def _reader_left() -> bool:
    """Whether what reads our output, such as head, has had enough; else another pipe broke."""
    try:
        sys.stdout.write("\n")
        sys.stdout.flush()
    except BrokenPipeError:
        return True
    return False


def _say(sentence: str, code: int) -> int:
    sys.stderr.write(f"{sentence}\n")
    return code
