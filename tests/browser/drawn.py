"""When a page of the dashboard is drawn."""

from playwright.sync_api import Page


def settle(page: Page) -> None:
    """Wait until the server has sent all and the browser has drawn it, twice in a row."""
    page.locator("[data-testid=stMain] h1").wait_for()
    for _ in range(2):
        page.wait_for_function(_DRAWN)
        page.wait_for_timeout(200)


_DRAWN = """() =>
  document.querySelector('[data-testid=stApp]').dataset.testScriptState === 'notRunning'
  && !document.querySelector('[data-testid=stSkeleton], [data-stale=true]')
  && [...document.querySelectorAll('[data-testid=stPlotlyChart]')]
    .every(chart => chart.querySelector('.main-svg'))"""
