"""Several processes that work on one task, as torchrun starts them; one process is the usual case.

torchrun --nproc-per-node=4 train.py imagenet
"""

import ctypes
import os
import re
import signal
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import torch
import torch.distributed as dist

from senet_core.device import choose_device
from senet_core.errors import InputError, SharedFault

T = TypeVar("T")
_PATIENCE = timedelta(days=1)  # while one process reads or writes alone; a dead one is seen at once
_CLOSED = re.compile(r"connection (?:was )?(?:closed|reset)|broken pipe", re.IGNORECASE)
_DEATH_OF_PARENT = 1  # PR_SET_PDEATHSIG of Linux


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

    def agree(self, tensors: Iterable[torch.Tensor]) -> None:
        """Set tensors, in place, to what they are in the first process; every one must call it."""
        for tensor in tensors if self.size > 1 else ():
            dist.broadcast(tensor, 0)

    def any(self, flag: bool, device: torch.device) -> bool:
        """Whether the flag is set in some process."""
        if self.size == 1:
            return flag
        flags = torch.tensor(int(flag), device=device)
        dist.all_reduce(flags, dist.ReduceOp.MAX)
        return bool(flags)

    def meet(self, value: T) -> list[T]:
        """What each process brings, in the order of their numbers; they wait for one another.

        Raises:
            SharedFault: where one of them is at fault (see `united`) or has ended.
        """
        return self._gather("", value)

    @contextmanager
    def united(self) -> Iterator[None]:
        """A fault of the input in one process ends the ``with`` in all, each at its next `meet`.

        The first process tells it, whoever found it. Within, processes talk by `meet` alone.

        Raises:
            SharedFault: the fault, in all of them; InputError where there is one process.
        """
        try:
            yield
        except SharedFault:
            raise
        except InputError as fault:
            if self.size == 1:
                raise
            self._gather(str(fault), None)
        else:
            self.meet(None)

    @contextmanager
    def bound_to_all(self, again: str) -> Iterator[None]:
        """Where another process has ended, and its connection with it, this one ends in a sentence.

        Args:
            again: what goes on then.

        Raises:
            SharedFault: instead of torch's RuntimeError.
        """
        try:
            yield
        except RuntimeError as error:
            if self.size == 1 or not _CLOSED.search(str(error)):
                raise
            raise SharedFault(_ended(again), tell=self.first) from error

    def in_turn(self, do: Callable[[], T]) -> T:
        """The result of ``do``; the first process goes ahead, and the others find its files."""
        if self.first:
            result = do()
        self.meet(None)
        return result if self.first else do()

    def _gather(self, fault: str, value: T) -> list[T]:
        if self.size == 1:
            return [value]
        box: list[Any] = [None] * self.size
        try:
            dist.all_gather_object(box, (fault, value))
        except RuntimeError as error:  # a connection that closed
            again = _ended("the same command goes on where it stopped")
            raise SharedFault(again, tell=self.first) from error
        for rank, (found, _) in enumerate(box):
            if found:
                raise SharedFault(f"{found} (process {rank})" if rank else found, tell=self.first)
        return [own for _, own in box]


def _ended(again: str) -> str:
    return f"another process of this run has ended; {again}"


def speaks() -> bool:
    """Whether this process is the one of torchrun's that talks to people."""
    return os.environ.get("RANK", "0") == "0"


@contextmanager
def join_world(device: str, *, backend: str = "") -> Iterator[tuple[World, torch.device]]:
    """Meet the processes that torchrun started, and choose this one's device.

    They end when torchrun does. Where they have met already, that meeting goes on.

    Args:
        device: ``cpu``, ``cuda`` (each process of a machine takes a GPU of its own) or ``auto``.
        backend: ``nccl`` or ``gloo``, the one that suits the device where it is empty.

    Raises:
        InputError: for a device that is not there, or with more processes than GPUs.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield World(), choose_device(device)
        return
    chosen = _own_device(device)
    if dist.is_initialized():
        yield World(dist.get_rank(), dist.get_world_size()), chosen
        return
    _end_with_parent()
    suits = "nccl" if chosen.type == "cuda" else "gloo"
    dist.init_process_group(backend or suits, timeout=_PATIENCE if backend == "gloo" else None)
    try:
        yield World(dist.get_rank(), dist.get_world_size()), chosen
    finally:
        dist.destroy_process_group()


def _own_device(device: str) -> torch.device:
    """This process's device; of those on a machine that are at fault alike, one tells it."""
    local = int(os.environ["LOCAL_RANK"])
    try:
        chosen = choose_device(device)
    except InputError as fault:
        raise SharedFault(str(fault), tell=local == 0) from fault
    if chosen.type != "cuda":
        return chosen
    if local >= torch.cuda.device_count():
        raise SharedFault(
            f"there are {torch.cuda.device_count()} GPUs for more processes; "
            "lower --nproc-per-node, or add --device cpu",
            tell=local == torch.cuda.device_count(),
        )
    torch.cuda.set_device(local)
    return torch.device("cuda", local)


def _end_with_parent() -> None:
    """Ask Linux for SIGTERM when torchrun dies, so that no orphan writes on beside the next run."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DEATH_OF_PARENT, signal.SIGTERM)
