"""Folders of training runs, of jobs and of results with anything in them."""

import json
import math
import shutil
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import torch
from hypothesis import strategies as st

from analysis.evolution import NAME, open_evolution
from analysis.figures.training import spread_by_epoch as figure_of_spread
from analysis.figures.training import training_curves
from analysis.intervene.results import EXPERIMENTS, find_result, result_files, results_name
from analysis.runs import find_runs, read_run
from analysis.statistics.evolution import spread_by_epoch
from dashboard.jobs.files import JobFolder, Task
from dashboard.parts.cards import epochs, last_spread
from dashboard.shell.settings import Settings
from dashboard.sources.runs import open_run, scan_runs
from senet_core.errors import InputError
from senet_core.training.config import TrainConfig
from senet_core.training.run_folder import RunFolder
from tests.dashboard.training_runs import training_run
from tests.synthetic import synthetic_store
from tests.trust.fuzzing import CHANGES, DEEP, answered, changed, fuzz, json_values

INDEX = st.integers(0, 10**6)
NEAR = st.sampled_from([DEEP, "", "{", "[]", "null", '{"epochs": 1e999}', '{"epochs": true}', "\0"])
TEXTS = json_values.map(json.dumps) | NEAR | st.text(max_size=60)


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of three epochs, with its gates and a state to go on from."""
    folder = training_run(tmp_path_factory.mktemp("fuzz") / "runs" / "one")
    torch.save({"epoch": 3, "model": {"w": torch.zeros(2)}}, folder / "last.ckpt")
    return folder


def readers(folder: Path) -> tuple[Callable[[], object], ...]:
    """What pages read of a run, and the training that is to go on with it."""
    for kept in (scan_runs, open_run, last_spread):
        kept.clear()
    return (
        lambda: find_runs(folder.parent),
        lambda: shown(folder.parent),
        lambda: open_evolution(folder),
        lambda: evolved(folder),
        lambda: resumed(folder),
    )


def shown(runs: Path) -> None:
    """What the pages draw of every run that can be read."""
    for entry in scan_runs(Settings(runs=runs)).entries:
        run = open_run(entry)
        for measure in ("accuracy", "loss", "lr"):
            training_curves([(entry.name, run.metrics)], measure, planned=run.epochs).to_json()
        epochs(run)
        last_spread(entry)


def evolved(folder: Path) -> None:
    """What the page draws of recorded gates."""
    table = spread_by_epoch(open_evolution(folder))
    if len(table):
        figure_of_spread(table, int(table["epoch"].max())).to_json()


def resumed(folder: Path) -> None:
    """What `train.py --resume` reads."""
    settings = TrainConfig(model="se_cifar_resnet20").to_json()
    with closing(RunFolder(folder)) as found:
        found.begin(settings, resume=True)


def copied(run: Path, folder: Path) -> Path:
    place = folder / "runs" / run.name
    shutil.rmtree(place, ignore_errors=True)
    return Path(shutil.copytree(run, place))


_table = st.lists(
    st.lists(
        st.sampled_from(["epoch", "val_accuracy", "lr", "seconds", "1", "2", "nan", "inf", "1e400"])
        | st.text(max_size=5),
        max_size=5,
    ),
    max_size=5,
).map(lambda rows: "\n".join(",".join(row) for row in rows))


@fuzz(8, 300, config=st.none() | TEXTS, metrics=st.none() | _table | TEXTS)
def test_any_words_in_the_files_of_a_run(run, tmp_path, *, config, metrics, slow):
    place = copied(run, tmp_path)
    for name, text in (("config.json", config), ("metrics.csv", metrics)):
        if text is not None:
            (place / name).write_text(text)
    answered("run, words", *readers(place), slow=slow)


@fuzz(8, 300, file=INDEX, changes=st.none() | CHANGES)
def test_changed_bytes_in_the_files_of_a_run(run, tmp_path, *, file, changes, slow):
    place = copied(run, tmp_path)
    there = sorted(found for found in place.rglob("*") if found.is_file())
    chosen = there[file % len(there)]
    if changes is None:
        chosen.unlink()
    else:
        chosen.write_bytes(changed(chosen.read_bytes(), changes))
    answered("run, bytes", *readers(place), slow=slow)


@fuzz(6, 250, file=INDEX, key=st.text(max_size=9), value=json_values)
def test_other_values_in_the_descriptions_of_recorded_gates(
    run, tmp_path, *, file, key, value, slow
):
    place = copied(run, tmp_path)
    described = sorted((place / NAME).rglob("zarr.json"))
    chosen = described[file % len(described)]
    content = json.loads(chosen.read_text())
    holders = [content, content["attributes"], content.get("chunk_grid", content)]
    holder = holders[file % 3]
    holder[sorted(holder)[file % len(holder)] if holder else key] = value
    chosen.write_text(json.dumps(content))
    answered("run, gates", *readers(place), slow=slow)


_fields = ("state", "doing", "unit", "done", "total", "rate", "error")
_process = st.fixed_dictionaries({"pid": json_values, "time": json_values}) | json_values
_progress = st.fixed_dictionaries(
    {}, optional={name: json_values | st.just("running") for name in _fields}
)
_task = st.fixed_dictionaries(
    {},
    optional=dict.fromkeys(("kind", "name", "words", "out", "more"), json_values),
)


@fuzz(
    25,
    1000,
    said=st.fixed_dictionaries(
        {},
        optional={
            "task.json": _task.map(json.dumps) | TEXTS,
            "process.json": _process.map(json.dumps) | TEXTS,
            "progress.json": _progress.map(json.dumps) | TEXTS,
            "output.log": st.text(),
            "cancel": st.just(""),
        },
    ),
    cut=st.booleans(),
)
def test_any_words_in_the_files_of_a_job(tmp_path, *, said, cut, slow):
    place = tmp_path / "1"
    shutil.rmtree(place, ignore_errors=True)
    JobFolder(place).create(Task("collect", "a", ("collect", "--out", "b"), "b"))
    for name, text in said.items():
        content = text.encode("utf-8", errors="surrogatepass")
        (place / name).write_bytes(content[: len(content) // 2] if cut else content)
    answered("job", lambda: look(place), slow=slow)


def look(place: Path) -> None:
    """What the page draws of a job."""
    job = JobFolder(place).look()
    if job is None:
        return
    said = (job.key, job.task.kind, job.task.name, job.task.out, *job.task.words, job.error)
    assert all(isinstance(text, str) for text in said)
    if job.progress is not None:
        now = job.progress
        assert all(isinstance(text, str) for text in (now.state, now.doing, now.unit))
        assert 0 <= f"{now.done:,}{now.total:,}".count("-") < 1
        assert math.isfinite(now.rate)
        assert now.left is None or now.left < math.inf


@pytest.fixture(scope="module")
def data():
    """A store whose experiments are looked for."""
    return synthetic_store(per_class=2).assign_attrs(weights_digest="0")


_columns = ["kind", "label", "depth", "accuracy", "change_low", "p", "n", "log_p_change", "fill"]
_cells = st.sampled_from([*_columns, "rank", "draw", "share", "1", "", "'=1", '"', "nan"])


@fuzz(
    15,
    400,
    content=st.lists(st.lists(_cells, min_size=1, max_size=12), max_size=4).map(
        lambda rows: "\n".join(",".join(row) for row in rows).encode()
    )
    | st.binary(max_size=80),
    experiment=st.sampled_from(EXPERIMENTS),
)
def test_any_table_as_the_result_of_an_experiment(data, tmp_path, *, content, experiment, slow):
    folder = tmp_path / results_name(data)
    folder.mkdir(exist_ok=True)
    for file in result_files(folder, experiment):
        file.write_bytes(content)
    answered("result", lambda: find_result(data, [tmp_path], experiment), slow=slow)


def test_a_run_that_is_whole_is_read(run, tmp_path):
    """The fuzzers change something that the readers take."""
    shown(copied(run, tmp_path).parent)
    (entry,) = scan_runs(Settings(runs=tmp_path / "runs")).entries
    assert open_run(entry).done == 3
    assert not open_run(entry).is_growing(time.time())
    assert len(last_spread(entry)) == 2


def test_json_that_is_too_deep_for_python_is_refused(run, tmp_path):
    place = copied(run, tmp_path)
    (place / "config.json").write_text(DEEP)
    with pytest.raises(InputError, match="nested too deeply"):
        read_run(place)
