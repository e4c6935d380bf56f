"""The SE block, step by step, as a user drags its gates."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import settle

ADDRESS = "/block?store=walked&gate=SE_3_3"
SLIDERS = ".st-key-desk input"


def after(page: Page) -> list[float]:
    """Per cent of the classes with the gates that are set, as the figure has them."""
    plot = page.locator(".st-key-what-if .js-plotly-plot")
    return plot.evaluate("p => Array.from(p._fullData[1].x)")


def moves_on(page: Page, before: list[float]) -> None:
    """Wait until the prediction has changed."""
    drawn = """before => {
      const plot = document.querySelector('.st-key-what-if .js-plotly-plot')
      return plot?._fullData && String([...plot._fullData[1].x]) !== String(before)
    }"""  # while it is drawn anew there is none
    page.wait_for_function(drawn, arg=before)


def test_a_dragged_gate_changes_the_prediction_before_it_is_let_go(open_page):
    page = open_page(ADDRESS, height=1500)
    slider, before = page.locator(SLIDERS).first, after(page)
    box = slider.bounding_box()
    x, top = box["x"] + box["width"] / 2, box["y"]
    page.mouse.move(x, top + box["height"] * (1 - float(slider.input_value())))
    page.mouse.down()
    for step in range(8):
        page.mouse.move(x, top + box["height"] * (0.5 + 0.06 * step))
        page.wait_for_timeout(40)
    moves_on(page, before)
    assert "moved=" not in page.url, "a drag is no step of the history before its end"
    page.mouse.up()
    page.wait_for_url(lambda url: "moved=" in url)
    settle(page)
    assert float(slider.input_value()) < 0.15
    link = page.url.removeprefix(open_page.address)
    there = after(page)
    again = open_page(link, height=1500)
    assert after(again) == pytest.approx(there)
    assert float(again.locator(SLIDERS).first.input_value()) == float(slider.input_value())


def test_gates_move_by_keys_and_are_put_back(open_page):
    page = open_page(ADDRESS, height=1500)
    slider, before = page.locator(SLIDERS).nth(1), after(page)
    own = slider.input_value()
    slider.focus()
    for _ in range(30):
        page.keyboard.press("ArrowDown")
    page.wait_for_url(lambda url: "moved=" in url)
    moves_on(page, before)
    assert float(slider.input_value()) == pytest.approx(max(float(own) - 0.3, 0), abs=0.011)
    page.get_by_role("button", name="Put the dragged ones back").click()
    page.wait_for_url(lambda url: "moved=" not in url)
    settle(page)
    assert slider.input_value() == own
    assert after(page) == pytest.approx(before)
    page.go_back()
    page.wait_for_url(lambda url: "moved=" in url)
    settle(page)
    assert slider.input_value() != own


def test_all_steps_are_there_and_a_map_can_be_clicked(open_page):
    page = open_page(ADDRESS, scheme="dark")
    expect(page.locator(".js-plotly-plot")).to_have_count(7)
    for slider in page.locator(SLIDERS).all():
        assert slider.get_attribute("aria-label").startswith("Gate of channel ")
    gates = page.locator(".st-key-gates .js-plotly-plot").bounding_box()
    assert gates["y"] + gates["height"] < 900, "the gates are seen without scrolling"
    maps = page.locator(".st-key-maps .nsewdrag")
    maps.scroll_into_view_if_needed()
    box = maps.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2 - 20, box["y"] + 50)
    page.mouse.click(box["x"] + box["width"] / 2 - 20, box["y"] + 51)
    page.wait_for_url(lambda url: "channel=" in url)
