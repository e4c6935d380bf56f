"""Batches come in order, by any number of processes, and damaged images do not stop them."""

import pytest
import torch

from analysis.loading import read_batches, worker_count
from senet_core import InputError
from senet_core.data import UnreadableImage


class Numbers:
    """Image i is filled with i; some cannot be read."""

    def __init__(self):
        self.broken = {3: UnreadableImage("3.png", "damaged"), 5: OSError("gone")}

    def __len__(self):
        return 40

    def __getitem__(self, index):
        if index in self.broken:
            raise self.broken[index]
        return torch.full((1, 2, 2), float(index)), 0


@pytest.mark.parametrize("workers", [0, 2])
def test_batches_come_in_order_without_the_damaged_images(workers):
    wanted = [[9, 8, 7], [3, 4, 5, 6], [3], [0]]
    batches = list(read_batches(Numbers(), wanted, workers=workers, pinned=False))
    assert [batch.size for batch in batches] == [3, 4, 1, 1]
    assert batches[0].images[:, 0, 0, 0].tolist() == [9, 8, 7]
    assert batches[1].images[:, 0, 0, 0].tolist() == [4, 6]
    assert batches[1].faults == {0: "damaged", 2: "gone"}
    assert batches[2].images is None
    assert batches[3].faults == {}


def test_reading_draws_nothing_from_the_global_generator():
    torch.manual_seed(7)
    list(read_batches(Numbers(), [[0, 1]], workers=0, pinned=False))
    drawn = torch.rand(1)
    torch.manual_seed(7)
    assert torch.equal(drawn, torch.rand(1))


@pytest.mark.parametrize("workers", [0, 1])
def test_images_of_different_shapes_make_no_batch(workers):
    images = [(torch.zeros(3, n, 4), 0) for n in (4, 5)]
    with pytest.raises(InputError, match=r"differ in shape.* a transform that resizes"):
        list(read_batches(images, [[0, 1]], workers=workers, pinned=False))


def test_images_in_memory_need_no_workers(monkeypatch):
    monkeypatch.setattr("os.sched_getaffinity", lambda process: range(8), raising=False)
    cpu, gpu = torch.device("cpu"), torch.device("cuda")
    assert worker_count(in_memory=True, device=gpu) == 0
    assert worker_count(in_memory=False, device=cpu) == 4
    assert worker_count(in_memory=False, device=gpu) == 8
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "4")
    assert worker_count(in_memory=False, device=gpu) == 2
    assert worker_count(in_memory=False, device=cpu) == 1
    monkeypatch.setattr("os.sched_getaffinity", lambda process: range(1), raising=False)
    assert worker_count(in_memory=False, device=cpu) == 1
