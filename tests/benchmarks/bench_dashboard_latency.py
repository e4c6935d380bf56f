"""How long the server takes to answer a choice: each page, on a store the size of the demo's.

    python tests/benchmarks/bench_dashboard_latency.py

A store of 10,000 images with 9 gates of 16 to 64 channels, and its baseline. Each choice is made
20 times in `streamlit.testing`, which runs the page as the server does, and the run is timed from
the choice to the last element. What the browser needs to draw is not in it.
"""

import itertools
import logging
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [] if str(ROOT) in sys.path else [str(ROOT)]  # `tests` is not installed

APP = ROOT / "dashboard" / "app.py"
GATES = tuple((f"layer{s}.{b}.se", 16 * 2 ** (s - 1)) for s in (1, 2, 3) for b in (0, 1, 2))
TIMES = 20
LIMIT_MS = 300


def main() -> None:
    """Make the stores, time the choices, print a Markdown table."""
    logging.disable(logging.WARNING)
    with tempfile.TemporaryDirectory() as folder:
        make_stores(Path(folder))
        sys.argv = [str(APP), "--runs", folder]
        rows = [*time_excitations(), *time_predictions()]
    print(f"Answers of the server, {TIMES} of each; the aim is under {LIMIT_MS} ms.\n")
    print("| page | choice | median (ms) | 95th percentile (ms) |")
    print("|---|---|---:|---:|")
    for page, choice, times in rows:
        tail = statistics.quantiles(times, n=20)[-1]
        print(f"| {page} | {choice} | {statistics.median(times):.0f} | {tail:.0f} |")


def make_stores(folder: Path) -> None:
    """An SE store and its baseline of the same 10,000 images."""
    from tests.synthetic import synthetic_store, write_store

    write_store(synthetic_store(per_class=1000, gates=GATES, seed=1), folder / "se.zarr")
    write_store(synthetic_store(per_class=1000, gates=(), seed=2), folder / "plain.zarr")


def time_excitations() -> list[tuple[str, str, list[float]]]:
    """Gates not seen before and seen, classes, channels, and the order."""
    app = opened("excitations")
    gates = app.selectbox(key="gate").options
    fresh = [timed(app, lambda g=gate: app.selectbox(key="gate").select(g)) for gate in gates[:-1]]
    again = itertools.cycle(gates)
    classes = itertools.cycle((["Bag"], ["Bag", "Coat", "Dress", "Shirt"], ["Sandal", "Coat"]))
    channels = map(str, range(TIMES))
    orders = itertools.cycle(("mean", "index"))
    choices: dict[str, Callable[[], object]] = {
        "gate, seen before": lambda: app.selectbox(key="gate").select(next(again)),
        "classes": lambda: app.multiselect(key="classes").set_value(next(classes)),
        "channel, first time": lambda: app.selectbox(key="channel").select(next(channels)),
        "order": lambda: app.segmented_control(key="order").set_value(next(orders)),
    }
    repeated = [
        ("Excitations", name, [timed(app, choice) for _ in range(TIMES)])
        for name, choice in choices.items()
    ]
    return [("Excitations", f"gate, first time ({len(fresh)} of them)", fresh), *repeated]


def time_predictions() -> list[tuple[str, str, list[float]]]:
    """Groups and pages of the gallery."""
    app = opened("predictions")
    groups = itertools.cycle(("only_b", "same_error", "different_errors", "only_a"))
    pages = itertools.cycle(range(1, 8))
    return [
        (
            "Predictions",
            "group",
            [
                timed(app, lambda: app.segmented_control(key="group").set_value(next(groups)))
                for _ in range(TIMES)
            ],
        ),
        (
            "Predictions",
            "page of the gallery",
            [
                timed(app, lambda: app.get("pagination")[0].set_value(next(pages)))
                for _ in range(TIMES)
            ],
        ),
    ]


def opened(page: str):  # noqa: ANN201 (an AppTest, which is imported late)
    """The app on one page, run once."""
    from streamlit.testing.v1 import AppTest

    app = AppTest.from_file(str(APP), default_timeout=120)
    return app.switch_page(f"views/{page}.py").run()


def timed(app, choose: Callable[[], object]) -> float:  # noqa: ANN001
    """Milliseconds from a choice to the end of the run that answers it."""
    choose()
    begin = time.perf_counter()
    app.run()
    took = 1000 * (time.perf_counter() - begin)
    if app.exception:
        raise RuntimeError(app.exception[0].message)
    return took


if __name__ == "__main__":
    main()
