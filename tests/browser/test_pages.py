"""Every page in both themes and languages, on a wide and a narrow screen.

CI opens each page twice, which is both of everything; the slow tests open the other six. Pictures
of them all are left in ``build/screenshots``, or where ``SCREENSHOTS`` says.
"""

import os
import time
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from dashboard.shell.navigation import PLACES
from tests.browser.accessibility import passed_over_by_tab, violations
from tests.browser.conftest import settle
from tests.load.served import ROOT

SCREENSHOTS = Path(os.environ.get("SCREENSHOTS", ROOT / "build" / "screenshots"))
STORES = {"block": "walked", "attribution": "walked"}
"""The pages that let a network look at images: on stores that have both."""
HEIGHT, TALLEST = 900, 6000


@dataclass(frozen=True)
class View:
    """How a page is looked at."""

    width: int
    scheme: str
    lang: str

    def __str__(self) -> str:
        return f"{self.width}-{self.scheme}-{self.lang}"


VIEWS = [
    View(width, scheme, lang)
    for width in (1440, 390)
    for scheme in ("light", "dark")
    for lang in ("en", "zh")
]
QUICK = {View(1440, "light", "en"), View(390, "dark", "zh")}


@pytest.mark.parametrize(
    "view",
    [pytest.param(v, id=str(v), marks=() if v in QUICK else pytest.mark.slow) for v in VIEWS],
)
@pytest.mark.parametrize("name", [place.name for place in PLACES])
def test_a_page_is_whole(open_page, name, view):
    address = "/" if name == "home" else f"/{name}"
    asked = f"?store={STORES.get(name, 'se')}&lang={view.lang}"
    page = open_page(address + asked, width=view.width, height=HEIGHT, scheme=view.scheme)
    if view.width > 1000:
        assert first_figure_ends(page) < HEIGHT, "the first figure is not seen without scrolling"
    show_all(page)
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SCREENSHOTS / f"{name}-{view}.png")
    expect(page.locator("[data-testid=stException]")).to_have_count(0)
    assert not too_wide(page), "the page scrolls sideways"
    assert page.locator("h1").count() == 1
    assert answers_the_mouse(page), "no figure answers the mouse"
    assert not (found := violations(page)), "\n".join(found)
    if view.width > 1000:
        assert not (missed := passed_over_by_tab(page)), "\n".join(missed)


def first_figure_ends(page: Page) -> float:
    """How far below the top of the window the first figure ends, in pixels."""
    return page.wait_for_function(_FIRST_ENDS).json_value()


_FIRST_ENDS = """() => {
  // Asked in one step, and again while there is none: a figure that is drawn anew has no place.
  const box = document.querySelector('.js-plotly-plot')?.getBoundingClientRect()
  return box?.height && box.bottom
}"""


def show_all(page: Page) -> None:
    """Make the window as tall as the page."""
    tall = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({**page.viewport_size, "height": min(max(tall, HEIGHT), TALLEST)})
    settle(page)


def too_wide(page: Page) -> bool:
    """Whether the document, or the part of it that scrolls, is wider than the window."""
    return page.evaluate(
        """() => [document.documentElement, document.querySelector('[data-testid=stMain]')]
          .some(part => part.scrollWidth > part.clientWidth)"""
    )


PATIENCE = 15
"""Seconds in which a figure must have answered."""


def answers_the_mouse(page: Page) -> bool:
    """Whether a figure says what is drawn where the mouse is; pictures of pixels need not."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        for plot in page.locator(".js-plotly-plot").element_handles():
            # Figures that come part by part are replaced meanwhile; those are passed over.
            for x, y in plot.evaluate(_POINTS) if plot.is_visible() else ():
                page.mouse.move(x + 3, y)
                page.mouse.move(x, y)
                page.wait_for_timeout(300)
                if plot.query_selector(".hoverlayer > *"):
                    return True
    return False


_POINTS = """plot => {
  // Where some of the drawn points lie, in pixels of the window; the middle where there are none.
  if (!plot._fullData) return []  // a figure that is being drawn anew
  const points = plot._fullData.filter(t => t.hoverinfo !== 'skip' && t.x && t.y).map(trace => {
    const [x, y] = ['x', 'y'].map(way =>
      plot._fullLayout[(trace[way + 'axis'] ?? way).replace(way, way + 'axis')])
    const at = Math.floor(trace.x.length / 2)
    const across = trace.y.length === trace.x.length ? at : Math.floor(trace.y.length / 2)
    return [x._offset + x.d2p(trace.x[at]), y._offset + y.d2p(trace.y[across])]
  })
  const {width, height} = plot._fullLayout
  plot.scrollIntoView({block: 'center', behavior: 'instant'})
  const {left, top} = plot.getBoundingClientRect()
  return [...points.filter(point => point.every(Number.isFinite)), [width / 2, height / 2]]
    .map(([x, y]) => [left + x, top + y])
}"""
