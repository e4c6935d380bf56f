"""How long the server takes to answer a choice, page by page, and the memory that it takes.

    python tests/benchmarks/bench_dashboard_latency.py [--imagenet DIR]

Without more, on a store the size of the demo's: 10,000 images with 9 gates of 16 to 64 channels,
and its baseline. With ``--imagenet``, on one as large as ImageNet's validation images make it and
its baseline, which are made under DIR if they are not there (2.3 GB; see ``imagenet_store.py``).

Each page is opened once by a first session, whose caches are empty, then by a second one, in which
each choice is made 20 times. `streamlit.testing` runs a page as the server does, and a run is timed
from the choice to the last element. What the browser needs to draw is not in it.
"""

import argparse
import itertools
import logging
import runpy
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import streamlit as st
from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "dashboard" / "app.py"
GATES = tuple((f"layer{s}.{b}.se", 16 * 2 ** (s - 1)) for s in (1, 2, 3) for b in (0, 1, 2))
CONTROLS = ("selectbox", "multiselect", "button_group", "pagination")
PAGES = ("home", "excitations", "depth", "predictions", "checkpoints")
TIMES = 20
MEDIAN_MS, TAIL_MS, FIRST_MS, MEMORY_MB = 150, 400, 2000, 1500


def main() -> int:
    """Time openings and choices, print two Markdown tables; 1 where an aim is missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--imagenet", type=Path, metavar="DIR")
    options = parser.parse_args()
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        runs = options.imagenet or Path(folder)
        (make_large if options.imagenet else make_small)(runs)
        sys.argv = [str(APP), "--runs", str(runs)]
        only_those_stores()
        AppTest.from_file(str(APP), default_timeout=600).run()  # imports PyTorch
        empty = memory()
        openings = [time_opening(page) for page in PAGES]
        rows = [row for page in PAGES for row in time_choices(page)]
    print_openings(openings, empty)
    print_choices(rows)
    return int(any(map(is_slow, openings)) or any(map(misses, rows)))


def make_small(folder: Path) -> None:
    """An SE store and its baseline of the same 10,000 images."""
    synthetic = runpy.run_path(str(ROOT / "tests" / "synthetic.py"))  # not an installed package
    make, write = synthetic["synthetic_store"], synthetic["write_store"]
    write(make(per_class=1000, gates=GATES, seed=1), folder / "se.zarr")
    write(make(per_class=1000, gates=(), seed=2), folder / "plain.zarr")


def make_large(folder: Path) -> None:
    """Those of `imagenet_store`, or what of them is not there yet."""
    make = runpy.run_path(str(Path(__file__).with_name("imagenet_store.py")))["make_store"]
    folder.mkdir(parents=True, exist_ok=True)
    make(folder / "se.zarr")
    make(folder / "plain.zarr", baseline=True)


def only_those_stores() -> None:
    """Leave out the ones that are shipped."""
    from dashboard.sources import stores  # noqa: PLC0415  # after `sys.argv` is set

    stores.DEMO = Path(tempfile.gettempdir()) / "no-such-folder"


@dataclass(frozen=True)
class Row:
    """The answers to one kind of choice.

    Attributes:
        page, choice: what was chosen where.
        times: milliseconds of each.
        cpu: milliseconds of the processor, work in the background among them; other programs that
            run beside weigh less in it.
        memory: MB after them.
    """

    page: str
    choice: str
    times: list[float]
    cpu: list[float]
    memory: float


def time_opening(page: str) -> tuple[str, float, float, float]:
    """Page, milliseconds of a first and a second session, and memory."""
    wait_for_background()
    st.cache_data.clear()
    st.cache_resource.clear()
    (_, (first, _)), (_, (second, _)) = opened(page), opened(page)
    return page, first, second, memory()


def time_choices(page: str) -> Iterator[Row]:
    """The rows of a page; of each choice as many as there are, 20 at most."""
    app, _took = opened(page)
    wait_for_background()
    for choice, (key, values) in steps(page, app).items():
        if any(widget.key == key for widget in widgets(app)):
            took = [chosen(app, key, value) for value in values]
            times, cpu = zip(*took, strict=True)
            yield Row(page, choice, list(times), list(cpu), memory())


def steps(page: str, app: AppTest) -> dict[str, tuple[str, list[object]]]:
    """What is chosen on a page: a control's key, and the values one after another."""
    gates = [str(option) for box in app.selectbox if box.key == "gate" for option in box.options]
    names = [n for box in app.multiselect if box.key == "classes" for n in box.options]
    sets = [names[place : place + 1 + place % 4] for place in range(0, len(names), 7)][:TIMES]
    classes = ("classes", cycled(sets))
    match page:
        case "excitations":
            return {
                f"gate, first time ({len(gates)} of them)": ("gate", list(gates)),
                "gate, seen before": ("gate", cycled(reversed(gates))),
                "channel, first time": ("channel", [str(channel) for channel in range(TIMES)]),
                "channel, seen before": ("channel", [str(channel) for channel in range(TIMES)]),
                "classes": classes,
                "order": ("order", cycled(("mean", "index"))),
                "heat map of": ("heat", cycled(("mean", "difference"))),
                "heat map sorted": ("sort", cycled(("cluster", "same"))),
                "channels drawn": ("drawn", cycled(("all", "some"))),
                "map of the images, ranking": ("part", cycled(("map", "ranking"))),
                "class of the ranking": ("ranked", [*names[5 : 5 + TIMES]]),
            }
        case "depth":
            found = [gate for box in app.multiselect if box.key == "depths" for gate in box.options]
            trios = [found[place : place + 3] for place in range(len(found) - 2)]
            return {"depths": ("depths", cycled(trios))}
        case "predictions":
            groups = ("only_b", "same_error", "different_errors", "only_a")
            return {
                "group": ("group", cycled(groups)),
                "page of the gallery": ("page", cycled(range(1, 8))),
                "classes": classes,
            }
        case "checkpoints":
            return {"gate": ("gate", cycled(gates))}
    return {"store": ("store", cycled(("plain", "se")))}


def cycled(values: Iterable[object]) -> list[object]:
    """The values over and over, as often as is timed."""
    return list(itertools.islice(itertools.cycle(list(values)), TIMES))


def opened(page: str) -> tuple[AppTest, tuple[float, float]]:
    """A new session on a page, run once, and what that took."""
    app = AppTest.from_file(str(APP), default_timeout=600)
    if page != "home":
        app.switch_page(f"views/{page}.py")
    app.query_params["store"] = "se"
    return app, run(app)


def chosen(app: AppTest, key: str, value: object) -> tuple[float, float]:
    """What it takes from a choice to the end of the run that answers it."""
    next(widget for widget in widgets(app) if widget.key == key).set_value(value)
    return run(app)


def widgets(app: AppTest) -> Iterator:
    """All controls of a page."""
    return itertools.chain(*(app.get(kind) for kind in CONTROLS))


def run(app: AppTest) -> tuple[float, float]:
    """Milliseconds of a run, by the clock and of the processor."""
    begin, busy = time.perf_counter(), time.process_time()
    app.run()
    took = 1000 * (time.perf_counter() - begin), 1000 * (time.process_time() - busy)
    if app.exception:
        raise RuntimeError(app.exception[0].message)
    return took


def wait_for_background() -> None:
    """Let the statistics come to an end that earlier pages have begun: they are done in turn."""
    from dashboard.sources.background import begin  # noqa: PLC0415  # after `sys.argv` is set

    begin(lambda: iter(()), 0).wait(600)


def memory() -> float:
    """MB that this process holds; in it is also what browsers would hold of the pages."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096 / 1e6


def is_slow(opening: tuple[str, float, float, float]) -> bool:
    """Whether a page takes too long to open, or too much memory."""
    _page, first, second, held = opening
    return max(first, second) >= FIRST_MS or held >= MEMORY_MB


def misses(row: Row) -> bool:
    """Whether the answers to a choice take too long."""
    return statistics.median(row.times) >= MEDIAN_MS or tail_of(row.times) >= TAIL_MS


def tail_of(times: list[float]) -> float:
    """The 95th percentile."""
    return statistics.quantiles(times, n=20, method="inclusive")[-1]


def print_openings(openings: list[tuple[str, float, float, float]], empty: float) -> None:
    """A row a page."""
    print(f"Opening a page; the aim is under {FIRST_MS} ms and {MEMORY_MB} MB. ")
    print(f"With everything imported and no store opened the process takes {empty:.0f} MB.\n")
    print("| page | first session (ms) | second session (ms) | memory (MB) |")
    print("|---|---:|---:|---:|")
    for page, first, second, held in openings:
        missed = " (missed)" if is_slow((page, first, second, held)) else ""
        print(f"| {page}{missed} | {first:.0f} | {second:.0f} | {held:.0f} |")


def print_choices(rows: list[Row]) -> None:
    """A row a choice, and in the end whether each aim is reached."""
    aims = f"under {MEDIAN_MS} ms at the median and {TAIL_MS} ms at the 95th percentile"
    print(f"\nAnswers of the server, up to {TIMES} of each; the aim is {aims}.\n")
    print("| page | choice | median (ms) | 95th percentile (ms) | processor (ms) | memory (MB) |")
    print("|---|---|---:|---:|---:|---:|")
    for row in rows:
        median = statistics.median(row.times)
        tail = tail_of(row.times)
        missed = " (missed)" if misses(row) else ""
        cpu = statistics.median(row.cpu)
        cells = (row.page, row.choice + missed, f"{median:.0f}", f"{tail:.0f}", f"{cpu:.0f}")
        print("|", " | ".join((*cells, f"{row.memory:.0f}")), "|")


if __name__ == "__main__":
    sys.exit(main())
