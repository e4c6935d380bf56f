"""Two processes that share each step, through gloo, against one that takes the same parts."""

import csv
import dataclasses
import os
import socket

import pytest
import torch
import torch.multiprocessing as mp
from safetensors.torch import load_file

from senet_core.training import TrainConfig, fit


def rank(number: int, port: int, config: TrainConfig) -> None:
    """One of two processes, as torchrun would start it."""
    torch.set_num_threads(1)
    os.environ |= {
        "RANK": str(number),
        "LOCAL_RANK": str(number),
        "WORLD_SIZE": "2",
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
    }
    fit(config)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def rows(config: TrainConfig) -> list[dict[str, float]]:
    with (config.out / "metrics.csv").open() as file:
        return [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]


def test_two_processes_follow_the_curve_of_one(config, tmp_path):
    # 45 images in steps of 16, the last of 13: both runs cut each into the same two parts.
    one = dataclasses.replace(config, batch_size=16, accumulate=2, out=tmp_path / "one")
    two = dataclasses.replace(config, batch_size=16, out=tmp_path / "two")
    fit(one)
    mp.spawn(rank, (free_port(), two), nprocs=2)
    for a, b in zip(rows(one), rows(two), strict=True):
        assert b["train_loss"] == pytest.approx(a["train_loss"], rel=1e-3)
        assert b["train_accuracy"] == pytest.approx(a["train_accuracy"], abs=0.03)
        assert b["lr"] == a["lr"]
    a, b = (load_file(run.out / "last.safetensors") for run in (one, two))
    torch.testing.assert_close(a["fc.weight"], b["fc.weight"], rtol=1e-2, atol=1e-3)
