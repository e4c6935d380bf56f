"""How long the server takes to answer a choice: each page, on a store the size of the demo's.

    python tests/benchmarks/bench_dashboard_latency.py

A store of 10,000 images with 9 gates of 16 to 64 channels, and its baseline. Each choice is made
20 times in `streamlit.testing`, which runs the page as the server does, and the run is timed from
the choice to the last element. What the browser needs to draw is not in it.
"""

import itertools
import logging
import runpy
import statistics
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "dashboard" / "app.py"
GATES = tuple((f"layer{s}.{b}.se", 16 * 2 ** (s - 1)) for s in (1, 2, 3) for b in (0, 1, 2))
CONTROLS = ("selectbox", "multiselect", "button_group", "pagination")
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
    synthetic = runpy.run_path(str(ROOT / "tests" / "synthetic.py"))  # not an installed package
    make, write = synthetic["synthetic_store"], synthetic["write_store"]
    write(make(per_class=1000, gates=GATES, seed=1), folder / "se.zarr")
    write(make(per_class=1000, gates=(), seed=2), folder / "plain.zarr")


Row = tuple[str, str, list[float]]


def time_excitations() -> list[Row]:
    """Gates, seen before and not, classes, channels, and the order."""
    app = opened("excitations")
    gates = app.selectbox(key="gate").options
    steps = {
        f"gate, first time ({len(gates)} of them)": ("gate", gates),
        "gate, seen before": ("gate", cycled(gates)),
        "channel, first time": ("channel", [str(channel) for channel in range(TIMES)]),
        "classes": ("classes", cycled((["Bag"], ["Bag", "Coat", "Dress", "Shirt"], ["Coat"]))),
        "order": ("order", cycled(("mean", "index"))),
    }
    rows = []
    for choice, (key, values) in steps.items():
        if key == "channel":
            chosen(app, "gate", gates[-1])
        rows.append(("Excitations", choice, [chosen(app, key, value) for value in values]))
    return rows


def time_predictions() -> list[Row]:
    """Groups and pages of the gallery."""
    app = opened("predictions")
    groups = cycled(("only_b", "same_error", "different_errors", "only_a"))
    rows = [("Predictions", "group", [chosen(app, "group", group) for group in groups])]
    pages = [chosen(app, "page", page) for page in cycled(range(1, 8))]
    return [*rows, ("Predictions", "page of the gallery", pages)]


def cycled(values: Iterable[object]) -> list[object]:
    """The values over and over, as often as is timed."""
    return list(itertools.islice(itertools.cycle(values), TIMES))


def opened(page: str) -> AppTest:
    """The app on one page, run once."""
    app = AppTest.from_file(str(APP), default_timeout=120)
    return app.switch_page(f"views/{page}.py").run()


def chosen(app: AppTest, key: str, value: object) -> float:
    """Milliseconds from a choice to the end of the run that answers it."""
    widgets = itertools.chain(*(app.get(kind) for kind in CONTROLS))
    next(widget for widget in widgets if widget.key == key).set_value(value)
    begin = time.perf_counter()
    app.run()
    took = 1000 * (time.perf_counter() - begin)
    if app.exception:
        raise RuntimeError(app.exception[0].message)
    return took


if __name__ == "__main__":
    main()
