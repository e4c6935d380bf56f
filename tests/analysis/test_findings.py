"""The paper's findings on gates in which each is true, in which it is false, and on noise."""

import numpy as np
import pytest

from analysis.findings import Verdict, paper_findings
from analysis.findings_rules import FEWEST
from analysis.findings_text import findings_text
from senet_core.errors import InputError
from tests.synthetic import synthetic_store

BLOCKS = ("layer1.0", "layer1.1", "layer2.0", "layer2.1", "layer3.0", "layer3.1", "layer3.2")
EARLY, LATE, NEXT, LAST = (
    "layer1.1.se",
    ("layer2.1.se", "layer3.0.se"),
    "layer3.1.se",
    "layer3.2.se",
)
NAMES = tuple(f"class {k}" for k in range(6))
CHANNELS = 48
HOLDS, FAILS, UNDECIDED, NONE = Verdict


def pattern(rng):
    return rng.uniform(0.2, 0.8, CHANNELS)


def shared(rng):
    return pattern(rng) + rng.normal(0, 0.01, (len(NAMES), CHANNELS))


def specific(rng):
    return pattern(rng) + rng.normal(0, 0.15, (len(NAMES), CHANNELS))


def saturated(rng):
    open_ = rng.random((len(NAMES), CHANNELS)) < 0.8
    return np.where(open_, 0.97, 0.04)


def scaled(rng):
    """One pattern, whose scale runs from half to one and a half."""
    return pattern(rng) * np.linspace(0.5, 1.5, len(NAMES))[:, None]


def lifted(rng):
    """One pattern at levels from 0 to 0.4."""
    return pattern(rng) + np.linspace(0, 0.4, len(NAMES))[:, None]


def flat(rng):
    """A pattern and preferences, all far too small to matter."""
    return 0.5 + (specific(rng) - 0.5) / 200


def nothing(rng):
    return np.full((len(NAMES), CHANNELS), 0.5)


TRUE = {
    "layer1.1.se": shared,
    "layer2.1.se": specific,
    "layer3.0.se": specific,
    "layer3.1.se": saturated,
    "layer3.2.se": scaled,
}


def store_of(means, *, noise=0.05, per_class=30, seed=0):
    """A store whose class means, by path, are drawn by functions; images vary about them.

    Half of an image's noise moves all channels together, as brightness does.
    """
    rng = np.random.default_rng(seed)
    gates = [(f"{block}.se", CHANNELS) for block in BLOCKS]
    ds = synthetic_store(classes=NAMES, per_class=per_class, gates=gates)
    label = ds["label"].values
    for path, _ in gates:
        mean = means.get(path, shared)(rng)
        values = mean[label] + rng.normal(0, noise, (len(label), CHANNELS))
        values += rng.normal(0, noise, (len(label), 1))
        ds[f"gate.{path}"] = (ds[f"gate.{path}"].dims, values.astype(np.float32))
    return ds


def findings_of(ds, **options):
    return paper_findings(ds, draws=200, **options).findings


def verdicts(ds, **options):
    return [finding.verdict for finding in findings_of(ds, **options)]


def test_all_four_hold_where_they_are_true():
    findings = findings_of(store_of(TRUE))
    assert [finding.verdict for finding in findings] == [HOLDS] * 4
    a, b, c, d = findings
    assert [f.blocks for f in findings] == [
        ("SE_1_2",),
        ("SE_2_2", "SE_3_1"),
        ("SE_3_2",),
        ("SE_3_3",),
    ]
    # Uniform on 0.2 to 0.8 has variance 0.03: A = 0.03 / (0.03 + 0.01²).
    assert a.value == pytest.approx(0.997, abs=0.005)
    # R falls from 0.997 to 0.03 / (0.03 + 0.15²) = 0.571.
    assert b.value == pytest.approx(0.997 - 0.571, abs=0.08)
    assert b.context["early"] - b.context["late"] == pytest.approx(b.value, abs=0.01)
    # Four fifths have mean 0.97; Φ((0.97 - 0.9) / (0.05 √2)) = 0.839 of their gates are over 0.9.
    assert c.value == pytest.approx(0.8 * 0.839, abs=0.03)
    assert d.value == pytest.approx(1.0, abs=0.01)
    # The standard deviation of 0.5, 0.7, ..., 1.5, whose mean is 1.
    assert d.context["scale"] == pytest.approx(np.std(np.linspace(0.5, 1.5, 6), ddof=1), abs=0.02)
    assert all(f.low <= f.value <= f.high for f in findings)


@pytest.mark.parametrize(
    ("place", "paths", "mean"),
    [
        (0, (EARLY,), specific),
        (0, (EARLY,), lifted),  # a shift keeps the pattern, but the curves do not coincide
        (0, (EARLY,), scaled),
        (1, LATE, shared),
        (1, LATE, lifted),  # a shift is no preference for a channel
        (1, LATE, scaled),  # nor is a change of scale
        (1, LATE, flat),
        (2, (NEXT,), shared),
        (2, (NEXT,), specific),
        (3, (LAST,), specific),
        (3, (LAST,), saturated),
    ],
)
def test_each_fails_where_it_is_false_and_the_others_stay(place, paths, mean):
    noise = 0.01 if mean is flat else 0.05
    found = verdicts(store_of(TRUE | dict.fromkeys(paths, mean), noise=noise))
    if (place, mean) != (0, specific):  # without a shared beginning there is nothing to fall from
        assert found == [FAILS if each == place else HOLDS for each in range(4)]
    else:
        assert found == [FAILS, FAILS, HOLDS, HOLDS]


def test_noise_alone_claims_nothing():
    """Every channel and class has the same mean; only sampling makes the means differ."""
    everywhere = {f"{block}.se": nothing for block in BLOCKS}
    for seed in range(10):
        a, b, c, d = findings_of(store_of(everywhere, noise=0.1, seed=seed))
        assert [a.verdict, b.verdict, d.verdict] == [UNDECIDED] * 3, seed
        assert "more images" in a.reason
        assert c.verdict == FAILS
        assert c.value < 0.01


def test_noise_does_not_pass_for_class_differences():
    """Classes are alike, images are not: with ten of each, means differ and A is 1 all the same."""
    plain = {f"{block}.se": lambda rng: np.tile(pattern(rng), (len(NAMES), 1)) for block in BLOCKS}
    found = [findings_of(store_of(plain, noise=0.1, per_class=10, seed=seed)) for seed in range(8)]
    agreement = np.mean([a.value for a, *_ in found])
    fall = np.mean([b.value for _, b, *_ in found])
    # Without the correction: 0.03 / (0.03 + 2 · 0.1² / 10) = 0.94. Cut at 1, chance pulls down.
    assert agreement == pytest.approx(1.0, abs=0.02)
    assert fall == pytest.approx(0.0, abs=0.01)
    assert {b.verdict for _, b, *_ in found} <= {FAILS, UNDECIDED}


def test_a_value_at_the_threshold_is_undecided():
    def half(rng):
        return np.full((len(NAMES), CHANNELS), 0.9)

    c = findings_of(store_of(TRUE | {NEXT: half}))[2]
    assert c.value == pytest.approx(0.5, abs=0.1)
    assert c.low < 0.5 < c.high
    assert c.verdict == UNDECIDED


def test_where_gates_hardly_differ_there_is_no_pattern_to_share():
    a, _, _, d = findings_of(store_of(TRUE | {EARLY: flat, LAST: flat}, noise=0.001))
    assert a.verdict == d.verdict == NONE
    assert "the gates hardly differ" in a.reason


def test_the_order_of_classes_and_channels_changes_nothing():
    ds = store_of(TRUE | {LAST: specific})
    rng = np.random.default_rng(5)
    order = rng.permutation(len(NAMES))
    moved = ds.copy()
    for block in BLOCKS:
        name = f"gate.{block}.se"
        values = ds[name].values.reshape(len(NAMES), -1, CHANNELS)[order]
        moved[name] = (ds[name].dims, values.reshape(-1, CHANNELS)[:, rng.permutation(CHANNELS)])
    for before, after in zip(findings_of(ds), findings_of(moved), strict=True):
        assert after.verdict == before.verdict
        assert after.value == pytest.approx(before.value, abs=0.01)
        assert after.low == pytest.approx(before.low, abs=0.02)


def test_the_seed_chooses_images_and_draws():
    ds = store_of(TRUE)
    first, again, other = (paper_findings(ds, images=20, draws=200, seed=s) for s in (1, 1, 2))
    assert first == again
    # The context has no draws in it: other images, then, where there are more than are taken.
    assert first.findings[0].context != other.findings[0].context
    one, two = (paper_findings(ds, draws=200, seed=s).findings[0] for s in (1, 2))
    assert one.context == pytest.approx(two.context)
    assert one.low != two.low


def test_images_of_a_class_are_capped_and_small_classes_left_out():
    ds = store_of(TRUE, per_class=(30, 30, 30, 30, 30, FEWEST - 1))
    sampling = paper_findings(ds, images=20, draws=200).sampling
    assert (sampling.classes, sampling.left_out, sampling.images) == (5, 1, 100)


@pytest.mark.parametrize("per_class", [FEWEST - 1, (30, 0, 0, 0, 0, 0)])
def test_too_few_classes_are_not_compared(per_class):
    ds = store_of(TRUE, per_class=per_class)
    found = findings_of(ds)
    one = isinstance(per_class, tuple)
    assert [f.verdict for f in found] == [NONE, NONE, HOLDS if one else NONE, NONE]
    assert f"{'only one' if one else 'no'} class has 10 labelled images" in found[0].reason


def test_a_store_without_labels_says_so():
    ds = synthetic_store(labels="none")
    assert verdicts(ds) == [NONE] * 4


def test_too_few_stages_or_blocks_are_not_applicable():
    gates = [("layer1.0.se", 16), ("layer2.0.se", 16)]
    a, b, c, _ = findings_of(synthetic_store(gates=gates))
    assert a.verdict != NONE
    assert (b.verdict, c.verdict) == (NONE, NONE)
    assert "only two stages" in b.reason
    assert "one block" in c.reason
    a, b, _, _ = findings_of(synthetic_store(gates=[("layer1.0.se", 16), ("layer1.1.se", 16)]))
    assert "one stage" in a.reason
    assert "one stage" in b.reason


def test_unbounded_gates_cannot_saturate():
    ds = store_of(TRUE)
    ds.attrs["gates"] = ds.attrs["gates"].replace('"bounded": true', '"bounded": false')
    assert verdicts(ds) == [HOLDS, HOLDS, NONE, HOLDS]


def test_a_baseline_has_no_findings():
    with pytest.raises(InputError, match="no gates"):
        paper_findings(synthetic_store(gates=()))


@pytest.mark.parametrize("options", [{"images": 5}, {"draws": 10}])
def test_too_small_samples_are_refused(options):
    with pytest.raises(InputError, match="take at least 10 and 100"):
        paper_findings(store_of(TRUE), **options)


def test_the_text_has_a_line_a_finding_and_one_on_the_sample():
    ds = store_of(TRUE | {LAST: flat}, noise=0.001)
    lines = findings_text(ds, paper_findings(ds, draws=200)).splitlines()
    assert [line[:2] for line in lines[1:5]] == ["a ", "b ", "c ", "d "]
    assert lines[1].startswith("a  early gates are shared between classes: holds · agreement")
    assert "threshold 0.9) · SE_1_2 · gates differ by" in lines[1]
    assert "SE_2_2 and SE_3_1 beside SE_1_2" in lines[2]
    assert "not applicable · the gates hardly differ" in lines[4]
    assert "180 images, at most 50 of each of 6 classes, chosen with seed 0" in lines[5]


def test_what_is_called_between_the_classes_changes_nothing():
    store, calls = synthetic_store(per_class=10), []
    told = paper_findings(store, draws=100, between=lambda: calls.append(1))
    assert len(calls) == store.sizes["class"]
    # NaN is unlike itself, so as text.
    assert repr(told) == repr(paper_findings(store, draws=100))
