"""UMAP in a process of its own: its compiler holds Python's lock for more than a second at a time.

A server that computes it among its own threads would keep all of its visitors waiting for that.
"""

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from analysis.statistics.embedding import Embedding, embed_images
from analysis.store import open_store
from senet_core.cli import run
from senet_core.errors import InputError

_FAULT = 2  # with which `run` ends on a fault of the input
_NICENESS = 10
_ARRAYS = ("points", "samples", "labels", "explained")


def embed_apart(store: Path, gate: str, *, most: int) -> Embedding:
    """`embed_images` by UMAP of the store at ``store``, with one thread and at low priority.

    Raises:
        InputError: as `embed_images`.
        CalledProcessError: where the process ended otherwise.
    """
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "map.npz"
        words = (sys.executable, "-m", __name__, str(store.resolve()), gate, str(most), str(out))
        single = dict.fromkeys(("NUMBA_NUM_THREADS", "OMP_NUM_THREADS"), "1")
        done = subprocess.run(
            words, env=os.environ | single, check=False, capture_output=True, text=True
        )
        if done.returncode == _FAULT:
            raise InputError(done.stderr.strip().splitlines()[-1])
        done.check_returncode()
        with np.load(out) as found:
            points, samples, labels, explained = (found[name] for name in _ARRAYS)
    shares = (float(explained[0]), float(explained[1]))
    return Embedding(points=points, samples=samples, labels=labels, method="umap", explained=shares)


def _main(words: Sequence[str]) -> None:
    """What the process does."""
    store, gate, most, out = words
    with contextlib.suppress(AttributeError, OSError):  # Windows has no such call
        os.nice(_NICENESS)
    found = embed_images(open_store(store), gate, method="umap", most=int(most))
    np.savez(
        out,
        points=found.points,
        samples=found.samples,
        labels=found.labels,
        explained=np.array(found.explained),
    )


if __name__ == "__main__":
    run(_main)
