"""Several processes that work on one task, as torchrun starts them; one process is the usual case.

torchrun --nproc-per-node=4 train.py imagenet
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import torch
import torch.distributed as dist

from senet_core.device import choose_device
from senet_core.errors import InputError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class World:
    """The processes of a run, and which of them this one is.

    Attributes:
        rank: this process's number, from 0.
        size: how many there are.
    """

    rank: int = 0
    size: int = 1

    @property
    def first(self) -> bool:
        """Whether this process is the one that writes and prints."""
        return self.rank == 0

    @contextmanager
    def first_goes_ahead(self) -> Iterator[None]:
        """The first process does the block before the others, which then find its files."""
        if not self.first:
            self.wait()
        yield
        if self.first:
            self.wait()

    def wait(self) -> None:
        """Until every process has come here."""
        if self.size > 1:
            dist.barrier()

    def share(self, value: T) -> T:
        """The first process's value, in all of them."""
        if self.size == 1:
            return value
        box = [value]
        dist.broadcast_object_list(box)
        return box[0]

    def any(self, flag: bool, device: torch.device) -> bool:
        """Whether the flag is set in some process."""
        if self.size == 1:
            return flag
        flags = torch.tensor(int(flag), device=device)
        dist.all_reduce(flags, dist.ReduceOp.MAX)
        return bool(flags)


def speaks() -> bool:
    """Whether this process is the one of torchrun's that talks to people."""
    return os.environ.get("RANK", "0") == "0"


@contextmanager
def join_world(device: str) -> Iterator[tuple[World, torch.device]]:
    """Meet the processes that torchrun started, and choose this one's device.

    Args:
        device: ``cpu``, ``cuda`` (each process of a machine takes a GPU of its own) or ``auto``.

    Raises:
        InputError: for a device that is not there, or with more processes than GPUs.
    """
    size = int(os.environ.get("WORLD_SIZE", "1"))
    chosen = choose_device(device)
    if size == 1:
        yield World(), chosen
        return
    if chosen.type == "cuda":
        local = int(os.environ["LOCAL_RANK"])
        if local >= torch.cuda.device_count():
            raise InputError(
                f"there are {torch.cuda.device_count()} GPUs for more processes; "
                "lower --nproc-per-node, or add --device cpu"
            )
        chosen = torch.device("cuda", local)
        torch.cuda.set_device(chosen)
    dist.init_process_group("nccl" if chosen.type == "cuda" else "gloo")
    try:
        yield World(dist.get_rank(), dist.get_world_size()), chosen
    finally:
        dist.destroy_process_group()
