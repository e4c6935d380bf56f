"""One seed, one result: whatever the process, and as far as the threads and batches allow."""

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from analysis import collect, open_store
from analysis.source import Source
from analysis.watch import record_epoch
from senet_core import create_model, save_checkpoint
from senet_core.data import open_folder
from senet_core.training import fit
from tests.analysis.small import COLOURS, PREPROCESSING, files_of, network, tensors
from tests.senet_core.conftest import short_training
from tests.trust.killing import LIMIT, assert_same, state_of_run

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory):
    torch.manual_seed(0)
    facts = {"classes": sorted(COLOURS), "mean": [0.5] * 3, "std": [0.25] * 3, "input_size": 16}
    model = create_model("se_cifar_resnet20", 3)
    return save_checkpoint(tmp_path_factory.mktemp("net") / "net.safetensors", model, **facts)


@pytest.fixture
def make(images, checkpoint, tmp_path):
    """Has processes make all of `tests.trust.products`, and gives what each says of it.

    ``make({name: (seed of Python's hashes, threads)})``.
    """

    def make(wanted):
        processes = {}
        for name, (hashes, threads) in wanted.items():
            own = tmp_path / name
            own.mkdir()
            words = ["-m", "tests.trust.products", str(images), str(checkpoint), str(own)]
            processes[name] = subprocess.Popen(
                [sys.executable, *words],
                cwd=ROOT,
                env=os.environ | {"PYTHONHASHSEED": hashes} | threads_of(threads),
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
        said = {name: process.communicate(timeout=LIMIT) for name, process in processes.items()}
        for name, process in processes.items():
            assert process.returncode == 0, said[name][1]
        return [json.loads(out.splitlines()[-1]) for out, _ in said.values()]

    return make


def threads_of(number):
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    return dict.fromkeys(names, number) | {"OMP_WAIT_POLICY": "passive"}


def test_two_processes_make_the_same_of_one_seed(make):
    one, other = make({"one": ("1", "1"), "other": ("2", "1")})
    assert len(one) == 17
    assert {name for name in one if one[name] != other[name]} == set()


@pytest.mark.slow
def test_two_threads_change_a_training_and_the_last_bits_of_a_collection_at_most(make, tmp_path):
    one, two = make({"one": ("1", "1"), "two": ("1", "2")})
    print("differ with two threads:", sorted(name for name in one if one[name] != two[name]))
    a, b = (np.load(tmp_path / name / "arrays.npz") for name in ("one", "two"))
    for name in a:
        print(name, "differs by at most", np.abs(a[name] - b[name]).max())
        np.testing.assert_allclose(a[name], b[name], rtol=0, atol=1e-4)


def test_batches_and_workers_of_a_collection(tmp_path, images):
    """Workers change nothing; another batch size the last bits of what the network computes."""
    found = {}
    for name, batch in (("1", 1), ("7", 7), ("64", 64), ("256", 256), ("64 again", 64)):
        found[name] = collect(network(), tensors(), tmp_path / name, batch_size=batch)
    assert files_of(found["64"]) == files_of(found["64 again"])
    reference = open_store(found["64"])
    for name in ("1", "7", "256"):
        ds = open_store(found[name])
        for variable in reference.variables:
            a, b = reference[variable].values, ds[variable].values
            if a.dtype.kind != "f":
                assert (variable.startswith("hist.") and a.sum() == b.sum()) or (a == b).all()
                continue
            difference = float(np.nanmax(np.abs(a - b)))
            print(f"batches of {name}: {variable} differs by at most {difference:.2g}")
            assert difference < (1e-4 if variable == "logits" else 2e-5), variable


def test_workers_of_a_collection_change_no_bit(tmp_path, images, monkeypatch):
    folder = open_folder(images / "train")
    own = Source(preprocessing=PREPROCESSING, classes=COLOURS)
    for number in (0, 1, 3):
        module = sys.modules["analysis.collect"]  # not the function of that name
        monkeypatch.setattr(module, "worker_count", lambda number=number, **_: number)
        collect(network(3), folder, tmp_path / str(number), source=own)
    one = files_of(tmp_path / "0")
    assert files_of(tmp_path / "1") == one
    assert files_of(tmp_path / "3") == one


def test_a_training_again_and_on_two_threads(images, tmp_path):
    config = short_training(images)
    before = torch.get_num_threads()
    try:
        for name, threads in (("one", 1), ("one again", 1), ("two", 2), ("two again", 2)):
            torch.set_num_threads(threads)
            fit(dataclasses.replace(config, out=tmp_path / name), observe=record_epoch)
    finally:
        torch.set_num_threads(before)
    for name in ("one", "two"):
        assert_same(state_of_run(tmp_path / name), state_of_run(tmp_path / f"{name} again"))
    one, two = (load_file(tmp_path / name / "last.safetensors") for name in ("one", "two"))
    largest = max(float((one[key].double() - two[key].double()).abs().max()) for key in one)
    print(f"on two threads, after three epochs, the weights differ by at most {largest:.2g}")
    first, second = (state_of_run(tmp_path / name)["metrics"] for name in ("one", "two"))
    losses = [[float(row["train_loss"]) for row in rows] for rows in (first, second)]
    print("losses on one and on two threads:", losses)
    assert losses[1][0] == pytest.approx(losses[0][0], rel=1e-3)  # what differs grows with steps
    assert largest < 0.5
