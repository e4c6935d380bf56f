"""The exceptions that mean: the input is at fault, and here is how to mend it."""

import errno
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike

_NO_ROOM = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}  # Windows has no quota's code
_UNSEEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}  # they end lines, or turn the direction of writing
_LONGEST = 2000  # characters of a sentence


class InputError(ValueError):
    """A fault of the user's or the input's, told in one sentence that says how to mend it.

    Command lines print the sentence and exit non-zero; pages show it. Anything else that is
    raised is a fault of ours and keeps its traceback. Names in the sentence may be of files,
    layers or classes that strangers chose: it stays one line, of bounded length.
    """

    def __init__(self, sentence: str) -> None:
        if len(sentence) > _LONGEST:
            sentence = f"{sentence[: _LONGEST // 2]} … {sentence[-_LONGEST // 2 :]}"
        super().__init__(one_line(sentence))


def one_line(text: str) -> str:
    """``text`` with the characters that would break or turn its line as Python writes them."""
    return "".join(
        c.encode("unicode_escape").decode() if unicodedata.category(c) in _UNSEEN else c
        for c in text
    )


def told(text: str) -> str:
    """``text`` itself, a part of such a sentence: marked so that pages can translate it."""
    return text


class SharedFault(InputError):
    """A fault of one of several processes, raised in all of them.

    Attributes:
        tell: whether this process is the one that says so.
    """

    def __init__(self, sentence: str, *, tell: bool) -> None:
        super().__init__(sentence)
        self.tell = tell


def is_full(error: OSError) -> bool:
    """Whether the system refused for want of room: on the disk, or in a user's share of it."""
    return error.errno in _NO_ROOM


@contextmanager
def writing(
    path: "str | PathLike[str]", *, otherwise: str, again: str = "give the same command again"
) -> Iterator[None]:
    """While the block writes to ``path``, the system's refusals become one sentence.

    Args:
        path: what is written.
        otherwise: how to mend what is no want of room, such as "give another --out".
        again: what to do when there is room.

    Raises:
        InputError: instead of an OSError.
    """
    try:
        yield
    except OSError as error:
        if is_full(error):
            raise InputError(
                f"{path} cannot be written, because the disk is full; make room there, and {again}"
            ) from error
        raise InputError(
            f"{path} cannot be written ({error.strerror or error}); {otherwise}"
        ) from error
