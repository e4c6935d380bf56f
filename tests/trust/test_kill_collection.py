"""A collection that is killed at any moment goes on to the store of an undisturbed one."""

import json
import shutil
from itertools import count

import numpy as np
import pytest

from analysis import open_store
from analysis.layout import PARTS
from senet_core import InputError
from tests.analysis.small import files_of
from tests.trust.killing import (
    begin,
    collect_noise,
    kill_again_and_again,
    undisturbed,
    whole_arrays,
)

pytestmark = pytest.mark.timeout(900)


def slow(*values):
    return pytest.param(*values, marks=pytest.mark.slow)


def nothing_half_written(store, expected):
    """What has its final name is whole, and a chunk that is said to be done is that of the end."""
    if not store.exists():
        return
    whole_arrays(store)
    for file in (store / PARTS).glob("*.npz"):
        with np.load(file, allow_pickle=False) as part:
            json.loads(str(part["skipped"]))
            assert part["valid"].all()
        for name in expected:
            if name.endswith(f"c/{int(file.stem)}/0") and name.startswith(("gate.", "logits")):
                assert (store / name).read_bytes() == expected[name], name
    try:
        open_store(store)
    except InputError as fault:
        assert "half-written" in str(fault)
    else:
        found = {n: own for n, own in files_of(store).items() if not litter(n)}
        assert found == expected


def litter(name):
    return name.endswith(".partial") or name.startswith(PARTS) or ".zarr.json." in name


@pytest.mark.parametrize(
    ("numbers", "kills"),
    [((1,), 2), ((2,), 2), slow((1,), 20), slow((2,), 20), slow((1, 2, 3), 20)],
)
def test_killed_anywhere_it_ends_with_the_store_of_an_undisturbed_run(tmp_path, numbers, kills):
    turns = count()

    def start():
        number = numbers[next(turns) % len(numbers)]
        store, log = str(tmp_path / "s.zarr"), tmp_path / "logs" / "log"
        return begin(collect_noise, store, 0.0005, log=log, number=number)

    def at_end():
        assert files_of(store) == expected
        assert sorted(file.name for file in tmp_path.iterdir()) == ["logs", "s.zarr"]

    (tmp_path / "logs").mkdir()
    store = tmp_path / "s.zarr"
    seconds, names = undisturbed(start, tmp_path)
    expected = files_of(store)
    shutil.rmtree(store)
    kill_again_and_again(
        start,
        store,
        seconds=seconds,
        names=names,
        kills=kills,
        seed=len(numbers),
        after_kill=lambda: nothing_half_written(store, expected),
        at_end=at_end,
    )
