"""Collections in processes of their own, for tests that watch or kill them."""

import argparse
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import torch

from analysis.collect import collect
from analysis.writer import StoreWriter
from senet_core.cli import run
from senet_core.data import UnreadableImage
from tests.analysis.small import network

ROOT = Path(__file__).resolve().parents[2]
CLASSES = 5
LIMIT = 240  # seconds until a process hangs


class Images:
    """Six chunks of noise; reading takes its time, and some images are at fault."""

    def __init__(self, *, seconds=0.0, broken=(), endless=(), number=1400):
        self.images = torch.randn(number, 3, 8, 8, generator=torch.Generator().manual_seed(1))
        self.labels = torch.arange(number) * CLASSES // number  # in the store's order already
        self.images[list(endless)] = torch.inf
        self.seconds, self.broken = seconds, broken

    def __len__(self):
        return len(self.images)

    def __getitem__(self, index):
        time.sleep(self.seconds)
        if index in self.broken:
            raise UnreadableImage(f"{index}.png", "damaged")
        return self.images[index], int(self.labels[index])


def start(store, *, number=1, **options):
    """Processes that collect into ``store`` together, as torchrun would start them."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = [f"--{name}={value}" for name, value in options.items()]
    world = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": str(number)}
    return [
        subprocess.Popen(
            [sys.executable, "-m", "tests.analysis.processes", str(store), *words],
            cwd=ROOT,
            env=os.environ | world | {"RANK": str(rank), "LOCAL_RANK": str(rank)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in range(number)
    ]


def torchrun(module, *words):
    """Two processes of ``python -m module``."""
    return subprocess.Popen(
        [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2", "-m", module, *words],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def ends(processes):
    """Exit status and standard error of each."""
    said = [process.communicate(timeout=LIMIT)[1] for process in processes]
    return [(process.returncode, own) for process, own in zip(processes, said, strict=True)]


def begun(processes):
    """The same processes, when all of them begin to collect."""
    for process in processes:
        assert process.stdout.readline() == "begins\n", process.communicate(timeout=LIMIT)
    return processes


def main(words):
    """One of the processes; it says when it begins to collect."""
    parser = argparse.ArgumentParser()
    parser.add_argument("store", type=Path)
    parser.add_argument("--seconds", type=float, default=0)
    parser.add_argument("--broken", type=int, nargs="*", default=())
    parser.add_argument("--endless", type=int, nargs="*", default=())
    parser.add_argument("--late", type=float, default=0, help="seconds that others take to write")
    options = vars(parser.parse_args(words))
    store, late, data = options.pop("store"), options.pop("late"), Images(**options)
    if os.environ["RANK"] != "0":
        write = StoreWriter.write
        StoreWriter.write = lambda *chunk: (time.sleep(late), write(*chunk))
    sys.stdout.write("begins\n")
    sys.stdout.flush()
    collect(network(CLASSES), data, store)


if __name__ == "__main__":
    # Under the name that it has for the tests, which the store records.
    from tests.analysis import processes

    run(processes.main)
