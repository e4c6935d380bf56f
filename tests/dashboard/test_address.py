"""Choices live in the address: it opens a view, survives pages, and may hold nonsense."""

import pytest

from tests.dashboard.conftest import PAGES, charts, words


def test_an_address_opens_its_view(open_app, runs):
    address = {"store": "se", "gate": "SE_2_1", "channel": "7", "classes": ["Bag", "Coat"]}
    app = open_app(runs, "excitations", **address)
    assert app.selectbox(key="gate").value == "SE_2_1"
    assert app.selectbox(key="channel").value == "7"
    assert app.multiselect(key="classes").value == ["Bag", "Coat"]
    assert "Channel 7, by class" in words(app)
    assert "link asked" not in words(app)


@pytest.mark.parametrize("page", PAGES)
def test_nonsense_opens_the_page_with_a_hint_and_the_defaults(open_app, runs, page):
    address = dict.fromkeys(("store", "gate", "classes", "other", "channel", "order"), "*nonsense*")
    app = open_app(runs, page, **address)
    assert not app.exception
    assert charts(app)
    assert "The link asked for the store “*nonsense*”, which is not there" in words(app)
    app.button(key="hints-read").click().run()
    assert "The link asked" not in words(app)


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("channel", "-1"),
        ("channel", "999999999999"),
        ("classes", ["Bag", "<script>"]),
        ("gate", "../../etc/passwd"),
        ("store", "/etc"),
        ("order", ""),
        ("band", "\0"),
    ],
)
def test_no_value_of_a_parameter_breaks_the_page(open_app, runs, parameter, value):
    app = open_app(runs, "excitations", **{parameter: value})
    assert not app.exception
    assert len(charts(app)) == 3


def test_a_known_part_of_the_classes_is_kept(open_app, runs):
    app = open_app(runs, "excitations", store="se", classes=["Bag", "Hat"])
    assert app.multiselect(key="classes").value == ["Bag"]
    assert "the classes “Hat”" in words(app)


def test_choices_survive_a_change_of_page(open_app, runs):
    app = open_app(runs, "excitations", store="se")
    app.selectbox(key="gate").select("SE_1_2")
    app.segmented_control(key="band").set_value("none")
    app.multiselect(key="classes").set_value(["Bag"]).run()
    app.switch_page("views/predictions.py").run()
    assert app.multiselect(key="classes").value == ["Bag"]
    app.switch_page("views/excitations.py").run()
    assert app.selectbox(key="gate").value == "SE_1_2"
    assert app.segmented_control(key="band").value == "none"


def test_another_store_keeps_what_it_has_and_mends_the_rest(open_app, runs):
    app = open_app(runs, "excitations", store="se", gate="SE_3_2", channel="60", classes="Bag")
    app.selectbox(key="store").select("tricky").run()
    assert not app.exception
    assert app.selectbox(key="gate").value == "SE_2_1"
    assert app.selectbox(key="channel").value == "most separating"
    assert len(app.multiselect(key="classes").value) == 4
    assert "link asked" not in words(app)
