"""Choices live in the address: it opens a view, survives pages, and may hold nonsense."""

import pytest
from streamlit.testing.v1 import AppTest

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
    assert app.selectbox(key="channel").value == "best"
    assert len(app.multiselect(key="classes").value) == 4
    assert "link asked" not in words(app)


def test_the_address_has_codes_that_no_language_changes(open_app, runs):
    app = open_app(runs, "excitations", store="se")
    app.segmented_control(key="order").set_value("mean").run()
    app.selectbox(key="channel").select("7").run()
    assert app.query_params == {"store": "se", "order": "mean", "channel": "7"}
    english = app.segmented_control(key="order").options
    app.segmented_control(key="language").set_value("zh").run()
    assert app.query_params == {"store": "se", "order": "mean", "channel": "7", "lang": "zh"}
    assert app.segmented_control(key="order").value == "mean"
    assert app.segmented_control(key="order").options != english
    again = open_app(runs, "excitations", **app.query_params)
    assert again.segmented_control(key="order").value == "mean"
    assert again.query_params == app.query_params
    assert "7" in again.selectbox(key="channel").value


def test_the_language_goes_along_to_other_pages(open_app, runs):
    app = open_app(runs, "excitations", lang="zh", gate="SE_1_2")
    app.switch_page("views/predictions.py").run()
    app.switch_page("views/home.py").run()
    assert app.query_params == {"lang": "zh", "gate": "SE_1_2"}
    app.segmented_control(key="language").set_value("en").run()
    assert app.query_params == {"gate": "SE_1_2"}


def test_nothing_chosen_is_a_choice(open_app, runs):
    app = open_app(runs, "excitations", store="se")
    app.multiselect(key="classes").set_value([]).run()
    assert app.query_params["classes"] == ""
    again = open_app(runs, "excitations", **app.query_params)
    assert again.multiselect(key="classes").value == []
    assert "link asked" not in words(again)


def test_a_default_that_nobody_chose_follows_the_store(open_app, runs):
    app = open_app(runs, "excitations", store="se")
    first = app.multiselect(key="classes").value
    app.selectbox(key="store").select("tricky").run()
    assert app.query_params == {"store": "tricky"}
    app.selectbox(key="store").select("se").run()
    assert app.multiselect(key="classes").value == first


def controls() -> None:
    """A page of the controls that have no page of their own."""
    import streamlit as st  # noqa: PLC0415

    from dashboard.parts import controls  # noqa: PLC0415
    from dashboard.shell import address  # noqa: PLC0415

    address.begin()
    whole = controls.choose_number("Images", 1, 9, key="images", default=4)
    share = controls.choose_number("Share", 0.0, 1.0, key="share", default=0.5, step=0.05)
    yes = controls.choose_whether("Sorted", key="sorted")
    page = controls.turn_page(7, key="page")
    point = controls.kept("point", default="", known=str.isdecimal, noun="the point")
    st.button("Pick", on_click=lambda: st.session_state.update(point="12"))
    st.code(repr([whole, share, yes, page, point]))
    st.code(repr(st.session_state.get("hints", [])))
    address.finish()


def opened(**parameters: str) -> AppTest:
    app = AppTest.from_function(controls, default_timeout=30)
    app.query_params.update(parameters)
    return app.run()


def test_numbers_switches_pages_and_clicks_are_in_the_address():
    app = opened()
    assert app.code[0].value == "[4, 0.5, False, 1, '']"
    assert not app.query_params
    app.slider(key="images").set_value(9)
    app.slider(key="share").set_value(0.15)
    app.toggle(key="sorted").set_value(True)
    app.button[0].click().run()
    said = {"images": "9", "share": "0.15", "sorted": "1", "point": "12"}
    assert app.query_params == said
    again = opened(page="3", **said)
    assert again.code[0].value == "[9, 0.15, True, 3, '12']"
    assert again.code[1].value == "[]"


@pytest.mark.parametrize(
    "parameters",
    [
        {"images": "10", "share": "nan", "sorted": "maybe", "point": "x"},
        {"images": "4.5", "share": "1e999", "sorted": "", "point": "-1"},
    ],
)
def test_numbers_that_are_none_are_hinted_at_and_put_right(parameters):
    app = opened(page="99", **parameters)
    assert app.code[0].value == "[4, 0.5, False, 7, '']"
    assert app.query_params == {"page": "7"}
    said = app.code[1].value.replace("\\", "")
    assert f"asked for “Images” “{parameters['images']}”, which is not there" in said
    assert not app.exception
