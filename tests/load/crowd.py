"""Many visitors at once, each with time to think, and what their answers cost the server."""

import asyncio
import random
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from websockets.exceptions import WebSocketException

from tests.load.served import Served
from tests.load.visitor import LostError, Visitor

START = "excitations"
OPENING = "opening"
SAMPLED = 1.0
"""Seconds between two looks at the server's memory."""

_MOST_CLASSES = 5
T = TypeVar("T")


def alone(task: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """The result of ``task`` in an event loop and a thread of its own.

    A browser that is driven in this thread, as other tests do, has a loop running here.
    """
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(lambda: asyncio.run(task())).result()


@dataclass(frozen=True)
class Plan:
    """What a crowd does.

    Attributes:
        sessions: how many visitors there are at once.
        changes: how often each changes something after it has opened `START`.
        think: seconds that a visitor waits before it opens and before each change: on average, and
            exponentially distributed.
        minutes: go on so long instead of counting changes.
        query: of the address with which all begin.
        seed: decides who does what.
    """

    sessions: int
    changes: int
    think: float
    minutes: float = 0.0
    query: str = "store=se"
    seed: int = 0


@dataclass(frozen=True)
class Answer:
    """One answer.

    Attributes:
        what: `OPENING`, ``class``, ``gate`` or ``page``.
        page: on which it was given, or which was opened.
        seconds: from the request to the end of the run.
        size: bytes that came.
    """

    what: str
    page: str
    seconds: float
    size: int


@dataclass
class Outcome:
    """What came of a plan.

    Attributes:
        answers: all, in the order in which they came.
        faults: exceptions on pages or in the log, lost connections, answers that never came.
        memory: seconds since the begin and MB of the server, while all visitors were there.
        seconds: that it all took.
        server: seconds that the server computed.
        client: seconds that the visitors computed, which the same machine had to give.
    """

    answers: list[Answer] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    memory: list[tuple[float, float]] = field(default_factory=list)
    seconds: float = 0.0
    server: float = 0.0
    client: float = 0.0

    def times(self, *whats: str) -> list[float]:
        """Seconds of the answers of some kinds; without one, of all but `OPENING`."""
        return [
            answer.seconds
            for answer in self.answers
            if (answer.what in whats if whats else answer.what != OPENING)
        ]


class Crowd:
    """The visitors of one plan."""

    def __init__(self, served: Served, plan: Plan) -> None:
        self.outcome = Outcome()
        self._served, self._plan = served, plan
        self._inside = self._done = 0
        self._leave = asyncio.Event()
        self._begin = time.monotonic()

    async def visit(self) -> Outcome:
        """Let all come, change what they like and leave together."""
        cpu, own = self._served.seconds(), time.process_time()
        journeys = [self._journey(number) for number in range(self._plan.sessions)]
        await asyncio.gather(self._watch(), *journeys)
        self.outcome.seconds = time.monotonic() - self._begin
        self.outcome.server = self._served.seconds() - cpu
        self.outcome.client = time.process_time() - own
        self.outcome.faults += self._served.faults()
        return self.outcome

    async def _watch(self) -> None:
        """Look at the memory; the last to be done ends the visit."""
        while self._done < self._plan.sessions:
            await asyncio.sleep(SAMPLED)
            if self._inside == self._plan.sessions:
                self.outcome.memory.append((time.monotonic() - self._begin, self._served.memory()))
        self._leave.set()

    async def _journey(self, number: int) -> None:
        chance = random.Random(f"{self._plan.seed} {number}")
        visitor = Visitor(self._served.address, START, self._plan.query)
        done = False
        try:
            await asyncio.sleep(self._think(chance))
            async with visitor:
                self._note(visitor, OPENING, await visitor.open(), 0)
                self._inside += 1
                await self._changes(visitor, chance)
                self._done += 1
                done = True
                await self._leave.wait()
        except (LostError, WebSocketException, OSError) as fault:
            self.outcome.faults.append(f"{type(fault).__name__}: {fault}")
        finally:
            self._done += not done
            self.outcome.faults += visitor.faults

    async def _changes(self, visitor: Visitor, chance: random.Random) -> None:
        made = 0
        while self._goes_on(made):
            await asyncio.sleep(self._think(chance))
            before = visitor.received
            what, seconds = await change(visitor, chance)
            self._note(visitor, what, seconds, before)
            made += 1

    def _goes_on(self, made: int) -> bool:
        if self._plan.minutes:
            return time.monotonic() - self._begin < 60 * self._plan.minutes
        return made < self._plan.changes

    def _think(self, chance: random.Random) -> float:
        return chance.expovariate(1 / self._plan.think)

    def _note(self, visitor: Visitor, what: str, seconds: float, before: int) -> None:
        page = visitor.page or "home"
        self.outcome.answers.append(Answer(what, page, seconds, visitor.received - before))


def visit(served: Served, plan: Plan) -> Outcome:
    """Send a crowd; every visitor stays until the last has made its last change."""

    async def whole() -> Outcome:
        return await Crowd(served, plan).visit()

    return alone(whole)


def see_all(served: Served, query: str = "store=se") -> list[str]:
    """One visitor sees every page and every gate, so that what is loaded once is there; faults."""

    async def whole() -> list[str]:
        async with Visitor(served.address, START, query) as visitor:
            await visitor.open()
            for gate in visitor.controls["gate"].options:
                await visitor.choose("gate", gate)
            for page in visitor.pages:
                await visitor.go(page)
        return visitor.faults

    return alone(whole)


async def change(visitor: Visitor, chance: random.Random) -> tuple[str, float]:
    """Change the gate, the classes or the page, each as likely where all can be; what, seconds."""
    possible = ["page", *(key for key in ("gate", "classes") if key in visitor.controls)]
    what = chance.choice(possible)
    if what == "page":
        page = chance.choice([name for name in visitor.pages if name != visitor.page])
        return "page", await visitor.go(page)
    options = visitor.controls[what].options
    stands = visitor.stands_on(what)
    if what == "gate":
        other = chance.choice([name for name in options if name != stands])
        return "gate", await visitor.choose("gate", other)
    return "class", await visitor.choose("classes", _one_more_or_less(stands, options, chance))


def _one_more_or_less(
    chosen: list[str], options: tuple[str, ...], chance: random.Random
) -> list[str]:
    left_out = [name for name in options if name not in chosen]
    if left_out and (len(chosen) < 2 or (len(chosen) < _MOST_CLASSES and chance.random() < 0.5)):
        return [*chosen, chance.choice(left_out)]
    gone = chance.choice(chosen)
    return [name for name in chosen if name != gone]
