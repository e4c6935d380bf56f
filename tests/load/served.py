"""A server of the dashboard in a process of its own, and what that process costs."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.synthetic import synthetic_store, write_store

ROOT = Path(__file__).resolve().parents[2]
ENVIRONMENT = os.environ | {"PYTHONPATH": str(ROOT)}
"""Ours, with the packages found from any folder."""
GATES = tuple((f"layer{s}.{b}.se", 16 * 2 ** (s - 1)) for s in (1, 2, 3) for b in (0, 1, 2))
"""Those of a network as large as the demo's."""
PATIENCE = 120.0
"""Seconds for the server to start."""


@dataclass(frozen=True)
class Served:
    """A dashboard that runs.

    Attributes:
        address: without a page: ``http://127.0.0.1:PORT``.
        log: the file that holds all that it says.
        process: its number.
    """

    address: str
    log: Path
    process: int

    def memory(self) -> float:
        """MB that lie in memory (Linux: ``VmRSS``); nan where the system does not say."""
        try:
            lines = Path(f"/proc/{self.process}/status").read_text().splitlines()
        except OSError:
            return float("nan")
        words = next(line for line in lines if line.startswith("VmRSS:")).split()
        return int(words[1]) * 1024 / 1e6

    def seconds(self) -> float:
        """Seconds of all cores that it has computed so far; nan where the system does not say."""
        try:
            words = Path(f"/proc/{self.process}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return float("nan")
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    def faults(self) -> list[str]:
        """What the tracebacks in its log end with."""
        said = self.log.read_text(errors="replace").split("Traceback (most recent call last):")
        return [next(filter(_not_indented, part.splitlines()), "traceback") for part in said[1:]]


def make_stores(folder: Path, per_class: int = 1000) -> Path:
    """An SE store and its baseline of the same images, 10 classes of them; the folder."""
    write_store(synthetic_store(per_class=per_class, gates=GATES, seed=1), folder / "se.zarr")
    write_store(synthetic_store(per_class=per_class, gates=(), seed=2), folder / "plain.zarr")
    return folder


@contextmanager
def serve(
    runs: Path,
    log: Path,
    options: Sequence[str] = (),
    *,
    app: Path = ROOT / "dashboard" / "app.py",
    read_only: bool = True,
    folder: Path = ROOT,
) -> Iterator[Served]:
    """The dashboard over the stores in ``runs``, with more ``options`` of ``streamlit run``.

    ``folder`` is where it is started; a relative ``runs`` begins there.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", str(app), "--server.port", str(port)]
    command += [*options, "--", "--runs", str(runs), *(["--read-only"] if read_only else [])]
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=ENVIRONMENT,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(f"{address}/_stcore/health", process, log)
        yield Served(address, log, process.pid)
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_for(url: str, process: subprocess.Popen, log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError(f"the dashboard did not start:\n{log.read_text(errors='replace')}")


def _not_indented(line: str) -> bool:
    return bool(line.strip()) and not line[0].isspace()
