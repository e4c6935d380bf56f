"""The page Interventions: with results, without, and running one."""

import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.intervene import Outcomes
from analysis.intervene.results import FOLDER, result_files, results_name
from analysis.intervene.tally import Tally
from analysis.intervene.variants import (
    FILLS,
    KINDS,
    SHARES,
    Variant,
    block_variants,
    pruning_variants,
)
from analysis.spreadsheet import csv
from analysis.store import gates_of, open_store
from dashboard.jobs import results, runner
from tests.dashboard.conftest import charts, words
from tests.dashboard.test_jobs import STAND_IN
from tests.synthetic import synthetic_store, write_store


def outcomes(variants: list[Variant], ds, accuracy: np.ndarray) -> Outcomes:
    """What an experiment would have found, with so many per cent right of each variant."""
    labels = ds["label"].values
    place = np.arange(len(labels)) * 37 % len(labels)  # mixes the classes
    right = place[:, None] < accuracy * len(labels)
    predicted = np.where(right, labels[:, None], (labels[:, None] + 1) % ds.sizes["class"])
    tally = Tally.empty(len(variants), ds.sizes["class"])
    tally.add(labels, predicted, np.where(right, -0.1, -3.0))
    names = tuple(str(name) for name in ds["class"].values)
    return Outcomes(pd.DataFrame([v.columns for v in variants]), names, tally)


def with_results(folder: Path, store: Path, *, frozen: float = 0.5) -> None:
    """Results of both experiments beside a store, as the command writes them."""
    ds = open_store(store)
    gates = gates_of(ds)
    blocks = block_variants(gates, ds, KINDS, 0)
    said = [v.columns for v in blocks]
    own = [frozen if (c["kind"], c["label"]) == ("mean", "all") else 0.8 for c in said]
    pruned = pruning_variants(
        gates, ds, ranks=("mean",), fills=FILLS, shares=SHARES, draws=2, seed=0
    )
    falling = [0.8 - 0.6 * float(str(v.columns["share"])) for v in pruned]
    place = folder / FOLDER / results_name(ds)
    place.mkdir(parents=True)
    for name, variants, accuracy in (("blocks", blocks, own), ("pruning", pruned, falling)):
        found = outcomes(variants, ds, np.asarray(accuracy))
        for file, table in zip(
            result_files(place, name), (found.table(), found.by_class()), strict=True
        ):
            file.write_bytes(csv(table))


@pytest.fixture
def shipped(monkeypatch, tmp_path):
    """No results are shipped."""
    monkeypatch.setattr(results, "DEMO", tmp_path / "no-demo")


@pytest.fixture
def store(tmp_path, shipped):
    ds = synthetic_store(per_class=20).assign_attrs(weights_digest="abc")
    return write_store(ds, tmp_path / "se.zarr")


def metrics(app):
    return {metric.label: metric.value for metric in app.metric}


def test_results_are_found_and_the_question_is_answered(open_app, tmp_path, store):
    with_results(tmp_path, store)
    app = open_app(tmp_path, "interventions")
    assert not app.exception
    assert len(charts(app)) == 2
    assert metrics(app) == {
        "Accuracy, gates untouched": "80.0\N{NARROW NO-BREAK SPACE}%",
        "Frozen at their mean": "−30.0 points",
        "All gates 1: no scaling": "+0.0 points",
        "Gates of another image": "+0.0 points",
    }
    assert "with all of them frozen at their mean, 30.0 points" in words(app)
    points = next(trace for trace in charts(app)[0]["data"] if trace["mode"] == "markers")
    assert len(points["text"]) == 5  # four blocks, and all
    table = app.dataframe[0].value
    assert len(table) == 10
    assert table["before"].mean() == pytest.approx(80)
    assert table["change"].mean() == pytest.approx(-30)
    assert table["change"].is_monotonic_increasing


def test_a_loss_within_chance_is_said_to_be(open_app, tmp_path, store):
    with_results(tmp_path, store, frozen=0.79)
    said = words(open_app(tmp_path, "interventions"))
    assert "lose 1.0 points on these 200 images, which is within chance" in said


def test_intervention_and_block_are_chosen_and_in_the_address(open_app, tmp_path, store):
    with_results(tmp_path, store)
    app = open_app(tmp_path, "interventions", kind="one", at="SE_1_2")
    assert app.selectbox(key="kind").value == "one"
    assert "What each class loses: all gates 1: no scaling, SE_1_2" in words(app)
    assert app.dataframe[0].value["change"].abs().max() == 0
    app.selectbox(key="kind").select("mean")
    app.selectbox(key="at").select("all").run()
    assert app.query_params == {}


def test_results_of_other_weights_are_not_this_store_s(open_app, tmp_path, store):
    with_results(tmp_path, store)
    ds = synthetic_store(per_class=20).assign_attrs(weights_digest="abd")
    write_store(ds, tmp_path / "se.zarr")
    app = open_app(tmp_path, "interventions")
    assert "Nothing was tried on this store's network yet" in words(app)
    assert len(charts(app)) == 1


def test_a_store_alone_shows_its_gates_and_what_an_experiment_needs(open_app, tmp_path, store):
    app = open_app(tmp_path, "interventions")
    assert not app.exception
    (figure,) = charts(app)
    names = [trace["name"] for trace in figure["data"] if "name" in trace]
    assert names == ["mean gate", "standard deviation over images"]
    said = words(app)
    assert "The network runs 41 times over 200 images." in said  # 8 kinds, 4 blocks and all
    assert "did not come from a file, so they are not at hand" in said
    assert not [button for button in app.button if button.label == "Run it"]


def test_labels_that_are_not_the_network_s_leave_nothing_to_run(open_app, tmp_path, shipped):
    write_store(synthetic_store(per_class=5, labels="none"), tmp_path / "se.zarr")
    app = open_app(tmp_path, "interventions")
    assert "so there is no accuracy to lose" in words(app)
    assert len(charts(app)) == 1


@pytest.fixture
def at_hand(monkeypatch, store):
    """Network and images are there; what would run them is a stand-in."""
    opened = (("--checkpoint", "net.safetensors", "--images", "photos"), "")
    monkeypatch.setattr(results, "_opened", lambda entry: opened)
    monkeypatch.setattr(runner, "PROGRAM", (sys.executable, "-c", STAND_IN))


def test_an_experiment_is_run_as_a_job(open_app, tmp_path, at_hand):
    app = open_app(tmp_path, "interventions", experiment="pruning", limit="7")
    assert "The network runs 147 times over 70 images." in words(app)
    next(button for button in app.button if button.label == "Run it").click().run()
    assert "se · pruning" in words(app)
    (job,) = runner._jobs(str(tmp_path.resolve())).all()
    said = dict(zip(job.task.words[1::2], job.task.words[2::2], strict=True))
    assert job.task.words[0] == "intervene"
    assert said["--experiment"] == "pruning"
    assert said["--limit"] == "7"
    assert said["--store"] == str(tmp_path / "se.zarr")
    name = results_name(open_store(tmp_path / "se.zarr"))
    assert said["--out"] == job.task.out == str(tmp_path / FOLDER / name / "pruning.csv")


def test_a_read_only_dashboard_gives_the_command_instead(open_app, tmp_path, at_hand, monkeypatch):
    app = open_app(tmp_path, "interventions")
    monkeypatch.setattr(sys, "argv", [*sys.argv, "--read-only"])
    app.run()
    assert not [button for button in app.button if button.label == "Run it"]
    (command,) = [code.value for code in app.code]
    assert command.startswith("python -m analysis intervene --checkpoint net.safetensors ")
    assert command.endswith("--limit 50")
    assert not (tmp_path / runner.FOLDER).exists()
