"""What the Depth page says and draws, at once and when the slow statistics are there."""

import time

import numpy as np
import pytest

from analysis import statistics
from analysis.findings import paper_findings
from dashboard.sources.stores import Entry, open_entry
from tests.dashboard.conftest import charts, words
from tests.synthetic import flattened, synthetic_store, write_store

PATIENCE = 90
HOLLOW = (
    "Hollow points: gates that hardly vary (standard deviation under 0.001), of whose tiny "
    "variation η² is a share."
)


@pytest.fixture
def store(runs):
    return open_entry(Entry("se", str(runs / "demo" / "se.zarr"), 0))


def measured(app):
    """The page, once nothing on it is still being measured."""
    end = time.monotonic() + PATIENCE
    while "Probing" in words(app) or "Being tested" in words(app):
        assert time.monotonic() < end, words(app)
        time.sleep(0.5)
        app.run()
    assert not app.exception
    return app


def lines(figure: dict, axis: str) -> list[dict]:
    return [t for t in figure["data"] if t["yaxis"] == axis and t["mode"] == "lines+markers"]


def test_the_answer_is_the_gate_with_the_largest_separation(open_app, runs, store):
    app = open_app(runs, "depth", store="se")
    table = statistics.separation_by_depth(store)
    best = int(table["eta2"].argmax())
    said = words(app)
    assert f"explains most at **{table['label'][best]}**: η² {table['eta2'][best]:.2f}" in said
    assert HOLLOW not in said


def test_gates_that_hardly_vary_are_not_praised_but_hollow(open_app, tmp_path):
    flat = flattened(synthetic_store(seed=1), "layer1.0.se", "layer2.0.se")
    write_store(flat, tmp_path / "flat.zarr")
    app = open_app(tmp_path, "depth")
    said, table = words(app), statistics.separation_by_depth(flat)
    assert table["eta2"][[0, 2]].min() > 0.99
    peak, first = table["eta2"][3], table["eta2"][1]
    half = ("SE_1_2", 2) if first >= peak / 2 else ("SE_3_2", 4)
    assert f"explains most at **SE_3_2**: η² {peak:.2f}" in said
    assert f"against {first:.2f} at SE_1_2. Half of that is reached at **{half[0]}**" in said
    assert f"gate {half[1]} of 4." in said
    assert HOLLOW in said
    (line,) = lines(charts(app)[0], "y")
    assert len(set(line["marker"]["color"])) == 2


def test_one_gate_that_varies_or_none_is_said(open_app, tmp_path):
    store = synthetic_store(seed=1)
    paths = ["layer1.0.se", "layer1.1.se", "layer2.0.se", "layer3.1.se"]
    write_store(flattened(store, *paths[1:]), tmp_path / "one" / "se.zarr")
    write_store(flattened(store, *paths), tmp_path / "none" / "se.zarr")
    said = words(open_app(tmp_path / "one", "depth"))
    assert "Only **SE_1_1** varies from image to image" in said
    app = open_app(tmp_path / "none", "depth")
    assert not app.exception
    assert "No gate of this network varies from image to image" in words(app)
    assert "explains most" not in words(app)


def test_what_moments_say_is_there_at_once_and_the_rest_follows(open_app, runs, store):
    app = open_app(runs, "depth", store="se")
    assert lines(charts(app)[0], "y")
    assert len(lines(charts(app)[0], "y3")) == 2
    app = measured(app)
    (probe,) = lines(charts(app)[0], "y2")
    assert len(probe["text"]) == 4
    assert "The probe saw 400 images, at most 100 of a class." in words(app)
    assert len(lines(charts(app)[0], "y4")) == 2


def test_findings_are_sentences_with_verdict_number_and_threshold(open_app, runs, store):
    said = words(measured(open_app(runs, "depth", store="se")))
    for finding in paper_findings(store).findings:
        claim = finding.claim[0].upper() + finding.claim[1:]
        verdict = {"undecided": "not decided"}.get(finding.verdict, finding.verdict)
        assert f"**{claim}**: {verdict}" in said
        if np.isfinite(finding.value):
            assert f"threshold {finding.threshold:g}" in said
    assert "seed 0" in said


def test_three_depths_are_drawn_in_one_order_on_one_scale(open_app, runs):
    app = open_app(runs, "depth", store="se")
    assert app.multiselect(key="depths").value == ["SE_1_2", "SE_2_1", "SE_3_2"]
    cells = [figure["data"][0] for figure in charts(app)[1:]]
    assert [(one["zmin"], one["zmax"]) for one in cells] == [(-1, 1)] * 3
    names = [figure["layout"]["yaxis"]["ticktext"] for figure in charts(app)[1:]]
    assert names[0] == names[1] == names[2]
    app.multiselect(key="depths").set_value(["SE_1_1"]).run()
    assert len(charts(app)) == 2
    marks = [s["x0"] for s in charts(app)[0]["layout"]["shapes"] if s["line"].get("dash") == "dot"]
    assert 1 in marks
    app.multiselect(key="depths").set_value([]).run()
    assert "No depth is chosen" in words(app)
    assert len(charts(app)) == 1


def test_a_link_opens_its_depths(open_app, runs):
    app = open_app(runs, "depth", store="se", depths=["SE_1_1", "SE_3_2"])
    assert app.multiselect(key="depths").value == ["SE_1_1", "SE_3_2"]
    assert len(charts(app)) == 3


def test_a_store_with_too_few_images_says_what_it_cannot_tell(open_app, tmp_path):
    write_store(synthetic_store(per_class=3), tmp_path / "few.zarr")
    app = measured(open_app(tmp_path, "depth"))
    said = words(app)
    assert "No probe: the store has fewer than two classes with 5 images" in said
    assert "not applicable" in said
    assert len(charts(app)) == 4


def test_a_thousand_classes_are_a_hundred_groups(open_app, tmp_path):
    names = [f"class {k}" for k in range(250)]
    store = synthetic_store(classes=names, per_class=2, gates=(("layer1.0.se", 8),))
    write_store(store, tmp_path / "many.zarr")
    app = open_app(tmp_path, "depth")
    assert not app.exception
    assert len(charts(app)[1]["data"][0]["x"]) == 100
