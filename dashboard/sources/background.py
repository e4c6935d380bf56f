"""Slow statistics, computed beside the pages: none waits for them, and all sessions share them.

A page begins a `Work`, shows the parts that it has so far, and looks again while it runs
(`while_running`). One thread does the work of a line in turn, so that most of the machine is left
to answers.
"""

import atexit
import logging
import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

import streamlit as st

from analysis.words import told
from senet_core.errors import InputError

T = TypeVar("T")

STATISTICS = "statistics"

PATIENCE = 0.15
"""Seconds that a page waits for work which may be short, before it is drawn without."""

QUIET = 0.7
"""Seconds after a page began to be drawn in which the works leave the machine to it."""
LONGEST_REST = 5.0
STINT = 0.15
"""Seconds of work without a rest."""

_SWITCH = 0.0005
"""Seconds after which a work hands on Python's lock. An answer asks for it hundreds of times; at
Python's own 5 ms each, a work in pure Python would hold it up by more than a second."""

_WHOLE = "whole-page"
_AT_EXIT = 10.0
"""Seconds that the end of the program waits for a part that is being computed."""

_LOG = logging.getLogger(__name__)


@dataclass
class Work(Generic[T]):
    """What comes part by part.

    Attributes:
        total: how many parts there will be.
        parts: those that are there.
        fault: the sentence of what stopped it; empty where nothing did.
        shown: whether a page has waited for it.
    """

    total: int
    parts: list[T] = field(default_factory=list)
    fault: str = ""
    shown: bool = False
    _over: threading.Event = field(default_factory=threading.Event)

    @property
    def running(self) -> bool:
        """Whether more is to come."""
        return not self._over.is_set()

    def wait(self, seconds: float) -> bool:
        """Wait for the end, so long at most; whether it is over."""
        return self._over.wait(seconds)

    def do(
        self,
        parts: Callable[[], Iterator[T]],
        *,
        between: Callable[[], None] = lambda: None,
        stop: Callable[[], bool] = lambda: False,
    ) -> None:
        """Take the parts, until ``stop``; a fault ends the work and leaves its sentence."""
        try:
            for part in parts():
                self.parts.append(part)
                if stop():
                    break
                between()
        except InputError as fault:
            self.fault = str(fault)
        except Exception:  # whatever it is, the thread must live for the next work
            _LOG.exception("a statistic could not be computed")
            self.fault = told("it could not be computed; the server's log says why")
        finally:
            self._over.set()


def begin(parts: Callable[[], Iterator[T]], total: int, *, line: str = STATISTICS) -> Work[T]:
    """Have ``parts`` computed when the works before in the same ``line`` are done.

    Statistics, whose pages are complete without them, rest while pages are drawn.
    """
    work: Work[T] = Work(total)
    _line(line).put((work, parts))
    return work


def answering() -> None:
    """Note that a page is being drawn, so that the works `rest`."""
    _Turns.answered = time.monotonic()


def rest() -> None:
    """Wait until no page was drawn for a moment: answers come before statistics.

    In the thread of the works, where one can be left off; what takes a moment needs no rest. Many
    who click in turn hold the works up and do not stop them.
    """
    begun = time.monotonic()
    if begun < _Turns.rested + STINT:
        return
    while time.monotonic() < min(_Turns.answered + QUIET, begun + LONGEST_REST):
        time.sleep(0.05)
    _Turns.rested = time.monotonic()


class _Turns:
    """When a page last began to be drawn, of all sessions, and when the works last rested."""

    answered = rested = 0.0


def at_once(parts: Callable[[], Iterator[T]], total: int) -> Work[T]:
    """Compute ``parts`` now: for what is quickly done of one store and takes long of another."""
    work: Work[T] = Work(total)
    work.do(parts)
    return work


def while_running(draw: Callable[[], None], works: Sequence[Work], *, every: float = 2.0) -> None:
    """Draw, and as long as a work runs, draw again every few seconds."""
    for work in works:
        if not work.shown:  # later pages need not wait: all that they lack is what is not there yet
            work.shown = True
            work.wait(PATIENCE)
    repeat(draw, lambda: any(work.running for work in works), every=every)


def repeat(draw: Callable[[], None], going_on: Callable[[], bool], *, every: float) -> None:
    """Draw, and as long as something goes on, draw this part of the page alone every few seconds.

    At the end, and where a click in it asks for that (`whole_page`), the page is run as a whole.
    """
    st.session_state.pop(_WHOLE, None)
    if not going_on():
        draw()
        return

    @st.fragment(run_every=every)
    def part() -> None:
        if st.session_state.pop(_WHOLE, False):
            st.rerun()
        draw()
        if not going_on():
            st.rerun()

    part()


def whole_page() -> None:
    """In a callback of a part that is being repeated: what was clicked concerns the whole page."""
    st.session_state[_WHOLE] = True


@st.cache_resource(show_spinner=False)
def _line(name: str) -> queue.SimpleQueue:
    """The works that wait, and the thread that does them."""
    waiting: queue.SimpleQueue = queue.SimpleQueue()
    closing = threading.Event()

    def serve() -> None:
        while not closing.is_set():
            work, parts = waiting.get()
            between = rest if name == STATISTICS else lambda: None
            work.do(parts, between=between, stop=closing.is_set)

    sys.setswitchinterval(_SWITCH)
    thread = threading.Thread(target=serve, name=name, daemon=True)
    thread.start()

    def close() -> None:
        closing.set()
        waiting.put((Work(0), lambda: iter(())))
        thread.join(_AT_EXIT)

    # A thread that is within PyTorch when Python ends would abort the process.
    atexit.register(close)
    return waiting
