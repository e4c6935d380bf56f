"""What a user does, in a real browser."""

import csv
import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import legend, settle

FIGURES = {"/": 1, "/excitations": 3, "/predictions": 2}
LINES = "excitation-by-class"


def asked(page: Page) -> dict[str, list[str]]:
    """What the address holds."""
    return parse_qs(urlsplit(page.url).query)


def choose(page: Page, label: str, option: str) -> None:
    """Pick an option of a list in the sidebar by its label."""
    sidebar = page.locator("[data-testid=stSidebar]")
    sidebar.get_by_label(label, exact=True).first.click()
    page.get_by_role("option", name=option, exact=True).click()
    page.keyboard.press("Escape")


@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
@pytest.mark.parametrize("address", FIGURES)
def test_a_page_opens_with_its_figures(open_page, address, width, scheme):
    page = open_page(f"{address}?store=se", width=width, scheme=scheme)
    expect(page.locator(".js-plotly-plot")).to_have_count(FIGURES[address])
    expect(page.locator("[data-testid=stException]")).to_have_count(0)
    wide = "document.documentElement.scrollWidth > innerWidth"
    assert not page.evaluate(wide), "the page scrolls sideways"
    main = "(m => m.scrollWidth > m.clientWidth)(document.querySelector('[data-testid=stMain]'))"
    assert not page.evaluate(main), "the page scrolls sideways"
    if width == 1440:
        first = page.locator(".js-plotly-plot").first.bounding_box()
        assert first["y"] + first["height"] < 900, "the first figure is seen without scrolling"


def test_a_class_added_is_drawn_and_its_link_reproduces_it(open_page):
    page = open_page("/excitations?store=se")
    before = legend(page, LINES)
    choose(page, "Classes", "Bag")
    expect(page.locator(f".st-key-{LINES} .legendtext", has_text="Bag")).to_have_count(1)
    settle(page)
    shown = legend(page, LINES)
    assert set(shown) - set(before) == {"Bag"}
    assert "Bag" in asked(page)["classes"]
    again = open_page(page.url.removeprefix(open_page.address))
    assert legend(again, LINES) == shown


def test_a_click_on_a_figure_chooses_the_channel_everywhere(open_page):
    page = open_page("/excitations?store=se&gate=SE_1_1")
    for figure, channel in ((LINES, 7), ("class-by-channel", 3)):
        plot = page.locator(f".st-key-{figure} .nsewdrag")
        plot.scroll_into_view_if_needed()
        area = plot.bounding_box()
        x, y = page.locator(f".st-key-{figure} .js-plotly-plot").evaluate(POINT, channel)
        page.mouse.move(area["x"] + x + 2, area["y"] + y)
        page.mouse.click(area["x"] + x, area["y"] + y)
        page.wait_for_function(f"location.search.includes('channel={channel}')")
        settle(page)
        expect(page.get_by_text(f"Channel {channel}, by class")).to_be_visible()
        expect(page.get_by_role("combobox", name="Channel", exact=True)).to_have_value(str(channel))


POINT = """(plot, channel) => {
  // Where a point of that channel lies, in pixels of the plot's own area.
  const trace = plot._fullData.findLast(t => t.type === 'scatter' && t.customdata);
  const at = trace.customdata.findIndex(row => row[1] === channel);
  const {xaxis, yaxis} = plot._fullLayout;
  return [xaxis.d2p(trace.x[at]), yaxis.d2p(trace.y[at])];
}"""


def test_a_store_changed_mends_the_address(open_page):
    page = open_page("/excitations?store=se&gate=SE_1_2&classes=Bag")
    choose(page, "Store", "small-se")
    page.wait_for_url(lambda url: "store=small-se" in url)
    settle(page)
    page.wait_for_url(lambda url: "Bag" not in url)
    again = open_page(page.url.removeprefix(open_page.address))
    assert legend(again, LINES) == legend(page, LINES)
    expect(again.get_by_text("The link asked for")).to_have_count(0)


def test_choices_go_along_to_other_pages(open_page):
    page = open_page("/excitations?store=se&classes=Bag&classes=Coat&band=none")
    page.get_by_role("link", name="Predictions").click()
    page.wait_for_url(lambda url: "/predictions" in url)
    settle(page)
    assert asked(page)["classes"] == ["Bag", "Coat"]
    page.get_by_role("link", name="Excitations").click()
    page.wait_for_url(lambda url: "band=none" in url)
    settle(page)
    assert legend(page, LINES) == ["all classes", "Coat", "Bag"]


def test_nonsense_in_the_address_is_said_and_put_right(open_page):
    page = open_page("/excitations?store=se&gate=SE_9_9&channel=x")
    expect(page.get_by_text("The link asked for the gate “SE_9_9”")).to_be_visible()
    page.wait_for_url(lambda url: "SE_9_9" not in url)
    page.get_by_role("button", name="Understood").click()
    expect(page.get_by_text("The link asked for")).to_have_count(0)


def test_names_of_classes_are_never_markup(open_page):
    page = open_page("/excitations?store=small-se")
    expect(page.locator(f".st-key-{LINES} .legendtext", has_text="<b>bold</b>")).to_have_count(1)
    expect(page.locator("[data-testid=stMain] b", has_text="bold")).to_have_count(0)
    choose(page, "Store", "small-plain")
    settle(page)


def test_numbers_and_figure_can_be_downloaded(open_page, tmp_path):
    page = open_page("/excitations?store=small-se")
    files = {}
    for button in ("Numbers (CSV)", "Figure (HTML)"):
        page.locator(f".st-key-{LINES}-downloads button").first.click()
        with page.expect_download() as download:
            page.get_by_role("button", name=button).locator("visible=true").click()
        files[button] = Path(tmp_path / download.value.suggested_filename)
        download.value.save_as(files[button])
        page.keyboard.press("Escape")
    with files["Numbers (CSV)"].open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["class"] for row in rows} == {"'=1+1", "<b>bold</b>", "*stars*", "all classes"}
    assert all(0 <= float(row["mean"]) <= 1 for row in rows)
    html = files["Figure (HTML)"].read_text(encoding="utf-8")
    assert "Plotly.newPlot" in html
    assert 'src="http' not in html


def test_figures_have_the_colours_of_the_page_in_both_themes(open_page):
    for scheme in ("light", "dark"):
        page = open_page("/?store=se", scheme=scheme)
        behind = page.evaluate(
            "getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor"
        )
        paper = page.locator(".js-plotly-plot").first.evaluate("p => p._fullLayout.paper_bgcolor")
        red, green, blue = (int(paper[place : place + 2], 16) for place in (1, 3, 5))
        assert behind == f"rgb({red}, {green}, {blue})", json.dumps([scheme, paper, behind])


def test_figures_follow_a_change_of_theme_in_the_menu(open_page):
    page = open_page("/?store=se", scheme="dark")
    ink = "document.querySelector('.js-plotly-plot')?._fullLayout?.font.color"
    before = page.evaluate(ink)
    page.get_by_test_id("stMainMenu").click()
    page.get_by_test_id("stMainMenuItem-theme-Light").click()
    page.wait_for_function(f"({ink} ?? '{before}') !== '{before}'")


def test_figures_and_controls_have_names(open_page):
    page = open_page("/excitations?store=se")
    for figure in page.locator("[data-testid=stPlotlyChart]").all():
        assert len(figure.get_attribute("aria-label") or "") > 20
    for box in page.locator("input:visible").all():
        named = box.evaluate("e => e.ariaLabel || e.labels?.length || e.getAttribute('title')")
        assert named, box.evaluate("e => e.outerHTML")


def test_a_channel_can_be_chosen_by_keyboard(open_page):
    page = open_page("/excitations?store=se&gate=SE_1_1")
    page.get_by_role("combobox", name="Channel", exact=True).focus()
    page.keyboard.type("11")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "channel=11" in url)
    settle(page)
    expect(page.get_by_text("Channel 11, by class")).to_be_visible()


def test_the_gallery_turns_its_pages(open_page):
    page = open_page("/predictions?store=se")
    tiles = page.locator("[role=listitem]")
    expect(tiles).to_have_count(9)
    first = tiles.first.inner_text()
    page.locator(".st-key-page").get_by_text("2", exact=True).click()
    page.wait_for_url(lambda url: "page=2" in url)
    settle(page)
    assert tiles.first.inner_text() != first
