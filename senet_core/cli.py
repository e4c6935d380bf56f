"""What every command line here shares: options from dataclasses, and faults in one sentence."""

import errno
import io
import os
import re
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, suppress
from typing import TypeVar

import tyro

from senet_core.errors import InputError, SharedFault, is_full

T = TypeVar("T")
_OF_PATHS = {errno.ENAMETOOLONG, errno.EACCES, errno.EPERM, errno.ELOOP, errno.EROFS}
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
        command = arguments[0] if arguments and not arguments[0].startswith("-") else ""
        sentence = _sentence(said.getvalue(), program, command)
        raise SharedFault(sentence, tell=_first()) from None


def _sentence(panel: str, program: str, command: str) -> str:
    """The parser's framed panel as one sentence, and where the options of ``command`` stand."""
    lines = [_BOX.sub(" ", line).strip(" |+") for line in panel.splitlines()]
    title, *body = [line for line in lines if line] or ["the command line was not understood"]
    text = _ASIDE.split(" ".join(body).replace(_INNER, ""))[0].strip().rstrip(".") or title
    known = command and "Available subcommands" not in text
    place = f"{program} {command}" if known else program
    return f"{text[:1].lower()}{text[1:400]}; `{place} --help` lists what it takes"


def run(main: Callable[[Sequence[str]], None]) -> None:
    """Call ``main`` with the command's words; end with 0, 2 on a fault of the input, 130 on Ctrl-C.

    SIGTERM stops a command as Ctrl-C does. The sentence, of a fault or of a stop, is the last line
    on standard error; there is no traceback.
    """
    try:
        with _terminable():
            main(sys.argv[1:])
            sys.stdout.flush()
    except BrokenPipeError:
        if not _reader_left():
            raise
        _forget_output()
    except SharedFault as fault:
        sys.exit(_say(str(fault), 2) if fault.tell else 2)
    except InputError as fault:
        sys.exit(_say(str(fault), 2))
    except OSError as error:
        if not (refusal := _refusal(error)):
            raise
        sys.exit(_say(refusal, 2) if _first() else 2)
    except KeyboardInterrupt as stop:
        stopped = str(stop) or "stopped; the same command begins anew"
        sys.exit(_say(stopped, 130) if _first() else 130)


@contextmanager
def goes_on(how: str = "the same command goes on where it left off") -> Iterator[None]:
    """Where a stop costs little: what `run` says of a Ctrl-C inside the ``with``."""
    try:
        yield
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"stopped; {how}") from None


@contextmanager
def _terminable() -> Iterator[None]:
    """SIGTERM raises KeyboardInterrupt, so that files are put in order.

    Not in one of several processes: one that waits for another would not heed it.
    """
    alone = int(os.environ.get("WORLD_SIZE", "1")) == 1
    if not alone or threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


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


def _refusal(error: OSError) -> str:
    """What the system refuses for a fault of the input: a path, or want of room; else empty."""
    if is_full(error):
        _forget_output()
        return "the disk is full; make room, and give the same command again"
    if error.errno in _OF_PATHS and error.filename is not None:
        return str(InputError(f"{error.filename} cannot be used ({error.strerror}); give another"))
    return ""


def _forget_output() -> None:
    """Have Python's own flush at the end go nowhere, where it would fail again."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _say(sentence: str, code: int) -> int:
    with suppress(OSError):  # a log on the disk that is full
        sys.stderr.write(f"{sentence}\n")
    return code
