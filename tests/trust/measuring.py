"""Readers in a process of their own, which is asked how much memory and time a file takes."""

import json
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import pytest

from analysis.networks import Pixels, open_model
from analysis.store import open_store
from senet_core import load_checkpoint
from senet_core.convert import create_matching
from senet_core.convert.files import read_tensors
from senet_core.data.images import read_image
from senet_core.errors import InputError

ROOT = Path(__file__).resolve().parents[2]
GIGABYTE = 1024**3
SECONDS = 60
"""A file that takes longer hangs its reader."""
RANDOM = Pixels(3, (0.5,) * 3, (0.5,) * 3, ())

READERS: dict[str, Callable[[Path], object]] = {
    "tensors": read_tensors,
    "checkpoint": load_checkpoint,
    "matching": lambda file: create_matching("se_cifar_resnet20", file),
    "bn_inception": lambda file: create_matching("bn_inception", file),
    "torchvision": lambda file: open_model("torchvision:resnet18", file, seed=0, pixels=RANDOM),
    "image": read_image,
    "store": open_store,
}


@dataclass(frozen=True)
class Reading:
    """What a reader made of a file.

    Attributes:
        file: its name.
        said: the sentence of its refusal, or empty.
        fault: the kind of any other exception.
        seconds: that it took.
        megabytes: by which the memory in use grew at its highest.
    """

    file: str
    said: str
    fault: str
    seconds: float
    megabytes: float


def measured(reader: str, first: Path, *files: Path) -> list[Reading]:
    """What the reader makes of each file; ``first`` is a sound one, which warms it up."""
    process = _process()
    process.stdin.write(json.dumps([reader, *map(str, (first, *files))]) + "\n")
    process.stdin.flush()
    warm, *found = [Reading(**json.loads(_answer(process))) for _ in (first, *files)]
    assert not warm.said + warm.fault, warm
    return found


@cache
def _process() -> subprocess.Popen:
    """One for all tests, since it takes seconds to start; it ends with them."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.trust.measuring"],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _answer(process: subprocess.Popen) -> str:
    """Its next line; a file that kills it, or at which it hangs, fails the test."""
    hung = threading.Timer(SECONDS, process.kill)
    hung.start()
    line = process.stdout.readline()
    hung.cancel()
    if not line:
        _process.cache_clear()
        pytest.fail(f"the reader died of a file, or took more than {SECONDS} s")
    return line


def read(reader: str, file: Path) -> Reading:
    said = fault = ""
    Path("/proc/self/clear_refs").write_text("5")  # the highest use so far counts no more
    before, begun = _memory("VmRSS"), time.monotonic()
    try:
        READERS[reader](file)
    except InputError as refusal:
        said = str(refusal)
    except Exception as error:
        fault = f"{type(error).__name__}: {error}"
    seconds = time.monotonic() - begun
    return Reading(file.name, said, fault, seconds, _memory("VmHWM") - before)


def _memory(what: str) -> float:
    """Megabytes, as the system counts them."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith(f"{what}:"))


def main() -> None:
    """A line of the input is a reader and its files; the answer is a line for each of these."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what a reader prints is no answer
    used = int(_memory("VmSize") * 1024**2)
    resource.setrlimit(resource.RLIMIT_AS, (used + 6 * GIGABYTE,) * 2)
    for line in sys.stdin:
        reader, *files = json.loads(line)
        for file in files:
            answers.write(json.dumps(asdict(read(reader, Path(file)))) + "\n")


if __name__ == "__main__":
    main()
