"""What the Excitations page does with a choice."""

import numpy as np

from analysis.statistics import channel_ranking, nearest_images, separation
from dashboard.sources.stores import Entry, open_entry
from tests.dashboard.conftest import charts, words
from tests.synthetic import TOP, flattened, gate_variables, synthetic_store, write_store


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


def test_a_channel_that_is_the_same_for_all_images_has_no_strongest(open_app, tmp_path):
    store = flattened(synthetic_store(per_class=4), "layer3.1.se", height=2 / TOP)
    write_store(store, tmp_path / "se.zarr")
    app = open_app(tmp_path, "excitations", gate="SE_3_2", channel="3")
    assert not app.exception
    said = words(app)
    assert "almost the same for every image (0.50000 to 0.50003); there is no strongest" in said
    assert "**Strongest**" not in said
    assert "64 of the 64 channels of this gate hardly vary" in said
    app.selectbox(key="gate").select("SE_2_1").run()
    assert "**Strongest**" in words(app)
    assert "hardly vary" not in words(app)


def test_gates_that_differ_little_are_written_so_that_they_differ(open_app, tmp_path):
    store = flattened(synthetic_store(per_class=4), "layer3.1.se")
    write_store(store, tmp_path / "se.zarr")
    said = words(open_app(tmp_path, "excitations", gate="SE_3_2", channel="3"))
    assert "**Strongest**" in said
    assert said.count("s = 0.50090") == 4
    assert said.count("s = 0.50000") == 4


def test_the_page_opens_at_a_gate_and_a_channel_that_vary(open_app, tmp_path):
    store = flattened(synthetic_store(per_class=4), "layer3.1.se")
    values = store["gate.layer2.0.se"].values.copy()
    values[:, 7] = 0.5 + 9e-5 * store["label"].values
    store = store.assign(gate_variables("layer2.0.se", values, store["label"].values, 10))
    write_store(store, tmp_path / "se.zarr")
    table = separation(store, "layer2.0.se")
    assert int(table["eta2"].argmax()) == 7
    app = open_app(tmp_path, "excitations")
    assert app.selectbox(key="gate").value == "SE_2_1"
    best = int(table["eta2"].drop(7).idxmax())
    assert f"Channel {best}, by class" in words(app)


def test_the_band_can_be_of_each_class_or_left_out(open_app, runs):
    bands = {}
    for band in ("all", "classes", "none"):
        app = open_app(runs, "excitations", store="se", band=band)
        bands[band] = sum(trace.get("fill") == "toself" for trace in charts(app)[0]["data"])
    assert bands == {"all": 1, "classes": 4, "none": 0}


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


def test_the_ranking_lists_the_channels_of_a_class(open_app, runs):
    app = open_app(runs, "excitations", store="se", gate="SE_1_1", part="ranking", channel="3")
    data = open_entry(Entry("se", str(runs / "demo" / "se.zarr"), 0))
    first = app.multiselect(key="classes").value[0]
    place = list(data["class"].values).index(first)
    expected = channel_ranking(data, "layer1.0.se", place)
    table = app.dataframe[0].value
    assert table["channel"].tolist() == expected["channel"].tolist()
    np.testing.assert_allclose(table["effect"], expected["effect"])
    assert table["channel"][table["chosen"] == "●"].tolist() == [3]
    app.multiselect(key="classes").set_value(["Bag"]).run()
    assert app.selectbox(key="ranked").value == "Bag"  # follows, since nobody chose another
    app.selectbox(key="ranked").select("Coat").run()
    app.multiselect(key="classes").set_value(["Shirt"]).run()
    assert app.selectbox(key="ranked").value == "Coat"


def test_the_map_shows_an_image_and_its_nearest(open_app, runs):
    app = open_app(runs, "excitations", store="se", gate="SE_3_2", part="map", point="57")
    figure = charts(app)[3]
    images = sum("customdata" in trace and trace["type"] == "scattergl" for trace in figure["data"])
    assert images == 5  # four classes and the others
    data = open_entry(Entry("se", str(runs / "demo" / "se.zarr"), 0))
    nearest = nearest_images(data, "layer3.1.se", 57)
    said = words(app)
    assert said.count("1 − cos = ") == len(nearest) == 8
    assert f"1 − cos = {nearest['distance'][0]:.3f}" in said
    app.multiselect(key="classes").set_value(["Bag"]).run()
    assert app.number_input(key="point").value == 57


def test_the_paper_s_classes_are_offered_where_they_are(open_app, tmp_path):
    names = ["pug, pug-dog", "tench", "cliff", "plane", "airliner", "goldfish", "hen"]
    write_store(synthetic_store(classes=names, per_class=4), tmp_path / "se.zarr")
    app = open_app(tmp_path, "excitations")
    next(button for button in app.sidebar.button if "four" in button.label).click().run()
    four = {"pug, pug-dog", "cliff", "airliner", "goldfish"}
    assert set(app.multiselect(key="classes").value) == four
    assert set(app.query_params["classes"]) == four
    assert not [button for button in app.sidebar.button if "four" in button.label]


def test_more_classes_than_a_screen_shows_are_grouped_or_chosen(open_app, tmp_path):
    names = [f"class {k}" for k in range(120)]
    store = synthetic_store(classes=names, per_class=2, gates=(("layer3.1.se", 300),))
    write_store(store, tmp_path / "se.zarr")
    app = open_app(tmp_path, "excitations")
    assert "A cell stands for 2 × 1" in words(app)
    rows = charts(app)[1]["layout"]["yaxis"]["labelalias"]
    assert (len(rows), rows["0"]) == (60, "class 0 … class 1")
    assert len(lines(app)) == 5
    app.segmented_control(key="rows").set_value("chosen").run()
    assert charts(app)[1]["layout"]["yaxis"]["ticktext"] == app.multiselect(key="classes").value
    drawn = charts(app)[0]["data"][1]["x"]
    app.segmented_control(key="drawn").set_value("all").run()
    assert len(str(charts(app)[0]["data"][1]["x"])) > len(str(drawn))


def test_images_without_labels_show_what_needs_no_classes(open_app, tmp_path):
    write_store(synthetic_store(per_class=4, labels="none"), tmp_path / "se.zarr")
    app = open_app(tmp_path, "excitations", part="map", channel="3")
    assert not app.exception
    assert "no labelled" in words(app)
    assert [metric.label for metric in app.metric] == [
        "Nearly shut, s < 0.1",
        "Nearly open, s > 0.9",
    ]
    (figure,) = charts(app)
    assert figure["data"][0]["name"] == "images"
    app.segmented_control(key="part").set_value("images").run()
    assert "open channel 3 most" in words(app)
    app = open_app(tmp_path, "excitations", part="ranking")
    assert "link asked" in words(app)
