"""Many sessions at once: how long a change takes, what breaks, what memory a session costs.

    python tests/benchmarks/bench_sessions.py                  # 50 sessions, 20 changes each
    python tests/benchmarks/bench_sessions.py --minutes 10     # a soak: is the memory flat?

A server of its own process over stores of the demo's size: 10,000 images with 9 gates of 16 to 64
channels, and the baseline. The sessions are real: websockets that speak Streamlit's protocol, send
what a browser sends and keep what it keeps, but draw nothing. Each opens Excitations and then
changes a class, a gate or the page, with an exponentially distributed time to think. A change is
timed from the click to the end of the run that answers it.

A first crowd, whose answers are not timed, fills the caches that all sessions share. What sessions
cost is the most that the server held with all there, less what it held before the first crowd: the
caches count. What stays is what it holds after the second crowd, less what it held between them.

The visitors compute on the same machine as the server; the last line says how much.
"""

import argparse
import math
import os
import platform
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import streamlit

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))  # the tests are no installed package

from tests.load.crowd import OPENING, Outcome, Plan, see_all, visit
from tests.load.served import Served, make_stores, serve

SLOWEST = 3.0
"""Seconds in which 95 of 100 changes are answered."""
A_SESSION = 15.0
"""MB that one more session may cost."""
HURRIED = 1.0
"""Seconds to think of those who fill the caches."""
STAYS = 0.5
"""The share of the sessions' memory that may stay when they have left."""
NOISE = 0.02
"""The share of the server's own memory that may stay whatever the sessions needed."""
FLAT = 1.05
"""How much the last quarter of a soak may lie above its second, in memory."""
MARGIN = 3.0
"""Seconds past the time that the server keeps a session whose browser is gone."""


def main() -> int:
    """Print the tables; 1 where a promise is not kept."""
    options = _options()
    plan = Plan(
        sessions=options.sessions,
        changes=options.changes,
        think=options.think,
        minutes=options.minutes,
        query=f"store={options.store}",
    )
    with tempfile.TemporaryDirectory() as folder:
        runs = options.runs.resolve() if options.runs else make_stores(Path(folder) / "runs")
        log = Path(folder) / "server.log"
        kept = ["--server.disconnectedSessionTTL", str(options.ttl)]
        print(f"{machine()}; load {os.getloadavg()[0]:.1f} before\n", flush=True)
        with serve(runs, log, kept) as served:
            return 0 if measure(served, plan, options.ttl) else 1


def machine() -> str:
    """What computes, in words."""
    versions = f"Python {platform.python_version()}, Streamlit {streamlit.__version__}"
    return f"{platform.machine()}, {os.cpu_count()} cores; {versions}"


def measure(served: Served, plan: Plan, ttl: float) -> bool:
    """Warm up, send the crowd, wait until it is forgotten; whether every promise is kept."""
    faults = see_all(served, plan.query)
    empty = forgotten(served, plan.query, ttl)
    first = visit(served, replace(plan, minutes=0.0, think=HURRIED, seed=plan.seed + 1))
    before = forgotten(served, plan.query, ttl)
    outcome = visit(served, plan)
    after = forgotten(served, plan.query, ttl)
    outcome.faults = faults + first.faults + outcome.faults
    print_times(outcome)
    top = max((mb for _, mb in first.memory + outcome.memory), default=float("nan"))
    held = Held(empty, before, top, after)
    kept = print_promises(promises(outcome, plan, held))
    for fault in dict.fromkeys(outcome.faults):
        print(f"- {outcome.faults.count(fault)} times: {fault}")
    used = 100 / outcome.seconds
    print(
        f"\n{outcome.seconds:.0f} s; the server computed {used * outcome.server:.0f} % of a core, "
        f"{1000 * outcome.server / max(len(outcome.answers), 1):.0f} ms an answer; "
        f"the visitors {used * outcome.client:.0f} %"
    )
    return kept


def forgotten(served: Served, query: str, ttl: float) -> float:
    """MB of the server when those who left are forgotten, with one visitor's look around.

    Streamlit lets go of a session only when another leaves after its time is over.
    """
    time.sleep(ttl + MARGIN)
    visit(served, Plan(sessions=1, changes=0, think=0.01, query=query))
    time.sleep(MARGIN)
    return served.memory()


def print_times(outcome: Outcome) -> None:
    """A row for each kind of change, and for all."""
    print("| change | number | median (s) | 95th percentile (s) | slowest (s) |")
    print("|---|---:|---:|---:|---:|")
    rows = [("opening Excitations", OPENING), ("class", "class"), ("gate", "gate")]
    rows += [("page", "page"), ("all changes", "")]
    for name, what in rows:
        if times := outcome.times(*([what] if what else [])):
            middle, most = statistics.median(times), max(times)
            print(f"| {name} | {len(times)} | {middle:.2f} | {tail(times):.2f} | {most:.2f} |")


def tail(times: Sequence[float]) -> float:
    """The 95th percentile."""
    if len(times) == 1:
        return times[0]
    return statistics.quantiles(times, n=20, method="inclusive")[-1]


Promise = tuple[str, str, str, bool]


@dataclass(frozen=True)
class Held:
    """MB of the server: ``empty``, ``before`` the timed crowd, at the ``top``, and ``after`` it."""

    empty: float
    before: float
    top: float
    after: float


def promises(outcome: Outcome, plan: Plan, held: Held) -> list[Promise]:
    """What is promised: measured, bound, and whether it is kept."""
    times = outcome.times() or [float("inf")]
    rows = [
        ("errors", str(len(outcome.faults)), "none", not outcome.faults),
        _most("95th percentile of a change, s", tail(times), SLOWEST),
    ]
    if math.isnan(held.empty):
        print("\nMemory is measured on Linux alone.")
        return rows
    print(
        f"\nMemory of the server: {held.empty:.0f} MB, {held.before:.0f} MB with its caches full, "
        f"{held.top:.0f} MB at most, {held.after:.0f} MB after."
    )
    cost = held.top - held.empty
    stays = max(STAYS * cost, NOISE * held.empty)
    rows += [
        _most("memory of a session, MB", cost / plan.sessions, A_SESSION),
        _most("memory that stays when all have left, MB", held.after - held.before, stays),
    ]
    if plan.minutes:
        rows.append(_most("memory at the end by that after warm-up", growth(outcome), FLAT))
    return rows


def growth(outcome: Outcome) -> float:
    """The median memory of the last quarter of a visit, by that of its second."""
    sizes = [mb for _, mb in outcome.memory]
    quarter = len(sizes) // 4
    if not quarter:
        return float("nan")
    return statistics.median(sizes[-quarter:]) / statistics.median(sizes[quarter : 2 * quarter])


def print_promises(rows: Sequence[Promise]) -> bool:
    """A table of them; whether all are kept."""
    print("\n| promise | measured | bound | kept |\n|---|---:|---:|---|")
    for name, measured, bound, kept in rows:
        print(f"| {name} | {measured} | {bound} | {'yes' if kept else 'NO'} |")
    print()
    return all(kept for *_, kept in rows)


def _most(name: str, value: float, bound: float) -> Promise:
    return name, f"{value:.2f}", f"at most {bound:.3g}", value <= bound


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=50)
    parser.add_argument("--changes", type=int, default=20, help="of each session")
    parser.add_argument("--think", type=float, default=5.0, help="seconds, on average")
    parser.add_argument("--minutes", type=float, default=0.0, help="a soak, instead of --changes")
    parser.add_argument("--ttl", type=int, default=15, help="seconds that a lost session is kept")
    parser.add_argument("--runs", type=Path, help="a folder of stores instead of made ones")
    parser.add_argument("--store", default="se", help="the one that is opened")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
