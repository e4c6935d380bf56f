"""Timing of loops that take turns, so that what else the machine does hits them alike."""

import os
import platform
import random
import time
from collections.abc import Callable, Iterable, Mapping

import torch

Loop = Callable[[], object]


def fastest(
    loops: Mapping[str, Loop], rounds: int, *, seldom: frozenset[str] = frozenset()
) -> dict[str, float]:
    """Seconds of each loop's fastest round, the loops in random order within each.

    A first round warms up and does not count. Loops in ``seldom`` have two rounds alone.
    """
    best, order, chance = dict.fromkeys(loops, float("inf")), list(loops), random.Random(0)
    for turn in range(rounds + 1):
        chance.shuffle(order)  # else one loop always runs in the wake of the same other
        for name in order:
            if name in seldom and turn % max(1, rounds // 2):
                continue
            started = time.perf_counter()
            loops[name]()
            if turn:
                best[name] = min(best[name], time.perf_counter() - started)
    return best


def machine() -> str:
    """What computes, in words."""
    cores, threads = os.cpu_count(), torch.get_num_threads()
    return f"{platform.machine()}, {cores} cores, {threads} threads; torch {torch.__version__}"


def print_ratios(
    best: Mapping[str, float], ratios: Iterable[tuple[str, str, float | None]]
) -> bool:
    """A table of (over, under, the most that their ratio may be); whether every one is kept."""
    print("\n| ratio | measured | promised |\n|---|---|---|")
    kept = True
    for over, under, most in ratios:
        ratio = best[over] / best[under]
        kept &= most is None or ratio <= most
        print(f"| {over} / {under} | {ratio:.3f} | {f'at most {most}' if most else ''} |")
    return kept
