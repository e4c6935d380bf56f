"""Questions whose answers are known because the gates were made so."""

import json

import numpy as np
import pandas as pd
import pytest

from analysis import lessons
from analysis.compare import compare_predictions
from analysis.statistics import separation, separation_by_depth
from senet_core.errors import InputError
from tests.synthetic import gate_variables, synthetic_store


def test_the_squeeze_hands_on_a_number_a_channel():
    asked = lessons.squeezed(synthetic_store(per_class=5))
    assert asked.facts["channels"] == 32  # of the third of four gates: 16, 16, 32, 64
    assert asked.accepts("channels")
    assert not asked.accepts("positions")
    assert not asked.accepts(None)


def test_the_bottleneck_is_counted_from_channels_and_reduction():
    ds = synthetic_store(per_class=5)
    asked = lessons.bottleneck(ds.assign_attrs(se=json.dumps({"reduction": 8})))
    assert asked.number == 2 * 64 * 8
    assert asked.facts["last"] == pytest.approx(1024 / (64 + 64 + 256 + 1024))
    assert asked.accepts(1024)
    assert not asked.accepts(1023)
    table = lessons.weights_by_depth(ds.assign_attrs(se=json.dumps({"min_hidden": 4})))
    assert table["hidden"].tolist() == [4, 4, 4, 4]
    assert table["bottleneck"].tolist() == [128, 128, 256, 512]
    assert table["square"].tolist() == [256, 256, 1024, 4096]


@pytest.mark.parametrize(("noise", "right"), [(0.5, "tenth"), (0.05, "third"), (0.001, "more")])
def test_the_early_share_is_the_stores_own(noise, right):
    ds = synthetic_store(per_class=40)
    label = ds["label"].values
    rng = np.random.default_rng(0)
    values = 0.5 + 0.05 * (label % 2)[:, None] - 0.025 + rng.normal(0, noise, (len(label), 16))
    ds = ds.drop_vars([f"{kind}.layer1.0.se" for kind in ("gate", "mean", "std", "hist")])
    ds = ds.assign(gate_variables("layer1.0.se", values, label, 10))
    true = 0.025**2 / (0.025**2 + noise**2)
    share = true + (1 - true) * 9 / 399  # chance's own part: (K - 1) / (N - 1) of the noise
    asked = lessons.early(ds)
    assert asked.right == (right,)
    assert asked.facts["share"] == pytest.approx(share, abs=0.03)
    column = ds["gate.layer1.0.se"].values[:, int(asked.facts["channel"])].astype(np.float64)
    means = np.array([column[label == place].mean() for place in range(10)])
    assert asked.facts["total"] == pytest.approx(column.std(), rel=1e-3)
    assert asked.facts["between"] == pytest.approx(means.std(), rel=1e-3)  # as many of each class
    ratio = float(asked.facts["between"]) / float(asked.facts["total"])
    assert ratio**2 == pytest.approx(asked.facts["share"])
    assert asked.case == ""


def test_the_median_channel_is_the_one_whose_share_is_the_median():
    ds = synthetic_store(per_class=20)
    eta2 = separation(ds, "layer1.0.se")["eta2"].to_numpy()
    asked = lessons.early(ds)
    assert eta2[int(asked.facts["channel"])] == asked.facts["share"] == np.sort(eta2)[7]  # of 16


def test_a_gate_that_hardly_varies_is_told_from_one_that_does():
    ds = synthetic_store(per_class=20)
    label = ds["label"].values
    values = 0.5 + 1e-4 * np.random.default_rng(0).normal(size=(len(label), 16))
    ds = ds.drop_vars([f"{kind}.layer1.0.se" for kind in ("gate", "mean", "std", "hist")])
    asked = lessons.early(ds.assign(gate_variables("layer1.0.se", values, label, 10)))
    assert asked.case == "still"
    assert asked.facts["total"] == pytest.approx(1e-4, rel=0.2)


def test_the_most_specific_block_is_offered_and_right():
    ds = synthetic_store()
    table = separation_by_depth(ds)
    best = table["label"][table["eta2"].idxmax()]
    asked = lessons.late(ds)
    assert best in asked.right
    assert len(asked.options) == 4
    assert set(asked.right) <= set(asked.options)
    worst = table["label"][table["eta2"].idxmin()]
    assert not asked.accepts(worst)


def test_small_shares_still_tell_stages_apart(monkeypatch):
    shares = [0.0, 0.002, 0.004]
    table = pd.DataFrame({"stage": ["1", "2", "3"], "low": shares, "high": [0.0, 0.0, 0.0]})
    monkeypatch.setattr(lessons, "saturation_by_depth", lambda ds: table)
    assert lessons.saturated(synthetic_store()).right == ("3",)
    assert lessons.saturated(synthetic_store()).case == "last"
    table["high"] = [0.1, 0.0, 0.0]
    assert lessons.saturated(synthetic_store()).right == ("1",)
    assert lessons.saturated(synthetic_store()).case == ""
    table["high"] = 0.0
    table["low"] = 0.0002
    with pytest.raises(InputError, match="no stage is saturated"):
        lessons.saturated(synthetic_store())


def test_the_class_that_opens_a_channel_most_is_right():
    ds = synthetic_store()
    asked = lessons.reading(ds)
    means = ds[f"mean.{asked.facts['path']}"].values[:, int(asked.facts["channel"])]
    assert asked.facts["class"] == ds["class"].values[means.argmax()]
    assert asked.accepts(asked.facts["class"])
    assert not asked.accepts(str(ds["class"].values[means.argmin()]))
    assert len(asked.options) == 4


def test_the_saturated_stage_is_the_one_whose_gates_were_made_so():
    ds = synthetic_store()  # the last gate's logits are 2.5 higher than the others'
    asked = lessons.saturated(ds)
    assert asked.right == ("3",)
    assert asked.options == ("1", "2", "3")
    shares = ds["gate.layer3.1.se"].values
    ends = ((shares < 0.1) | (shares > 0.9)).mean()
    assert asked.facts["share"] == pytest.approx(ends, abs=1e-3)


@pytest.mark.parametrize(("accuracies", "right"), [((0.95, 0.6), "better"), ((0.6, 0.95), "worse")])
def test_a_difference_beyond_chance_is_told_from_none(accuracies, right):
    first, second = (
        synthetic_store(accuracy=share, seed=seed) for seed, share in enumerate(accuracies)
    )
    assert lessons.helps(compare_predictions(first, second)).right == (right,)
    assert lessons.helps(compare_predictions(first, first)).right == ("undecided",)


def test_a_baseline_is_refused_in_a_sentence():
    ds = synthetic_store(gates=(), per_class=5)
    for ask in (lessons.squeezed, lessons.bottleneck, lessons.early, lessons.saturated):
        with pytest.raises(InputError, match="no gates"):
            ask(ds)
