"""The dashboard as users run it: a real server, a real browser, small real stores on disk."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.chromium import MISSING, find
from tests.browser.drawn import settle
from tests.dashboard.conftest import pair, with_images
from tests.dashboard.real_store import CHECKPOINT, collect, make_images
from tests.load.served import Served, serve
from tests.synthetic import synthetic_store, write_store


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The dashboard over pairs with images at hand, one with its networks, on a free port."""
    folder = tmp_path_factory.mktemp("browser")
    _make_stores(folder / "runs")
    with serve(folder / "runs", folder / "server.log", read_only=False) as served:
        yield served


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium; where there is none, the tests fail."""
    path = find()
    if path is None:
        pytest.fail(MISSING)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(server: Served, browser: Browser) -> Iterator[Callable[..., Page]]:
    """``open_page("/excitations?gate=SE_1_1")``; in the end nothing may have gone wrong in it."""
    faults: list[str] = []
    contexts = []
    logged = server.log.stat().st_size

    def start(address: str, *, width: int = 1440, height: int = 900, scheme: str = "light") -> Page:
        size = {"width": width, "height": height}
        contexts.append(browser.new_context(viewport=size, color_scheme=scheme))
        page = contexts[-1].new_page()
        page.set_default_timeout(60_000)  # the first map of images compiles UMAP
        _watch(page, server.address, faults)
        page.goto(server.address + address)
        settle(page)
        return page

    start.address = server.address
    yield start
    for context in contexts:
        context.close()
    said = server.log.read_bytes()[logged:].decode(errors="replace")
    assert not faults
    assert "Traceback" not in said, said
    assert "WARNING" not in said.upper(), said


def legend(page: Page, figure: str) -> list[str]:
    """The names in the legend of the figure with the key ``figure``."""
    return page.locator(f".st-key-{figure} .legendtext").all_text_contents()


def _watch(page: Page, address: str, faults: list[str]) -> None:
    """Note what must not happen: errors, requests to other hosts."""
    # Streamlit looks for its server below a page's address before it looks at the root.
    probe = re.compile(rf"{re.escape(address)}/\w+/_stcore/(health|host-config)")

    def on_message(message) -> None:
        known = probe.fullmatch(message.location.get("url", "")) and "404" in message.text
        if message.type == "error" and not known:
            faults.append(f"console: {message.text} {message.location}")

    def on_request(request) -> None:
        ours = (address, address.replace("http", "ws", 1), "data:", "blob:")
        if not request.url.startswith(ours):
            faults.append(f"a request left the machine: {request.url}")

    page.on("console", on_message)
    page.on("pageerror", lambda error: faults.append(f"script: {error}"))
    page.on("request", on_request)


def _make_stores(folder: Path) -> None:
    se = with_images(synthetic_store(seed=1), folder / "images")
    baseline = with_images(synthetic_store(seed=2, gates=()), folder / "images")
    write_store(se, folder / "se.zarr")
    write_store(baseline, folder / "plain.zarr")
    images = make_images(folder / "drawn")
    collect(CHECKPOINT, images, folder / "walked.zarr")
    plain = CHECKPOINT.with_name(CHECKPOINT.name.removeprefix("se_"))
    collect(plain, images, folder / "walked-plain.zarr")
    pair(folder / "small", classes=("=1+1", "<b>bold</b>", "*stars*"), per_class=12)
