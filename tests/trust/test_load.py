"""Many visitors, a slow statistic and a collection beside them: nobody waits, nothing grows.

A minute of it here; `bench_sessions.py` has fifty sessions, and ten minutes of them.
"""

import asyncio
import contextlib
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from dashboard.jobs.files import Task
from dashboard.jobs.runner import Jobs
from tests.benchmarks.bench_sessions import FLAT, SLOWEST, growth, tail
from tests.load.crowd import Plan, alone, see_all, visit
from tests.load.served import ROOT, Served, make_stores, serve
from tests.load.visitor import Visitor
from tests.senet_core.conftest import paint

pytestmark = pytest.mark.alone

FREEZE = 1.0
"""Seconds by which what one session computes may hold up another's answer."""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The dashboard over a pair of 5,000 images; every page and gate was seen once."""
    folder = tmp_path_factory.mktemp("load")
    with serve(make_stores(folder / "runs", per_class=500), folder / "log") as server:
        assert see_all(server) == []
        yield server


def answers(served: Served, changes: int, *, think: float = 0.3) -> list[float]:
    """Seconds of each answer to a visitor who changes the gate again and again."""

    async def change() -> list[float]:
        async with Visitor(served.address, "excitations", "store=se") as visitor:
            await visitor.open()
            gates, times = visitor.controls["gate"].options, []
            for number in range(changes):
                await asyncio.sleep(think)
                times.append(await visitor.choose("gate", gates[number % len(gates)]))
            assert not visitor.faults
            return times

    return alone(change)


def test_a_minute_of_visitors_meets_no_error_and_leaves_the_memory_flat(served):
    outcome = visit(served, Plan(sessions=10, changes=0, think=2.0, minutes=1.0))
    assert outcome.faults == []
    assert {answer.what for answer in outcome.answers} == {"opening", "class", "gate", "page"}
    assert tail(outcome.times()) < SLOWEST
    assert growth(outcome) < FLAT


def test_a_slow_statistic_of_one_session_freezes_no_other(served):
    """UMAP of 5,000 images takes half a minute."""
    usual = statistics.median(answers(served, 9))

    async def ask() -> None:
        async with Visitor(served.address, "excitations", "store=se&part=map&placed=umap") as one:
            await one.open()

    alone(ask)
    end = time.monotonic() + 20
    while not (at_work := psutil.Process(served.process).children()):
        assert time.monotonic() < end, "the statistic was not begun"
        time.sleep(0.1)
    times = answers(served, 9, think=1.0)
    with contextlib.suppress(psutil.NoSuchProcess):  # it may be done by now
        assert sum(at_work[0].cpu_times()[:2]) > 2, "the statistic was not at work meanwhile"
    assert max(times) < usual + FREEZE


def test_a_collection_in_the_background_leaves_the_pages_quick(served, tmp_path):
    images = paint(tmp_path / "images", per_class=100)
    store = tmp_path / "made.zarr"
    words = ("collect", "--model", "se_resnet50", "--images", str(images), "--batch-size", "4")
    words += ("--out", str(store))
    jobs = Jobs(tmp_path / ".jobs", most=1)
    key = jobs.add(Task("collect", "made", words, str(store)))
    job = jobs.all()[0]
    while not (job.progress and job.progress.done):
        assert job.active, job
        time.sleep(0.2)
        job = jobs.all()[0]
    begun = job.progress.done
    times = answers(served, 18)
    job = jobs.all()[0]
    assert job.active and job.progress.done > begun, "the collection was not at work meanwhile"
    jobs.cancel(key)
    assert tail(times) < SLOWEST
    while jobs.all()[0].active:
        time.sleep(0.2)


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("options", [(), ("--minutes", "10")], ids=["changes", "soak"])
def test_fifty_sessions_keep_what_is_promised(options: tuple[str, ...]):
    script: Path = ROOT / "tests" / "benchmarks" / "bench_sessions.py"
    subprocess.run([sys.executable, str(script), *options], check=True)
