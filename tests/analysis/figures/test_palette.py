import pytest

from analysis.figures.palette import (
    INK,
    OKABE_ITO,
    class_style,
    class_styles,
    faded,
    template,
)


def luminance(color: str) -> float:
    """WCAG's relative luminance of ``#rrggbb``."""
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_first_eight_classes_are_okabe_and_itos_colours_in_solid_lines():
    styles = [class_style(index) for index in range(8)]
    assert {style.color for style in styles} - set(OKABE_ITO) == {"#B3A400"}  # yellow, deepened
    assert {style.dash for style in styles} == {"solid"}
    assert set(OKABE_ITO) == {
        *("#000000", "#E69F00", "#56B4E9", "#009E73"),
        *("#F0E442", "#0072B2", "#D55E00", "#CC79A7"),
    }


def test_classes_beyond_eight_differ_by_dash():
    assert class_style(8).color == class_style(0).color
    assert class_style(8).dash == "dash"


def test_no_two_of_336_classes_look_the_same():
    styles = {(s.color, s.dash, s.marker) for s in map(class_style, range(336))}
    assert len(styles) == 336
    assert class_style(336) == class_style(0)


def test_eight_classes_that_are_drawn_together_have_eight_colours():
    paper = [1, 254, 404, 972]  # goldfish, pug, airliner and cliff: the last two share a colour
    assert class_style(404).color == class_style(972).color
    styles = class_styles(paper)
    assert styles[:3] == [class_style(index) for index in paper[:3]]
    assert styles[3] == class_style(973)
    assert len({style.color for style in class_styles(range(0, 64, 8))}) == 8


def test_more_than_eight_classes_drawn_together_still_differ():
    styles = class_styles([0, 8, 16, 24, 32, 40, 48, 56, 9, 18, *range(100, 120)])
    assert len({(style.color, style.dash, style.marker) for style in styles}) == 30


@pytest.mark.parametrize(("theme", "page"), [("light", "#FFFFFF"), ("dark", "#10151C")])
def test_every_colour_can_be_seen_on_the_page(theme, page):
    assert min(contrast(class_style(index, theme).color, page) for index in range(8)) > 2.2
    assert contrast(INK[theme].text, page) > 7
    assert contrast(INK[theme].muted, page) > 4.5
    assert contrast(INK[theme].text, INK[theme].surface) > 7


def test_a_class_keeps_dash_and_marker_in_both_themes():
    for index in range(50):
        light, dark = class_style(index, "light"), class_style(index, "dark")
        assert (light.dash, light.marker) == (dark.dash, dark.marker)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_template_is_transparent_with_fonts_that_know_chinese(theme):
    layout = template(theme).layout
    assert layout.paper_bgcolor == layout.plot_bgcolor == "rgba(0,0,0,0)"
    assert "Noto Sans CJK SC" in layout.font.family
    assert layout.font.color == INK[theme].text
    assert layout.legend.orientation == "h"


def test_faded_keeps_the_colour():
    assert faded("#0072B2", 0.2) == "rgba(0,114,178,0.2)"
