"""The page Zoo: the networks, and collecting from a checkpoint."""

import sys

import pytest

from dashboard.jobs import runner
from dashboard.sources import served
from senet_core import create_model, list_models, save_checkpoint
from tests.dashboard.conftest import charts, words
from tests.dashboard.test_jobs import STAND_IN
from tests.senet_core.conftest import paint


@pytest.fixture(autouse=True)
def alone(monkeypatch, tmp_path):
    """No shipped checkpoints, and a stand-in for what would collect."""
    monkeypatch.setattr(served, "DEMO", tmp_path / "no-demo")
    monkeypatch.setattr(runner, "PROGRAM", (sys.executable, "-c", STAND_IN))
    served.checkpoints.clear()
    served.image_folders.clear()


def shown(app):
    return app.dataframe[0].value


def test_every_network_is_in_the_table_and_the_figures(open_app, tmp_path):
    app = open_app(tmp_path, "zoo", family="all")
    assert not app.exception
    assert shown(app)["name"].tolist() == list_models()
    scatter, cost = charts(app)
    drawn = [n for trace in scatter["data"] if "text" in trace for n in trace["text"]]
    assert set(list_models()) <= set(drawn)
    assert len(cost["data"][0]["text"]) == 22


def test_the_chosen_network_is_told_with_the_paper_s_numbers(open_app, tmp_path):
    app = open_app(tmp_path, "zoo", network="se_resnet101")
    said = {metric.label: (metric.value, metric.delta) for metric in app.metric}
    assert said["Parameters"] == ("49.33 M", "not stated in the paper")
    assert said["FLOPs"] == ("7.584 G", "paper 7.60 G: −0.2\N{NARROW NO-BREAK SPACE}% off")
    assert said["SE adds parameters"][0] == "10.72\N{NARROW NO-BREAK SPACE}%"
    assert said["Top-1 error in the paper, %"] == ("22.38", "ImageNet · SE: −0.79")
    row = shown(app).set_index("name").loc["se_resnet101"]
    assert row["flops_off"] == "✗ −0.21 %"
    assert shown(app).set_index("name").loc["se_resnet50", "parameters_off"] == "✓ −0.04 %"


def test_a_search_leaves_what_it_finds_and_is_in_the_address(open_app, tmp_path):
    app = open_app(tmp_path, "zoo", search="se_ 101")
    assert shown(app)["name"].tolist() == ["se_resnet101", "se_resnext101_32x4d"]
    app.text_input(key="search").set_value("nothing").run()
    assert "No network has such a name." in words(app)
    assert app.query_params == {"search": "nothing"}


@pytest.fixture
def runs(tmp_path):
    """A checkpoint and a folder of images."""
    net = create_model("se_cifar_resnet20", 3)
    save_checkpoint(tmp_path / "run" / "best.safetensors", net, recipe="colours")
    paint(tmp_path / "data" / "colours", per_class=1)
    return tmp_path


def collect(app):
    next(button for button in app.button if button.label == "Collect").click()
    app.run()


def job_of(folder):
    (job,) = runner._jobs(str(folder.resolve())).all()
    return job.task, dict(zip(job.task.words[1::2], job.task.words[2::2], strict=True))


def test_a_checkpoint_is_collected_in_the_background(open_app, runs):
    app = open_app(runs, "zoo", images="data/colours/")
    assert (
        r"se\_cifar\_resnet20 · 3 classes · 32 × 32 pixels · trained with the recipe colours"
        in words(app)
    )
    collect(app)
    assert not app.exception
    task, said = job_of(runs)
    assert task.words[0] == "collect"
    assert task.out == str(runs / "collected" / "run-best.data-colours.50.zarr")
    assert said == {
        "--checkpoint": str(runs / "run" / "best.safetensors"),
        "--images": str(runs / "data" / "colours"),
        "--limit": "50",
        "--out": task.out,
    }
    assert "run-best.data-colours.50" in words(app)
    collect(app)
    said = words(app)
    assert "is being made already" in said or "done" in said


def test_a_network_without_training_is_collected_by_name(open_app, runs):
    app = open_app(runs, "zoo", checkpoint="random", network="se_resnet18", limit="0")
    collect(app)
    _, said = job_of(runs)
    assert said["--model"] == "se_resnet18"
    assert said["--dataset"] == "fashion_mnist"
    assert "--limit" not in said


@pytest.mark.parametrize("name", ["../outside", "a/b", "", "-x", "a b"])
def test_no_name_leads_out_of_the_folder(open_app, runs, name):
    app = open_app(runs, "zoo")
    field = next(field for field in app.text_input if field.label == "Name of the store")
    field.set_value(name).run()
    assert next(button for button in app.button if button.label == "Collect").disabled


@pytest.mark.parametrize("parameter", ["checkpoint", "images"])
def test_an_address_asks_for_nothing_outside(open_app, runs, parameter):
    app = open_app(runs, "zoo", **{parameter: "../../etc/passwd"})
    assert "which is not there" in words(app)
    assert "passwd" not in str(app.selectbox(key=parameter).value)


def test_a_read_only_dashboard_collects_and_takes_nothing(open_app, runs, monkeypatch):
    app = open_app(runs, "zoo")
    monkeypatch.setattr(sys, "argv", [*sys.argv, "--read-only"])
    app.run()
    assert not app.exception
    assert len(charts(app)) == 2
    assert not [button for button in app.button if button.label in ("Collect", "Remove")]
    assert not app.get("file_uploader")
    assert "python -m analysis collect" in app.code[0].value
    assert not (runs / runner.FOLDER).exists()
