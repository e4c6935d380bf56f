"""The exceptions that mean: the input is at fault, and here is how to mend it."""


class InputError(ValueError):
    """A fault of the user's or the input's, told in one sentence that says how to mend it.

    Command lines print the sentence and exit non-zero; pages show it. Anything else that is
    raised is a fault of ours and keeps its traceback.
    """


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
