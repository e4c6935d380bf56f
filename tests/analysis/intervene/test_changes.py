"""Changes of gates, on gates that fit on a line."""

import pytest
import torch

from analysis.intervene import (
    in_turn,
    on_channels,
    scale_by,
    set_to,
    shuffle_channels,
    shuffle_images,
)
from senet_core import InputError

GATES = torch.tensor([[0.1, 0.2, 0.3, 0.4], [0.5, 0.6, 0.7, 0.8], [0.9, 0.0, 1.0, 0.5]])


def distinct(images, channels):
    return torch.arange(images * channels, dtype=torch.float32).reshape(images, channels)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (1.0, torch.ones(3, 4)),
        ([1, 2, 3, 4], torch.tensor([[1.0, 2, 3, 4]] * 3)),
        (GATES.flip(0), GATES.flip(0)),
        (GATES.double().numpy(), GATES),
    ],
)
def test_gates_are_set_to_one_number_one_a_channel_or_one_an_image_and_channel(values, expected):
    changed = set_to(values)(GATES)
    assert changed.dtype == torch.float32
    assert torch.equal(changed, expected)


def test_gates_that_are_set_share_no_memory():
    values = torch.tensor([1.0, 2, 3, 4])
    set_to(values)(GATES).zero_()
    assert values.tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize("values", [[1.0, 2, 3], torch.zeros(2, 4), torch.zeros(3, 4, 1)])
def test_values_of_a_wrong_shape_are_named(values):
    with pytest.raises(InputError, match=r"gates of shape \(3, 4\) cannot be set to values of"):
        set_to(values)(GATES)


def test_values_that_are_not_finite_are_refused():
    with pytest.raises(InputError, match="not finite"):
        set_to([0.5, float("nan")])


def test_scaling_multiplies():
    assert torch.equal(scale_by(0.5)(GATES), GATES / 2)


def test_shuffled_images_are_a_permutation_of_whole_images_without_a_fixed_one():
    gates = distinct(7, 3)
    changed = shuffle_images(3)(gates)
    origin = [gates.tolist().index(row) for row in changed.tolist()]
    assert sorted(origin) == list(range(7))
    assert all(place != own for own, place in enumerate(origin))


def test_shuffled_channels_are_one_permutation_for_all_images_without_a_fixed_one():
    gates = distinct(3, 7)
    changed = shuffle_channels(3)(gates)
    origin = changed[0].long().tolist()
    assert sorted(origin) == list(range(7))
    assert all(place != own for own, place in enumerate(origin))
    assert torch.equal(changed, gates[:, origin])


def test_a_shuffle_depends_on_the_seed_and_the_number_alone():
    a, b = distinct(9, 5), distinct(9, 4) + 100
    order = shuffle_images(1)(a)[:, 0] / 5
    assert torch.equal(shuffle_images(1)(b)[:, 0], 100 + 4 * order)  # another block, same images
    assert torch.equal(shuffle_images(1)(a), shuffle_images(1)(a))
    assert not torch.equal(shuffle_images(1)(a), shuffle_images(2)(a))
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    shuffle_channels(1)(a)
    assert torch.equal(torch.random.get_rng_state(), before)


def test_two_images_swap_and_one_stays():
    assert torch.equal(shuffle_images(0)(GATES[:2]), GATES[[1, 0]])
    assert torch.equal(shuffle_images(0)(GATES[:1]), GATES[:1])


def test_chosen_channels_alone_change():
    changed = on_channels([3, 1], set_to(7.0))(GATES)
    assert changed[:, [1, 3]].unique().tolist() == [7]
    assert torch.equal(changed[:, [0, 2]], GATES[:, [0, 2]])
    assert torch.equal(on_channels([], set_to(7.0))(GATES), GATES)
    assert GATES[0, 1] == torch.tensor(0.2)  # the block's own are left as they were


@pytest.mark.parametrize("channels", [[4], [0, -1]])
def test_channels_that_are_not_there_are_named(channels):
    with pytest.raises(InputError, match="choose from 0 to 3"):
        on_channels(channels, set_to(0.0))(GATES)


def test_changes_are_made_in_turn():
    both = in_turn(set_to(0.5), on_channels([0], scale_by(4.0)))
    assert both(GATES)[1].tolist() == [2, 0.5, 0.5, 0.5]
    assert torch.equal(in_turn()(GATES), GATES)
