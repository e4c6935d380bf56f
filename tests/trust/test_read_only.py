"""A dashboard that is started with ``--read-only`` writes nothing, whatever is clicked."""

import sys
import tempfile

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.jobs.files import Task
from dashboard.jobs.runner import jobs
from dashboard.shell.navigation import PLACES
from dashboard.shell.settings import DEMO, Settings
from dashboard.sources import stores, uploads
from senet_core import InputError
from tests.dashboard.conftest import APP, pair, with_images
from tests.dashboard.training_runs import training_run
from tests.synthetic import synthetic_store, write_store
from tests.trust.harm import as_it_lies


@pytest.fixture
def closed(monkeypatch, tmp_path):
    """Opens a page of a read-only dashboard; all that it might write to is under ``tmp_path``."""
    folder = tmp_path / "runs"
    pair(folder, per_class=5)
    write_store(
        with_images(synthetic_store(seed=3, per_class=3), folder / "images"), folder / "own.zarr"
    )
    training_run(folder / "run")
    for name in ("cwd", "temp"):
        (tmp_path / name).mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "temp"))
    monkeypatch.setattr(sys, "argv", [str(APP), "--runs", str(folder), "--read-only"])
    monkeypatch.setattr(stores, "DEMO", tmp_path / "no-demo")
    monkeypatch.chdir(tmp_path / "cwd")
    stores.scan.clear()

    def start(page: str) -> AppTest:
        app = AppTest.from_file(str(APP), default_timeout=60)
        if page != "home":
            app.switch_page(f"views/{page}.py")
        return app.run()

    return start


@pytest.mark.parametrize("page", [place.name for place in PLACES])
def test_a_read_only_dashboard_writes_nothing(closed, tmp_path, page):
    before = as_it_lies(tmp_path), as_it_lies(DEMO)
    app = closed(page)
    for touch in controls(app):
        touch()
        assert not app.exception, (page, touch)
    assert not app.get("file_uploader") or page != "zoo"
    assert (as_it_lies(tmp_path), as_it_lies(DEMO)) == before


def controls(app: AppTest):
    """What touches each kind of control of a page, the first of each and the last."""
    for key in CODES:
        yield lambda key=key: switched(app, key)
    for kind in ("selectbox", "multiselect", "number_input", "toggle", "button"):
        there = len(getattr(app, kind))
        for place in sorted({0, there - 1} if there else set()):
            yield lambda kind=kind, place=place: touched(app, kind, place)


CODES = {
    "language": "zh",
    "lesson": "2",
    "part": "map",
    "form": "histogram",
    "order": "mean",
    "heat": "mean",
    "sort": "cluster",
    "measure": "loss",
    "pairs": "all",
    "group": "only_b",
    "experiment": "pruning",
    "by": "number",
}
"""Switches and what they are turned to."""


def switched(app: AppTest, key: str) -> None:
    for control in app.button_group:
        if control.key == key:
            control.set_value(CODES[key]).run()
            return


def touched(app: AppTest, kind: str, place: int) -> None:
    found = getattr(app, kind)
    if place >= len(found) or getattr(found[place], "disabled", False):
        return
    control = found[place]
    if kind == "button":
        control.click().run()
    elif kind == "number_input":
        control.increment().run()
    elif kind == "toggle":
        control.set_value(not control.value).run()
    elif control.options:
        last = control.options[-1]
        control.set_value(last if kind == "selectbox" else [last]).run()


def test_a_read_only_dashboard_starts_no_job(tmp_path):
    before = as_it_lies(tmp_path)
    with pytest.raises(InputError, match="is read-only and starts no job"):
        jobs(Settings(tmp_path, read_only=True)).add(Task("collect", "x", ("collect",), "x"))
    uploads.remove_old(Settings(tmp_path, read_only=True), set())
    assert as_it_lies(tmp_path) == before
