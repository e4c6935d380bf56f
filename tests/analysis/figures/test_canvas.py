import numpy as np
import pytest

from analysis.figures.canvas import (
    channel_ticks,
    class_ticks,
    empty_figure,
    full,
    mark_channel,
    safe,
    short,
)


def test_names_cannot_be_read_as_markup_or_formula():
    assert safe("<b>a & b</b>") == "&lt;b&gt;a &amp; b&lt;/b&gt;"
    assert "$" not in safe("$x^2$")
    assert safe(" two\nlines ") == "two lines"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Ankle boot", "Ankle boot"),
        ("eighteen letters18", "eighteen letters18"),
        ("tench, Tinca tinca, a fish", "tench, Tinca tinc…"),
        ("a very long, punctuated name", "a very long, punc…"),
        ("1234567890123456, xyz", "1234567890123456…"),
        ("金鱼金鱼金鱼金鱼金鱼", "金鱼金鱼金鱼金鱼…"),  # wide letters take two places
    ],
)
def test_ticks_show_the_beginning_of_a_long_name(name, shown):
    assert short(name) == shown


def test_an_ampersand_is_not_cut_in_two():
    assert short("salt & pepper and more") == "salt &amp; pepper and…"


def test_hover_texts_show_the_whole_name_in_lines():
    name = "tench, Tinca tinca, the long common European freshwater fish"
    assert full(name).replace("<br>", " ") == name
    assert max(map(len, full(name).split("<br>"))) <= 36
    assert full("<b>") == "&lt;b&gt;"
    assert full("") == "&nbsp;"


@pytest.mark.parametrize("channels", [1, 16, 50, 64, 512, 2048])
def test_channels_have_a_readable_number_of_round_ticks(channels):
    ticks = channel_ticks(np.arange(channels))
    assert 1 <= len(ticks["tickvals"]) <= 16
    assert ticks["ticktext"] == [str(place) for place in ticks["tickvals"]]
    if channels == 512:
        assert ticks["ticktext"][:3] == ["0", "50", "100"]


def test_ticks_name_the_channel_that_is_drawn_there():
    assert channel_ticks(np.array([7, 3, 9]))["ticktext"] == ["7", "3", "9"]


def test_a_thousand_classes_are_not_all_labelled():
    ticks = class_ticks([f"class {i}" for i in range(1000)])
    assert len(ticks["tickvals"]) <= 60
    assert ticks["ticktext"][1] == f"class {ticks['tickvals'][1]}"


def test_a_channel_is_marked_where_it_stands():
    figure = empty_figure(theme="dark", height=100, revision="x")
    mark_channel(figure, np.array([5, 2, 8]), 8)
    assert figure.layout.shapes[0].x0 == 2
    for absent in (None, 3):
        mark_channel(figure, np.array([5, 2, 8]), absent)
    assert len(figure.layout.shapes) == 1
