from itertools import chain

import numpy as np
import pytest
import torch

from senet_core import InputError
from senet_core.data import ArrayImages
from senet_core.distributed import World
from senet_core.training.loading import Augmented, Order, drawing_from, evaluation_loader


def order(images=20, batch_size=8, *, seed=0, accumulate=1, rank=0, size=1) -> Order:
    return Order(images, batch_size, seed=seed, accumulate=accumulate, world=World(rank, size))


def places(own: Order, epoch: int = 0, step: int = 0) -> list[list[int]]:
    own.begin(epoch, step)
    return [[place for _, place in part] for part in own]


def test_an_epoch_sees_every_image_once_in_another_order_each_time():
    own = order()
    first, second = places(own, 0), places(own, 1)
    assert [len(part) for part in first] == [8, 8, 4]
    assert sorted(chain(*first)) == sorted(chain(*second)) == list(range(20))
    assert first != second
    assert places(own, 0) == first
    assert places(order(seed=1), 0) != first


def test_an_epoch_goes_on_in_its_middle():
    assert places(order(), 3, step=1) == places(order(), 3)[1:]


def test_processes_share_the_parts_that_one_process_takes_in_turn():
    alone = places(order(accumulate=4))
    ranks = [places(order(accumulate=2, rank=rank, size=2)) for rank in range(2)]
    for step in range(len(alone) // 4):
        parts = [part for rank in ranks for part in rank[2 * step : 2 * step + 2]]
        assert parts == alone[4 * step : 4 * step + 4]
    assert [order(accumulate=2, rank=rank, size=2).own for rank in range(2)] == [
        range(2),
        range(2, 4),
    ]


def test_balanced_classes_come_equally_often():
    labels = np.repeat([0, 1, 2], [7, 3, 2])
    own = Order(12, 6, seed=0, accumulate=1, world=World(), labels=labels)
    assert own.steps == 4  # 3 x 7 = 21 places, and 3 are enough for a last step
    seen = list(chain(*places(own)))
    assert len(set(seen)) == 21  # another augmentation each time
    times = np.bincount(np.asarray(seen) % 12, minlength=12)
    assert times[:7].tolist() == [1] * 7
    assert sorted(times[7:10]) == [2, 2, 3]
    assert sorted(times[10:]) == [3, 4]
    assert own.places(0, 1) == [place % 12 for place in places(own)[1]]


def test_a_place_beyond_the_images_is_another_draw_of_one():
    images = Augmented(noise(), seed=0)
    again = images[0, 8]
    assert again[1] == images[0, 2][1]
    assert not torch.equal(again[0], images[0, 2][0])


def test_a_last_step_too_small_for_batch_statistics_is_left_out():
    assert order(17, 8).steps == 2
    assert order(18, 8).steps == 3
    assert order(18, 8, accumulate=2).steps == 2
    assert order(17, 8).images(2) == 16
    assert [order(18, 8).size(step) for step in range(3)] == [8, 8, 2]


def test_steps_too_small_for_their_parts_are_refused():
    with pytest.raises(InputError, match="a step of 4 images is too small for 1 processes with"):
        order(batch_size=4, accumulate=3)


def noise() -> ArrayImages:
    rng = np.random.default_rng(0)
    pixels = torch.from_numpy(rng.integers(0, 256, (6, 1, 8, 8), dtype=np.uint8))
    images = ArrayImages(pixels, np.arange(6) % 2, ["a", "b"], name="n", split="", root=None)
    return images.prepared(lambda image: image.float() + torch.rand(()))


def test_augmentation_depends_on_seed_epoch_and_place_alone():
    one, other = Augmented(noise(), seed=0), Augmented(noise(), seed=1)
    torch.manual_seed(5)
    before = torch.get_rng_state()
    x, y = one[2, 3]
    assert torch.equal(torch.get_rng_state(), before)
    torch.rand(10)
    assert torch.equal(one[2, 3][0], x)
    assert not torch.equal(one[3, 3][0], x)
    assert not torch.equal(other[2, 3][0], x)
    assert y == 1


def test_drawing_puts_the_generator_back_also_after_a_fault():
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    with pytest.raises(ValueError, match="no"), drawing_from(7):
        torch.rand(3)
        raise ValueError("no")
    assert torch.equal(torch.rand(3), expected)


def test_processes_evaluate_each_image_once():
    labels = [
        torch.cat(
            [x for x, _ in evaluation_loader(noise(), 2, World(rank, 4), workers=0, pin=False)]
        )
        for rank in range(4)
    ]
    assert [len(own) for own in labels] == [2, 2, 1, 1]
