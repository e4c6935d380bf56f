"""Choices made by those who have no mouse: from the top of the page, by keys alone."""

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import settle

MOST = 150
"""Presses of Tab: no page has more controls."""


def tab_to(page: Page, control: Locator) -> None:
    """Press Tab until ``control`` has the focus."""
    for _ in range(MOST):
        page.keyboard.press("Tab")
        if control.evaluate("e => e.getRootNode().activeElement === e"):
            return
    raise AssertionError(f"Tab does not come to {control}")


def test_a_gate_of_the_block_is_moved(open_page):
    page = open_page("/block?store=walked")
    slider = page.locator(".st-key-desk input").first
    tab_to(page, slider)
    before = float(slider.input_value())
    page.keyboard.press("Home")
    page.wait_for_url(lambda url: "moved=" in url)
    settle(page)
    assert float(slider.input_value()) < before


def test_channel_and_order_of_excitations_are_chosen(open_page):
    page = open_page("/excitations?store=se&gate=SE_1_1")
    tab_to(page, page.locator(".st-key-order [aria-checked=true]"))
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    page.wait_for_url(lambda url: "order=mean" in url)
    settle(page)
    tab_to(page, page.get_by_role("combobox", name="Channel", exact=True))
    page.keyboard.type("11")
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "channel=11" in url)
    settle(page)
    expect(page.get_by_text("Channel 11, by class")).to_be_visible()


def test_a_lesson_is_chosen_and_its_question_answered(open_page):
    page = open_page("/lessons?store=se")
    tab_to(page, page.locator(".st-key-lesson [aria-checked=true]"))
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Space")
    page.wait_for_url(lambda url: "lesson=2" in url)
    settle(page)
    tab_to(page, page.get_by_role("spinbutton", name="Your answer"))
    page.keyboard.type("1")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Not with this store.")).to_be_visible()
