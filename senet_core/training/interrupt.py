"""Stop a run in order: SIGTERM and Ctrl-C are noted, and the loop ends at its next step."""

import signal
import threading
from types import FrameType
from typing import Any, Self


class Stopped(Exception):  # no error: the run was asked to
    """The run was asked to stop and has saved its state; the text says where."""


class Interruption:
    """While its ``with`` lasts, a first signal sets ``requested``; a second Ctrl-C stops at once.

    Outside the main thread, where Python takes no signals, it changes nothing.
    """

    def __init__(self) -> None:
        self.requested = False
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGTERM, signal.SIGINT):
                self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note(self, number: int, frame: FrameType | None) -> None:
        del frame
        if self.requested and number == signal.SIGINT:
            raise KeyboardInterrupt
        self.requested = True
