"""What the Excitations page does with a choice."""

import numpy as np

from analysis.statistics import separation
from dashboard.library import Entry, open_entry
from tests.dashboard.conftest import charts, words


def lines(app) -> list[str]:
    """The names in the legend of the line figure."""
    return [trace["name"] for trace in charts(app)[0]["data"] if "name" in trace]


def test_a_class_added_is_a_line_added(open_app, runs):
    app = open_app(runs, "excitations", store="se")
    before = lines(app)
    app.multiselect(key="classes").select("Bag").run()
    assert set(lines(app)) - set(before) == {"Bag"}


def test_the_page_opens_at_the_channel_that_separates_best(open_app, runs):
    app = open_app(runs, "excitations", store="se")
    data = open_entry(Entry("se", str(runs / "demo" / "se.zarr"), 0))
    table = separation(data, "layer3.1.se")
    assert app.selectbox(key="gate").value == "SE_3_2"
    assert f"Channel {int(table['eta2'].argmax())}, by class" in words(app)


def test_a_channel_chosen_is_marked_in_all_figures(open_app, runs):
    app = open_app(runs, "excitations", store="se", gate="SE_1_1")
    app.selectbox(key="channel").select("5").run()
    by_channel, heat, distribution = charts(app)
    assert [figure["layout"]["shapes"][0]["x0"] for figure in (by_channel, heat)] == [5, 5]
    assert distribution["layout"]["xaxis"]["title"]["text"].endswith("channel 5")
    assert "open channel 5 most" in words(app)


def test_numbers_of_the_headline_are_those_of_the_analysis(open_app, runs):
    app = open_app(runs, "excitations", store="se", gate="SE_1_1")
    data = open_entry(Entry("se", str(runs / "demo" / "se.zarr"), 0))
    median = np.median(separation(data, "layer1.0.se")["eta2"])
    assert app.metric[0].value == f"{median:.2f}"


def test_the_band_can_be_of_each_class_or_left_out(open_app, runs):
    bands = {}
    for band in ("all classes", "each class", "none"):
        app = open_app(runs, "excitations", store="se", band=band)
        bands[band] = sum(trace.get("fill") == "toself" for trace in charts(app)[0]["data"])
    assert bands == {"all classes": 1, "each class": 4, "none": 0}


def test_no_class_chosen_leaves_the_line_of_all(open_app, runs):
    app = open_app(runs, "excitations", store="se")
    app.multiselect(key="classes").set_value([]).run()
    assert not app.exception
    assert lines(app) == ["all classes"]
    assert "No class is chosen" in words(app)


def test_names_with_markup_are_shown_as_they_are(open_app, runs):
    app = open_app(runs, "excitations", store="tricky")
    assert not app.exception
    html = "\n".join(block.proto.body for block in app.get("html"))
    assert "<b>" not in html
    app.multiselect(key="classes").set_value(["<b>tag</b>"]).run()
    html = "\n".join(block.proto.body for block in app.get("html"))
    assert "&lt;b&gt;tag&lt;/b&gt;" in html
    assert "<b>tag" not in html
