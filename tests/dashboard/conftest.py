"""Stores on disk, and the app run on them without a browser."""

import json
import re
import shutil
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
from PIL import Image
from streamlit.testing.v1 import AppTest

from dashboard.sources import stores
from tests.synthetic import synthetic_store, write_store

APP = Path(__file__).resolve().parents[2] / "dashboard" / "app.py"
PAGES = ("home", "excitations", "depth", "predictions", "checkpoints", "interventions")
PAGES += ("attribution", "block")
TRICKY = ("*stars*", ":red[x]", "<b>tag</b>", "=1+1", "$x^2$", "[link](http://x)", ":smile:")


def with_images(store: xr.Dataset, folder: Path) -> xr.Dataset:
    """The store as if collected from image files in ``folder``, which are made."""
    rng = np.random.default_rng(0)
    folder.mkdir(parents=True, exist_ok=True)
    names = [f"{number}.png" for number in range(store.sizes["sample"])]
    for name in names:
        Image.fromarray(rng.integers(0, 255, (28, 28), np.uint8)).save(folder / name)
    paths = ("sample", np.asarray(names, dtype=object))
    return store.drop_vars("index").assign_coords(path=paths).assign_attrs(root=str(folder))


def pair(folder: Path, **options: object) -> None:
    """An SE store and its baseline, of the same images."""
    write_store(synthetic_store(seed=1, **options), folder / "se.zarr")
    write_store(synthetic_store(seed=2, gates=(), **options), folder / "plain.zarr")


def half_written(folder: Path) -> None:
    """A store whose collection was cut off."""
    path = write_store(synthetic_store(per_class=4), folder / "half.zarr")
    described = json.loads((path / "zarr.json").read_text())
    described["attributes"]["complete"] = 0
    (path / "zarr.json").write_text(json.dumps(described))


def damaged(folder: Path) -> None:
    """A store that has lost its predictions."""
    path = write_store(synthetic_store(per_class=4), folder / "damaged.zarr")
    shutil.rmtree(path / "logits")


@pytest.fixture(scope="session")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a pair whose images are at hand, and one store of nothing but trouble."""
    folder = tmp_path_factory.mktemp("runs")
    se = with_images(synthetic_store(seed=1), folder / "images")
    plain = with_images(synthetic_store(seed=2, gates=()), folder / "images")
    write_store(se, folder / "demo" / "se.zarr")
    write_store(plain, folder / "demo" / "plain.zarr")
    other = synthetic_store(classes=TRICKY, gates=(("layer1.0.se", 8), ("layer2.0.se", 12)))
    write_store(other, folder / "tricky.zarr")
    return folder


@pytest.fixture
def open_app(monkeypatch, tmp_path) -> Callable[..., AppTest]:
    """``open_app(folder, page, address parameters)`` runs a page over the stores of a folder."""
    nothing = tmp_path / "no-demo"
    monkeypatch.setattr(stores, "DEMO", nothing)

    def start(folder: Path, page: str = "home", /, **address: str | Sequence[str]) -> AppTest:
        monkeypatch.setattr(sys, "argv", [str(APP), "--runs", str(folder)])
        stores.scan.clear()
        app = AppTest.from_file(str(APP), default_timeout=60)
        if page != "home":
            app.switch_page(f"views/{page}.py")
        app.query_params.update(address)
        return app.run()

    return start


def words(app: AppTest) -> str:
    """Everything that the page says, in HTML as it is sent and else as it is read."""
    parts = [*app.title, *app.header, *app.markdown, *app.caption, *app.code, *app.error]
    read = "\n".join(part.value for part in parts).replace("\N{WORD JOINER}", "")
    html = [block.proto.body for block in app.get("html")]
    return "\n".join([re.sub(r"\\([^\w\s])", r"\1", read), *html])


def charts(app: AppTest) -> list[dict]:
    """The figures of the page, as Plotly reads them."""
    return [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]
