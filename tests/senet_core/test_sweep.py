import dataclasses
import math
from statistics import stdev

import pytest

from senet_core import InputError, SEConfig, create_model
from senet_core import sweep as module
from senet_core.sweep import SWEEPS, Result, refuse_swept, render, run_sweep, variants


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("ablation-reduction", ["r = 2", "r = 4", "r = 8", "r = 16", "r = 32"]),
        ("ablation-squeeze", ["average", "maximum", "NoSqueeze"]),
        ("ablation-excitation", ["sigmoid", "tanh", "relu"]),
        ("ablation-placement", ["standard", "pre", "post", "identity", "conv3x3"]),
        ("ablation-stages", ["stage 1", "stage 2", "stage 3", "all stages"]),
        ("ablation-block", ["SE", "NoSqueeze", "tanh", "relu", "pre", "post", "identity"]),
    ],
)
def test_sweeps_are_the_papers_ablations(config, name, names):
    rows = variants(name, config)
    assert [row.name for row in rows] == ["plain", *names]
    for row in rows[1:]:
        create_model("se_cifar_resnet20", 10, se=row.se)
    assert len({row.se for row in rows}) == len(rows)


def test_variants_change_the_runs_own_block(config):
    config = dataclasses.replace(config, se=SEConfig(reduction=4, min_hidden=4))
    rows = {row.name: row.se for row in variants("ablation-block", config)}
    assert rows["tanh"] == SEConfig(reduction=4, min_hidden=4, excitation="tanh")
    ratios = {row.name: row.se for row in variants("ablation-reduction", config)}
    assert ratios["r = 32"] == SEConfig(reduction=32)


def test_networks_without_a_baseline_are_refused(config):
    with pytest.raises(InputError, match="'senet154' has no baseline to sweep against"):
        variants("ablation-squeeze", dataclasses.replace(config, model="senet154"))
    with pytest.raises(InputError, match="--seeds must be above 0"):
        run_sweep("ablation-squeeze", config, seeds=0, out=config.out)


@pytest.mark.parametrize(
    ("name", "changes", "says"),
    [
        (
            "ablation-placement",
            {"model": "se_vgg16_bn", "width": None},
            r"^the variant 'pre' of ablation-placement cannot be made \(placement 'pre' has no ",
        ),
        ("ablation-block", {"se": SEConfig(stages=(9,))}, "^the variant 'SE' of .* no stage 9"),
        ("ablation-block", {"pool": "ceil"}, r"^the variant 'plain' of .* \(unknown option 'pool'"),
        ("ablation-block", {"weights": "w.pth"}, "leave out --weights$"),
    ],
)
def test_a_sweep_that_would_fail_on_the_way_does_not_start(config, name, changes, says):
    with pytest.raises(InputError, match=says):
        run_sweep(name, dataclasses.replace(config, **changes), seeds=1, out=config.out)
    assert not config.out.exists()


@pytest.mark.parametrize(
    ("name", "field", "value"),
    [
        ("ablation-squeeze", "squeeze", "max"),
        ("ablation-reduction", "min_hidden", 4),
        ("ablation-stages", "stages", (1,)),
    ],
)
def test_a_choice_that_the_sweep_makes_itself_is_refused(config, name, field, value):
    recipe = dataclasses.replace(config, out=None)
    asked = dataclasses.replace(recipe, se=dataclasses.replace(recipe.se, **{field: value}))
    option = field.replace("_", "-")
    with pytest.raises(InputError, match=f"^--{option} is what {name} itself changes"):
        refuse_swept(name, asked, recipe)
    refuse_swept("ablation-block", asked, recipe)


def test_the_blocks_other_choices_pass_also_under_the_plain_name(config):
    recipe = dataclasses.replace(config, out=None)
    asked = dataclasses.replace(recipe, model="cifar_resnet20", se=SEConfig(bias=False))
    for name in SWEEPS:
        refuse_swept(name, asked, recipe)


def test_the_table_has_means_deviations_and_gains_paired_by_seed():
    results = {
        "plain": [Result(1000, 0.80, 0.70), Result(1000, 0.82, 0.74)],
        "SE": [Result(1234, 0.85, 0.73), Result(1234, 0.85, 0.75)],
    }
    plain, se = render(results).splitlines()[2:]
    deviation = 100 * stdev([0.70, 0.74])
    assert plain == f"| plain | 1,000 | 81.00 ± 1.41 | 72.00 ± {deviation:.2f} |  | 2 |"
    assert se == "| SE | 1,234 | 85.00 ± 0.00 | 74.00 ± 1.41 | +2.00 ± 1.41 | 2 |"
    alone = render({"plain": [Result(1000, math.nan, 0.7)]}).splitlines()[2]
    assert alone == "| plain | 1,000 | nan | 70.00 |  | 1 |"


def test_a_sweep_trains_all_and_goes_on_where_it_was_stopped(config, tmp_path, monkeypatch):
    monkeypatch.setitem(SWEEPS, "ablation-squeeze", lambda se, stages: [module.Variant("SE", se)])
    short = dataclasses.replace(config, epochs=1)
    fit, runs = module.fit, []

    def stops_at_the_third(run, *, observe):
        runs.append((run.model, run.seed))
        if len(runs) == 3:
            raise KeyboardInterrupt
        return fit(run, observe=observe)

    monkeypatch.setattr(module, "fit", stops_at_the_third)
    out, seen = tmp_path / "sweep", []
    with pytest.raises(KeyboardInterrupt):
        run_sweep("ablation-squeeze", short, seeds=2, out=out, observe=seen.append)
    partial = (out / "table.md").read_text()
    assert partial.count("| 1 |") == 2
    table = run_sweep("ablation-squeeze", short, seeds=2, out=out, observe=seen.append)
    names = [(finished.folder.name, finished.epoch) for finished in seen]
    assert names == [(f"{name}-seed{seed}", 1) for seed in (0, 1) for name in ("plain", "SE")]
    pair = ["cifar_resnet20", "se_cifar_resnet20"]
    assert runs[3:] == [(model, seed) for seed in (0, 1) for model in pair]
    plain, se = table.read_text().splitlines()[2:]
    parameters = [sum(p.numel() for p in create_model(m, 3, width=0.5).parameters()) for m in pair]
    assert plain.startswith(f"| plain | {parameters[0]:,} |")
    assert se.startswith(f"| SE | {parameters[1]:,} |")
    assert se.endswith("| 2 |")
