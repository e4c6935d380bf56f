import dataclasses
import json

import numpy as np
import pytest
import torch
from PIL import Image
from timm.data import create_transform
from torchvision.transforms import v2

from senet_core import InputError
from senet_core.data import Augmentation, Preprocessing
from senet_core.data.preprocessing import Cutout


def _preprocessing(size: int = 32, in_chans: int = 1) -> Preprocessing:
    return Preprocessing(
        image_size=size, in_chans=in_chans, mean=(0.5,) * in_chans, std=(0.25,) * in_chans
    )


def test_an_image_near_the_size_is_padded_not_resampled():
    image = torch.full((1, 28, 28), 255, dtype=torch.uint8)
    x = _preprocessing().evaluation()(image)
    assert tuple(x.shape) == (1, 32, 32)
    assert torch.equal(x[:, 2:30, 2:30], torch.full((1, 28, 28), 2.0))
    assert torch.equal(x[:, :2], torch.full((1, 2, 32), -2.0))


def test_an_image_of_the_size_only_changes_its_scale():
    image = torch.arange(32 * 32, dtype=torch.int64).reshape(1, 32, 32).remainder(256)
    x = _preprocessing().evaluation()(image.to(torch.uint8))
    torch.testing.assert_close(x, (image / 255 - 0.5) / 0.25)


@pytest.mark.parametrize(("size", "short"), [(224, 256), (299, 352)])
def test_the_papers_test_protocol(size, short):
    chance = torch.Generator().manual_seed(0)
    image = torch.randint(0, 256, (3, 400, 500), generator=chance, dtype=torch.uint8)
    resized = v2.functional.resize(image, [short], antialias=True)
    wanted = (v2.functional.center_crop(resized, [size]).float() / 255 - 0.5) / 0.25
    torch.testing.assert_close(_preprocessing(size, 3).evaluation()(image), wanted)


@pytest.mark.parametrize("shape", [(3, 200, 300), (3, 300, 200), (3, 40, 90), (3, 160, 160)])
def test_other_images_are_resized_and_cropped_at_the_centre(shape):
    image = torch.zeros(shape, dtype=torch.uint8)
    image[:, shape[1] // 2 - 4 : shape[1] // 2 + 4, shape[2] // 2 - 4 : shape[2] // 2 + 4] = 255
    x = _preprocessing(128, 3).evaluation()(image)
    assert tuple(x.shape) == (3, 128, 128)
    rows, columns = (x[0] > 0).nonzero(as_tuple=True)
    assert abs(rows.float().mean() - 63.5) <= 1
    assert abs(columns.float().mean() - 63.5) <= 1


@pytest.mark.parametrize(
    "said",
    [
        {"crop_pct": 0.9, "interpolation": "bicubic"},
        {"crop_pct": 0.95, "interpolation": "bilinear"},
        {"crop_pct": 1.0, "interpolation": "bicubic", "crop_mode": "squash"},
    ],
)
def test_a_crop_makes_what_timm_makes(said):
    values = np.random.default_rng(0).integers(0, 256, (12, 15, 3), np.uint8)
    picture = Image.fromarray(values).resize((150, 120), Image.Resampling.BICUBIC)
    timms = create_transform((3, 64, 64), mean=(0.5,) * 3, std=(0.25,) * 3, **said)
    ours = dataclasses.replace(
        _preprocessing(64, 3),
        crop=said["crop_pct"],
        interpolation=said["interpolation"],
        squash="crop_mode" in said,
    )
    x = ours.evaluation()(torch.from_numpy(np.array(picture)).permute(2, 0, 1))
    torch.testing.assert_close(x, timms(picture), rtol=0, atol=0.03)  # two of 255 steps


def test_only_what_is_set_is_described():
    assert json.loads(_preprocessing().describe()) == {
        "image_size": 32,
        "in_chans": 1,
        "mean": [0.5],
        "std": [0.25],
    }
    described = json.loads(dataclasses.replace(_preprocessing(), crop=0.9).describe())
    assert described["crop"] == 0.9
    assert "squash" not in described


def test_grey_becomes_colour_and_colour_becomes_grey():
    grey = torch.full((1, 32, 32), 100, dtype=torch.uint8)
    x = _preprocessing(32, 3).evaluation()(grey)
    assert torch.equal(x[0], x[2])
    red = torch.zeros((3, 32, 32), dtype=torch.uint8)
    red[0] = 255
    x = _preprocessing(32, 1).evaluation()(red)
    assert x.mean().item() == pytest.approx((0.2989 - 0.5) / 0.25, abs=0.01)


def test_training_repeats_under_one_seed_and_varies_within_it():
    image = torch.randint(0, 256, (1, 28, 28), dtype=torch.uint8)
    transform = _preprocessing().training(Augmentation(erasing=0.5))
    torch.manual_seed(3)
    first = [transform(image) for _ in range(4)]
    torch.manual_seed(3)
    again = [transform(image) for _ in range(4)]
    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))
    assert not torch.equal(first[0], first[1])
    assert {tuple(x.shape) for x in first} == {(1, 32, 32)}


def test_without_augmentation_training_is_evaluation():
    image = torch.randint(0, 256, (3, 50, 70), dtype=torch.uint8)
    plain = _preprocessing(32, 3).training(Augmentation(crop="none", flip=False))
    assert torch.equal(plain(image), _preprocessing(32, 3).evaluation()(image))


def test_the_description_tells_transforms_apart():
    assert json.loads(_preprocessing().describe())["image_size"] == 32
    assert _preprocessing().describe() != _preprocessing(64).describe()


def test_mean_must_have_a_value_a_channel():
    with pytest.raises(InputError, match="must have 3 values"):
        Preprocessing(image_size=32, in_chans=3, mean=(0.5,), std=(0.5,))


@pytest.mark.parametrize("size", [0, 1, 4097])
def test_sizes_that_cannot_be_resampled_to_are_refused(size):
    with pytest.raises(InputError, match=f"must be from 2 to 4096 pixels, not {size}$"):
        _preprocessing(size)


def test_the_smallest_size_is_resampled_to_in_both_ways():
    image = torch.zeros(40, 40, 3, dtype=torch.uint8).permute(2, 0, 1)  # as PIL's come
    own = _preprocessing(2, 3)
    transforms = own.evaluation(), *(own.training(Augmentation(crop=c)) for c in ("pad", "scale"))
    assert [t(image).shape for t in transforms] == [(3, 2, 2)] * 3


def test_cutout_erases_a_square_around_any_pixel_clipped_at_the_border():
    torch.manual_seed(0)
    image = torch.ones(3, 32, 32)
    cuts = [Cutout(16)(image) for _ in range(2000)]
    assert image.min() == 1
    holes = [(cut == 0).all(0) for cut in cuts]
    for hole in holes[:50]:
        rows, columns = hole.any(1), hole.any(0)
        assert torch.equal(hole, rows[:, None] & columns[None, :])
        assert 8 <= rows.sum() <= 16
        assert 8 <= columns.sum() <= 16
    # A side of 16 around a uniform pixel of 32 covers 14 rows on average: (8 + ... + 16) clipped.
    mean_rows = torch.stack([hole.any(1).sum() for hole in holes]).float().mean()
    assert mean_rows == pytest.approx(14.0, abs=0.2)
    covered = torch.stack(holes).float().mean(0)
    assert covered.min() > 0.03
    assert covered[16, 16] == pytest.approx(0.25, abs=0.04)


def test_training_cuts_out_after_the_normalisation():
    torch.manual_seed(0)
    white = torch.full((1, 32, 32), 255, dtype=torch.uint8)
    augmentation = Augmentation(crop="none", flip=False, cutout=8)
    x = _preprocessing().training(augmentation)(white)
    assert set(x.unique().tolist()) == {0.0, 2.0}


def test_scale_crops_keep_to_their_smallest_area():
    torch.manual_seed(0)
    ramp = torch.arange(100, dtype=torch.uint8).expand(1, 100, 100)
    whole = _preprocessing(64).training(Augmentation(crop="scale", min_area=1.0, flip=False))
    spans = [float(x.max() - x.min()) for x in (whole(ramp) for _ in range(8))]
    assert min(spans) > 0.85 * max(spans)
