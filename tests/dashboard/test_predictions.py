"""What the Predictions page says, and its gallery."""

import base64
import re
import time
from types import SimpleNamespace

import numpy as np
import pytest

from analysis.compare import (
    calibration,
    calibration_difference,
    compare_predictions,
    disagreements,
    top_k,
)
from dashboard.predictions import class_table
from dashboard.shell.sidebar import partner
from dashboard.sources.stores import Entry, open_entry
from tests.dashboard.conftest import charts, pair, words
from tests.synthetic import synthetic_store, write_store


@pytest.fixture
def stores(runs):
    folder = runs / "demo"
    return [open_entry(Entry(name, str(folder / f"{name}.zarr"), 0)) for name in ("se", "plain")]


def tiles(app) -> int:
    return words(app).count('role="listitem"')


def test_the_headline_is_the_comparison(open_app, runs, stores):
    app = open_app(runs, "predictions", store="se")
    found = compare_predictions(*stores)
    shown = [metric.value for metric in app.metric]
    assert shown[0] == f"{100 * found.a.value:.2f}\N{NARROW NO-BREAK SPACE}%"
    assert shown[1] == f"{100 * found.b.value:.2f}\N{NARROW NO-BREAK SPACE}%"
    assert shown[2].replace("\N{MINUS SIGN}", "-") == f"{100 * found.difference:+.2f}"
    assert "one seed each" in words(app)
    assert "does not show that SE helps in general" in words(app)


def test_se_comes_first_whichever_store_is_chosen(open_app, runs):
    first, second = (
        [metric.label for metric in open_app(runs, "predictions", store=store).metric]
        for store in ("se", "plain")
    )
    assert first[:2] == ["Accuracy, SE", "Accuracy, baseline"]
    assert first == second


def test_the_partner_of_an_se_store_is_its_baseline(open_app, runs):
    assert open_app(runs, "predictions", store="se").selectbox(key="other").value == "plain"
    assert open_app(runs, "predictions", store="plain").selectbox(key="other").value == "se"


def test_the_second_store_is_asked_for_only_where_two_are_compared(open_app, runs):
    keys = [box.key for box in open_app(runs, "excitations").selectbox]
    assert "other" not in keys


@pytest.mark.parametrize(
    ("group", "name"),
    [
        ("only_a", "SE alone right"),
        ("only_b", "baseline alone right"),
        ("same_error", "both wrong alike"),
        ("different_errors", "both wrong differently"),
    ],
)
def test_each_group_shows_its_images(open_app, runs, stores, group, name):
    app = open_app(runs, "predictions", store="se", group=group)
    assert name in app.segmented_control(key="group").options
    size = int((disagreements(*stores)["group"] == group).sum())
    assert f"{size} in this group" in words(app)
    assert tiles(app) == min(size, 9)


def test_the_second_page_shows_the_rest(open_app, runs, stores):
    size = int((disagreements(*stores)["group"] == "only_a").sum())
    assert 9 < size < 9 * 9
    app = open_app(runs, "predictions", store="se", page=str(-(-size // 9)))
    assert tiles(app) == (size - 1) % 9 + 1


def test_another_group_begins_at_its_first_page(open_app, runs):
    app = open_app(runs, "predictions", store="se", page="2")
    app.segmented_control(key="group").set_value("only_b").run()
    assert app.get("pagination")[0].value == 1
    assert not app.exception


def test_the_gallery_can_be_of_the_chosen_classes_alone(open_app, runs, stores):
    table = disagreements(*stores)
    bags = table[(table["group"] == "only_a") & (table["label"] == 8)]
    app = open_app(runs, "predictions", store="se", classes="Bag", of="chosen")
    assert tiles(app) == len(bags) or "No image here" in words(app)


def test_the_top_five_of_both_are_bars(open_app, runs):
    said = words(open_app(runs, "predictions", store="se"))
    assert said.count(">SE, %<") == said.count(">baseline, %<") == tiles_of(said)
    assert said.count("position:absolute;inset:0 auto 0 0") == 10 * tiles_of(said)


def tiles_of(said: str) -> int:
    return said.count('role="listitem"')


def test_each_disagreement_links_to_the_pages_that_look_closer(open_app, runs, stores):
    table = disagreements(*stores)
    samples = table.loc[table["group"] == "only_a", "sample"].tolist()
    said = words(open_app(runs, "predictions", store="se"))
    links = re.findall(r'href="(\w+)\?store=se&amp;other=plain&amp;image=(\d+)"', said)
    assert [int(sample) for page, sample in links if page == "attribution"] == samples[:9]
    assert said.count('aria-label="Attribution: ') == 9
    chinese = words(open_app(runs, "predictions", store="se", lang="zh"))
    assert chinese.count("&amp;lang=zh") == chinese.count("&amp;image=")


def test_calibration_has_its_intervals_and_the_difference(open_app, runs, stores):
    app = open_app(runs, "predictions", store="se")
    end = time.monotonic() + 60
    while "being computed" in (said := words(app)):
        assert time.monotonic() < end
        time.sleep(0.2)
        app.run()
    first, second = (calibration(store) for store in stores)
    change = calibration_difference(*stores)
    row = next(line for line in said.splitlines() if line.startswith("| Calibration error"))
    for found in (first, second):
        ends = f"{100 * found.ece.low:.2f} to {100 * found.ece.high:.2f}"
        assert f"**{100 * found.ece.value:.2f}\N{NARROW NO-BREAK SPACE}%** ({ends}" in row
    assert f"**{100 * change.ece.value:+.2f}**" in row.replace("\N{MINUS SIGN}", "-")


def test_any_image_is_shown_to_both_networks(open_app, runs, stores):
    app = open_app(runs, "predictions", store="se", image="77")
    chart = next(c for c in charts(app) if c["data"][0].get("orientation") == "h")
    for trace, store in zip(chart["data"], stores, strict=True):
        shown = trace["x"] if isinstance(trace["x"], list) else decoded(trace["x"])
        np.testing.assert_allclose(shown, 100 * top_k(store, 77)["probability"])
    assert any("✓" in text for text in chart["layout"]["yaxis"]["ticktext"])


def decoded(values: dict) -> np.ndarray:
    return np.frombuffer(base64.b64decode(values["bdata"]), values["dtype"])


def test_many_classes_show_the_largest_differences_alone(open_app, tmp_path):
    names = tuple(f"class {n}" for n in range(60))
    pair(tmp_path, classes=names, per_class=4, accuracy=0.5)
    app = open_app(tmp_path, "predictions", store="se")
    assert not app.exception
    changes, bars = charts(app)[:2]
    assert "⋯ 40 more" in changes["layout"]["yaxis"]["ticktext"]
    assert len(bars["layout"]["yaxis"]["ticktext"]) == 20
    assert all(" → " in text for text in bars["layout"]["yaxis"]["ticktext"])
    (table,) = (frame.value for frame in app.dataframe)
    assert len(table) == 60


def test_a_row_of_the_table_narrows_the_gallery_to_its_class(runs, monkeypatch):
    pair_of = tuple(Entry(n, str(runs / "demo" / f"{n}.zarr"), 0) for n in ("se", "plain"))
    picked = SimpleNamespace(selection=SimpleNamespace(rows=[1]))
    state = {"class-table": picked, "of": "every", "classes": ["Shirt"]}
    monkeypatch.setattr(class_table.st, "session_state", state)
    class_table.show_class(pair_of, [3, 8, 1])
    assert (state["classes"], state["of"]) == (["Bag"], "chosen")
    picked.selection.rows = []
    class_table.show_class(pair_of, [3, 8, 1])
    assert (state["classes"], state["of"]) == (["Bag"], "every")


def test_more_than_two_networks_are_a_table(open_app, tmp_path):
    pair(tmp_path, per_class=8)
    write_store(synthetic_store(seed=5, per_class=8), tmp_path / "third.zarr")
    write_store(synthetic_store(seed=5, per_class=9), tmp_path / "stranger.zarr")
    app = open_app(tmp_path, "predictions", store="se", other="plain")
    end = time.monotonic() + 60
    while len(app.dataframe[1].value.columns) < 2:
        assert time.monotonic() < end
        time.sleep(0.2)
        app.run()
    assert app.dataframe[1].value["Network"].tolist() == ["plain", "se", "third"]
    assert "All 3 networks on these images" in words(app)


def test_without_labels_one_image_is_still_shown_to_both(open_app, tmp_path):
    pair(tmp_path, per_class=5, labels="none")
    app = open_app(tmp_path, "predictions")
    assert not app.exception
    assert "have no labels" in words(app)
    assert len(charts(app)) == 1


def test_the_partner_is_of_the_same_images_and_unlike_in_se(tmp_path):
    made = {
        "a_wide_se": synthetic_store(per_class=2, seed=3),
        "b_other_images": synthetic_store(per_class=3, gates=()),
        "c_plain": synthetic_store(per_class=2, gates=(), architecture="resnet50"),
        "d_twin": synthetic_store(per_class=2, gates=()),
    }
    more = synthetic_store(per_class=3, gates=())  # the same data set, of which the others are part
    more.attrs["dataset_digest"] = made["d_twin"].attrs["dataset_digest"]
    made = {"a_more_images": more, **made}
    others = [
        Entry(name, str(write_store(store, tmp_path / f"{name}.zarr")), 0)
        for name, store in made.items()
    ]
    se = Entry("se", str(write_store(synthetic_store(per_class=2), tmp_path / "se.zarr")), 0)
    for gone in ("d_twin", "c_plain", "a_wide_se", "a_more_images", "b_other_images"):
        assert partner(se, others).name == gone
        others = [other for other in others if other.name != gone]
