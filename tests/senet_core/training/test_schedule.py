import math

import pytest

from senet_core import InputError
from senet_core.training import TrainConfig
from senet_core.training.schedule import Schedule


def test_cosine_warms_up_peaks_and_ends_at_zero():
    schedule = Schedule(TrainConfig(model="x", epochs=11, lr=0.4, warmup_epochs=1))
    rates = [schedule.rate(epoch) for epoch in (0, 0.5, 1, 6, 11)]
    assert rates == pytest.approx([0, 0.2, 0.4, 0.2, 0])
    assert schedule.rate(3.5) == pytest.approx(0.2 * (1 + math.cos(math.pi / 4)))


def plateau(**settings) -> Schedule:
    return Schedule(
        TrainConfig(model="x", lr=0.1, schedule="plateau", patience=3, drops=2, **settings)
    )


def test_plateaus_drop_the_rate_and_the_one_after_the_last_drop_ends_the_run():
    schedule = plateau()
    seen = []
    for loss in [1.0, 0.5, 0.6, 0.5, 0.7] + [0.4] + [0.4] * 3 + [0.3] + [0.9] * 3:
        schedule.see(loss)
        seen.append((round(schedule.rate(50), 6), schedule.over))
    # 0.5 is followed by three that are not lower, then 0.4 and 0.3 likewise.
    assert [rate for rate, _ in seen] == [0.1] * 4 + [0.01] * 4 + [0.001] * 4 + [0.0001]
    assert [over for _, over in seen] == [False] * 12 + [True]


def test_a_plateau_goes_on_from_its_state():
    schedule, other = plateau(), plateau()
    for loss in (1.0, 1.1, 1.2):
        schedule.see(loss)
    other.restore(schedule.state())
    other.see(1.3)
    assert other.rate(0) == pytest.approx(0.01)


def test_other_schedules_take_no_notice_of_the_loss():
    schedule = Schedule(TrainConfig(model="x", lr=0.1, schedule="step", patience=1, epochs=9))
    for _ in range(9):
        schedule.see(1.0)
    assert schedule.rate(8) == 0.1
    assert not schedule.over


def test_a_plateau_needs_held_out_images():
    with pytest.raises(InputError, match="needs held-out images; set --holdout above 0"):
        plateau(holdout=0.0)
