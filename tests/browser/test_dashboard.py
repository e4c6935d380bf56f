"""What a user does, in a real browser."""

import csv
import json
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Page, expect

from tests.browser.conftest import legend, settle

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


def shown_in_sidebar(page: Page) -> list[str]:
    """What the lists of the sidebar stand on."""
    boxes = page.locator("[data-testid=stSidebar] input[role=combobox]").all()
    return [box.input_value() for box in boxes]


def test_back_and_forward_go_through_choices_and_pages(open_page):
    page = open_page("/?store=se")
    page.get_by_role("link", name="Excitations").first.click()
    page.wait_for_url(lambda url: "/excitations" in url)
    settle(page)
    choose(page, "Gate", "SE_1_2")
    page.wait_for_url(lambda url: "gate=SE_1_2" in url)
    page.locator(".st-key-order").get_by_text("by mean gate").click()
    page.wait_for_url(lambda url: "order=mean" in url)
    settle(page)
    page.get_by_role("link", name="Predictions").first.click()
    page.wait_for_url(lambda url: "/predictions" in url)
    settle(page)
    steps = [
        ("/excitations", {"store": ["se"], "gate": ["SE_1_2"], "order": ["mean"]}, "SE_1_2"),
        ("/excitations", {"store": ["se"], "gate": ["SE_1_2"]}, "SE_1_2"),
        ("/excitations", {"store": ["se"]}, "SE_3_2"),
        ("/", {"store": ["se"]}, None),
    ]
    for path, choices, gate in steps:
        page.go_back()
        page.wait_for_function(f"location.pathname == '{path}'")
        settle(page)
        assert (urlsplit(page.url).path, asked(page)) == (path, choices)
        assert shown_in_sidebar(page)[1:2] in ([gate], [])
        assert gate or path == "/"
    for _ in range(3):
        page.go_forward()
        settle(page)
    assert asked(page) == steps[0][1]
    expect(page.get_by_text("channel, from the least to the most open")).to_be_visible()


def test_a_choice_is_one_run_and_one_step(open_page):
    page = open_page("/excitations?store=se")
    sent: list[float] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda _: sent.append(0)))
    page.reload()
    settle(page)
    before, steps = len(sent), page.evaluate("history.length")
    page.locator(".st-key-order").get_by_text("by mean gate").click()
    page.wait_for_url(lambda url: "order=mean" in url)
    settle(page)
    page.wait_for_timeout(500)
    assert len(sent) == before + 1
    assert page.evaluate("history.length") == steps + 1


def test_a_link_opens_the_same_view_in_both_languages(open_page):
    link = "/excitations?store=se&gate=SE_1_2&channel=3&order=mean&form=histogram"
    pages = [open_page(link), open_page(f"{link}&lang=zh")]
    titles = []
    for page in pages:
        assert shown_in_sidebar(page)[1] == "SE_1_2"
        expect(page.locator(".st-key-form [aria-checked=true]")).to_have_count(1)
        plot = page.locator(".st-key-channel-distribution .js-plotly-plot")
        assert plot.evaluate("p => p._fullData[0].type") == "scatter"  # a histogram's outline
        titles.append(page.locator("h1").inner_text())
    assert titles[0] != titles[1]
    assert asked(pages[1]) == asked(pages[0]) | {"lang": ["zh"]}
    pages[1].get_by_text("English", exact=True).click()
    pages[1].wait_for_url(lambda url: "lang=" not in url)
    settle(pages[1])
    assert asked(pages[1]) == asked(pages[0])
    assert pages[1].locator("h1").inner_text() == titles[0]


def test_a_point_of_the_map_chooses_its_image(open_page):
    page = open_page("/excitations?store=se&part=map", height=1800)
    nearest = page.locator("[role=list][aria-label='The nearest images'] img")
    expect(nearest).to_have_count(8, timeout=60_000)
    plot = page.locator(".st-key-gate-space .nsewdrag")
    plot.wait_for()
    settle(page)
    area = plot.bounding_box()
    sample, x, y = page.locator(".st-key-gate-space .js-plotly-plot").evaluate(LONELY)
    page.mouse.move(area["x"] + x + 2, area["y"] + y)
    page.mouse.click(area["x"] + x, area["y"] + y)
    page.wait_for_url(lambda url: f"point={sample}" in url)
    settle(page)
    expect(page.get_by_text(f"Image {sample}", exact=True)).to_be_visible()
    expect(nearest).to_have_count(8)


LONELY = """plot => {
  // An image, not the first of all, with the most room around its point.
  const {xaxis, yaxis} = plot._fullLayout;
  const points = plot._fullData.filter(t => t.customdata).flatMap(t =>
    [...t.x].map((x, i) => [t.customdata[i][0], xaxis.d2p(x), yaxis.d2p(t.y[i])]));
  const room = p => Math.min(...points.filter(q => q !== p)
    .map(q => Math.hypot(p[1] - q[1], p[2] - q[2])));
  return points.filter(p => p[0] > 0).reduce((a, b) => room(a) > room(b) ? a : b);
}"""


def test_a_row_of_the_ranking_chooses_its_channel(open_page):
    page = open_page("/excitations?store=se&gate=SE_1_1&part=ranking", height=1800)
    table = page.locator("[data-testid=stDataFrame]").bounding_box()
    page.mouse.click(table["x"] + 18, table["y"] + 35 + 17 + 35)  # the box of the second row
    page.wait_for_url(lambda url: "channel=" in url)
    settle(page)
    channel = asked(page)["channel"][0]
    expect(page.get_by_text(f"Channel {channel}, by class")).to_be_visible()


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


def test_the_gallery_turns_its_pages(open_page):
    page = open_page("/predictions?store=se")
    tiles = page.locator("[role=listitem]")
    expect(tiles).to_have_count(9)
    first = tiles.first.inner_text()
    page.locator(".st-key-page").get_by_text("2", exact=True).click()
    page.wait_for_url(lambda url: "page=2" in url)
    settle(page)
    assert tiles.first.inner_text() != first
