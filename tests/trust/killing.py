"""Commands in processes that are killed: at a moment, or in the midst of a write.

The processes are forked from one that has imported what they need, so that a command starts at
once and every moment falls into its work.
"""

import csv
import json
import multiprocessing
import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from types import ModuleType
from unittest.mock import patch

import numpy as np
import torch
import zarr
from safetensors import safe_open

LIMIT = 240  # seconds until a process hangs
TIMES = {"seconds", "images_per_second", "memory_mib"}
"""What a run measures of the machine, not of the network."""

_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(["train", "analysis.__main__", "tests.trust.killing"])
_THREADS = {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"}


def begin(
    target: Callable[..., object], *arguments: object, log: Path, number: int = 1
) -> list["multiprocessing.process.BaseProcess"]:
    """``target`` in a process of its own, or in several that torchrun seems to have started."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    world = {"WORLD_SIZE": str(number), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    processes = []
    for rank in range(number):
        place = world | {"RANK": str(rank), "LOCAL_RANK": str(rank)} if number > 1 else {}
        own = log.with_suffix(f".{rank}") if rank else log
        processes.append(
            _SERVER.Process(target=_child, args=(target, arguments, str(own), place | _THREADS))
        )
        # Streamlit's tests leave a page as the main module, which a new process would run.
        with patch.dict(sys.modules, {"__main__": ModuleType("__main__")}):
            processes[-1].start()
    return processes


def _child(
    target: Callable[..., object], arguments: Sequence[object], log: str, place: dict[str, str]
) -> None:
    os.environ.update(place)
    multiprocessing.set_start_method("fork", force=True)  # as a command's own processes start
    torch.set_num_threads(1)
    with Path(log).open("ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    sys.stdout, sys.stderr = (
        os.fdopen(number, "w", buffering=1, closefd=False) for number in (1, 2)
    )
    for number in (signal.SIGINT, signal.SIGTERM):  # those of multiprocessing are not a command's
        signal.signal(number, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    target(*arguments)


def train_command(*words: str) -> None:
    """``python train.py WORDS``."""
    import train  # noqa: PLC0415
    from senet_core.cli import run  # noqa: PLC0415

    sys.argv = ["train.py", *words]
    run(train.main)


def analysis_command(*words: str) -> None:
    """``python -m analysis WORDS``."""
    from analysis.__main__ import main  # noqa: PLC0415
    from senet_core.cli import run  # noqa: PLC0415

    sys.argv = ["analysis", *words]
    run(main)


def collect_noise(store: str, seconds: float = 0.0) -> None:
    """Collect six chunks of noise; reading an image takes so many seconds."""
    from analysis import collect  # noqa: PLC0415
    from senet_core.cli import run  # noqa: PLC0415
    from tests.analysis.processes import CLASSES, Images  # noqa: PLC0415
    from tests.analysis.small import network  # noqa: PLC0415

    run(lambda words: collect(network(CLASSES), Images(seconds=seconds), store))


def training_words(images: Path, out: Path) -> list[str]:
    """Six epochs on small images; the state is saved at every step where it can be."""
    return [
        *("imagefolder", "--images", str(images), "--out", str(out), "--resume"),
        *("--model", "se_cifar_resnet20", "--width", "0.5", "--image-size", "16"),
        *("--epochs", "6", "--batch-size", "15", "--lr", "0.05", "--holdout", "0.25"),
        *("--crop", "pad", "--device", "cpu", "--amp", "none", "--workers", "0"),
        *("--save-minutes", "0"),
    ]


def undisturbed(
    start: Callable[[], list["multiprocessing.process.BaseProcess"]], folder: Path
) -> tuple[float, int]:
    """Seconds that a whole run takes, and the names that it writes."""
    first = _SERVER.Process(target=int)  # after it the imports are done
    first.start()
    ended([first])
    began, counted, names = time.monotonic(), writes(folder), 0
    processes = start()
    while any(process.is_alive() for process in processes):
        names = next(counted)
        time.sleep(0.0002)
    assert set(ended(processes)) == {0}
    return time.monotonic() - began, names


def ended(processes: Iterable["multiprocessing.process.BaseProcess"]) -> list[int | None]:
    """The exit statuses, when all have ended."""
    statuses = []
    for process in processes:
        process.join(LIMIT)
        assert process.exitcode is not None, "a process hangs"
        statuses.append(process.exitcode)
    return statuses


def wait_until(
    holds: Callable[[], object],
    processes: Sequence["multiprocessing.process.BaseProcess"],
    log: Path,
) -> None:
    """Look again and again while the processes are at work; ``log`` is what the first one says."""
    end = time.monotonic() + LIMIT
    while not holds():
        assert all(process.is_alive() for process in processes), log.read_text()
        assert time.monotonic() < end, log.read_text()
        time.sleep(0.001)


def kill(processes: Sequence["multiprocessing.process.BaseProcess"], order: Iterable[int]) -> bool:
    """SIGKILL all, in this order; whether one at least was still at work."""
    alive = [process.is_alive() for process in processes]
    for place in order:
        processes[place].kill()
    ended(processes)
    return any(alive)


def writes(folder: Path) -> Iterator[int]:
    """Counts the new names in ``folder`` and below it, as fast as they can be seen."""
    seen: set[str] = set()
    while True:
        for place, folders, files in os.walk(folder):
            seen |= {f"{place}/{name}" for name in (*folders, *files)}
        yield len(seen)


def wait_for_write(folder: Path, count: int, running: Callable[[], bool]) -> None:
    """Until ``count`` more names have appeared in ``folder`` than were there at first."""
    numbers = writes(folder)
    before = next(numbers)
    while running() and next(numbers) < before + count:
        time.sleep(0.0002)


def kill_again_and_again(
    start: Callable[[], list["multiprocessing.process.BaseProcess"]],
    folder: Path,
    *,
    seconds: float,
    names: int,
    kills: int,
    seed: int,
    after_kill: Callable[[], object],
    at_end: Callable[[], object],
) -> None:
    """Start, kill, start again: until so many kills fell into the work, and then to the end.

    Kills fall at a uniform moment of the ``seconds`` that a whole run takes, and in turn at a
    uniform one of the ``names`` that it writes. A run that ends before its moment comes is compared
    and begun anew.

    Args:
        start: gives the command.
        folder: what it writes, deleted before a run is begun anew.
        seconds, names: what an undisturbed run takes and writes.
        kills: how many.
        seed: of the moments, which are printed.
        after_kill: checks what lies there after each kill.
        at_end: checks what lies there after each end.
    """
    chance = np.random.default_rng(seed)
    killed = 0
    while killed < kills:
        moment, write = chance.uniform(0, seconds), int(chance.integers(1, max(2, names)))
        processes = start()
        if killed % 2:
            print(f"kill {killed + 1}: at write {write} of {names}")
            wait_for_write(folder, write, lambda own=processes: all(p.is_alive() for p in own))
        else:
            print(f"kill {killed + 1}: after {moment:.3f} of {seconds:.2f} s")
            time.sleep(moment)
        if kill(processes, chance.permutation(len(processes))):
            killed += 1
            after_kill()
        else:
            assert [process.exitcode for process in processes] == [0] * len(processes)
            at_end()
            shutil.rmtree(folder)
    assert set(ended(start())) == {0}
    at_end()


def whole_run(run: Path) -> None:
    """Every file of a training run that has its final name opens, and is whole."""
    for name in ("best", "last"):
        if (file := run / f"{name}.safetensors").exists():
            with safe_open(file, "pt") as opened:
                json.loads(opened.metadata()["metrics"])
                for key in opened.keys():  # noqa: SIM118
                    opened.get_tensor(key)
    for name in ("last", "previous"):
        if (file := run / f"{name}.ckpt").exists():
            assert "optimizer" in torch.load(file, weights_only=True)
    if (run / "config.json").exists():
        json.loads((run / "config.json").read_text())
    if (run / "metrics.csv").exists():
        rows = list(csv.reader((run / "metrics.csv").open()))
        assert len({len(row) for row in rows}) <= 1
    if (run / "gates.zarr").exists():
        whole_arrays(run / "gates.zarr")


def whole_arrays(store: Path) -> None:
    """Every array of a Zarr group opens, and each of its chunks that is there can be read."""
    group = zarr.open_group(store, mode="r", use_consolidated=False)
    json.loads((store / "zarr.json").read_text())
    for _, array in group.arrays():
        assert array[...].shape == array.shape


def state_of_run(run: Path) -> dict[str, object]:
    """All that a training run left, apart from times: comparable, to the bit."""
    found: dict[str, object] = {}
    for name in ("best", "last"):
        with safe_open(run / f"{name}.safetensors", "pt") as opened:
            metadata = dict(sorted(opened.metadata().items()))  # the file has them in any order
            metrics = json.loads(metadata.pop("metrics"))
            found[f"{name} says"] = metadata | _timeless(metrics)
            for key in opened.keys():  # noqa: SIM118
                found[f"{name} {key}"] = opened.get_tensor(key).numpy().tobytes()
    found["state"] = _plain(torch.load(run / "last.ckpt", weights_only=True))
    settings = json.loads((run / "config.json").read_text())
    found["settings"] = {k: v for k, v in settings.items() if k not in ("out", "resume")}
    with (run / "metrics.csv").open() as file:
        found["metrics"] = [_timeless(row) for row in csv.DictReader(file)]
    for file in sorted((run / "gates.zarr").rglob("*")):
        if file.is_file() and file.suffix != ".partial":
            found[str(file.relative_to(run))] = file.read_bytes()
    return found


def _timeless(row: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in row.items() if key not in TIMES}


def _plain(value: object) -> object:
    """Tensors as bytes, so that ``==`` compares bits; times left out."""
    if isinstance(value, torch.Tensor):
        return str(value.dtype), tuple(value.shape), value.numpy().tobytes()
    if isinstance(value, dict):
        return {key: _plain(own) for key, own in value.items() if key not in TIMES}
    if isinstance(value, list | tuple):
        return [_plain(own) for own in value]
    return value


def assert_same(one: dict[str, object], other: dict[str, object]) -> None:
    """Equal, or the names of what differs: the values are long."""
    differs = [name for name in {**one, **other} if one.get(name) != other.get(name)]
    short = [
        f"{name}: {str(one.get(name))[:2000]} is not {str(other.get(name))[:2000]}"
        for name in differs
        if not isinstance(one.get(name), bytes)
    ]
    assert not differs, "\n".join([str(differs), *short])
