"""The pictures of the guide, from the running dashboard: ``make guide``.

    python -m tests.browser.guide [NAME ...]

It serves the stores of ``make demo`` and the shipped ones from a folder of its own, where the
photographs of Imagenette are not found: they are not ours to publish. Fashion-MNIST's are.
"""

import argparse
import contextlib
import io
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import torch
from PIL import Image
from playwright.sync_api import Browser, Page, sync_playwright

from senet_core import SEConfig, create_model, save_checkpoint
from senet_core.checkpoint import read_metadata
from tests.browser.chromium import MISSING, find
from tests.browser.drawn import settle
from tests.load.served import ENVIRONMENT, ROOT, serve

DOCS = ROOT / "docs"
LANGUAGES = ("en", "zh")
MOST_BYTES = 120_000
COLOURS = (256, 192, 128, 96, 64)
WIDTH, HEIGHT = 1440, 900
PATIENCE = 180
QUIET = 5.0
"""Seconds without a word from the server, after which nothing on the page is being computed."""

SE, PLAIN = "se_cifar_resnet20.fashion_mnist", "cifar_resnet20.fashion_mnist"
PHOTOGRAPHS = "se_resnet50.imagenette"
TRAINED, UNTRAINED = "trained", "untrained"


@dataclass(frozen=True)
class Shot:
    """A view of a page.

    Attributes:
        page: its address.
        view: what the address asks for.
        height: of the window in pixels.
        files: under ``docs``, with a gap for the language; without one, for English alone.
    """

    page: str
    view: tuple[tuple[str, str | int], ...] = ()
    height: int = HEIGHT
    file: str = "guide/{lang}/{name}.png"

    def files(self, name: str) -> dict[str, Path]:
        """Where the picture called ``name`` goes in each language."""
        languages = LANGUAGES if "{lang}" in self.file else LANGUAGES[:1]
        return {lang: DOCS / self.file.format(lang=lang, name=name) for lang in languages}


_CLASSES = (("classes", "Pullover"), ("classes", "Coat"), ("classes", "Sneaker"))
_EXCITATIONS = (("store", SE), ("gate", "SE_3_2"), *_CLASSES, ("classes", "Bag"))

SHOTS = {
    "home": Shot(""),
    "block": Shot("block", (("store", SE), ("gate", "SE_3_2"), ("image", 9000))),
    "lessons": Shot("lessons", (("store", PHOTOGRAPHS), ("lesson", 4))),
    "excitations": Shot("excitations", _EXCITATIONS),
    "readme": Shot("excitations", _EXCITATIONS, height=1280, file="excitations.png"),
    "depth": Shot("depth", (("store", PHOTOGRAPHS),)),
    "predictions": Shot("predictions", (("store", SE), ("other", PLAIN), *_CLASSES)),
    "attribution": Shot(
        "attribution", (("store", SE), ("other", PLAIN), ("gate", "SE_3_2"), ("image", 9000))
    ),
    "interventions": Shot("interventions", (("store", PHOTOGRAPHS),)),
    "zoo": Shot("zoo"),
    "checkpoints": Shot(
        "checkpoints", (("store", TRAINED), ("other", UNTRAINED), ("gate", "SE_3_2"))
    ),
}
"""In the order in which they are taken; the last one is of two stores that only then are there."""


class Fault(Exception):
    """What is wrong and how to mend it, in a sentence."""


def main(names: list[str]) -> None:
    """Take the shots called ``names``, or all."""
    names = [name for name in SHOTS if name in names] or list(SHOTS)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        lay_out(work)
        if "checkpoints" in names:
            collect_two(work)
        quiet = ("--logger.level", "warning")
        log = work / "server.log"
        server = serve(Path("runs"), log, quiet, read_only=False, folder=work)
        with server as served, browsing() as browser:
            for name in names:
                if name == "checkpoints":
                    show_two(work)
                for lang, file in SHOTS[name].files(name).items():
                    take(browser, served.address, SHOTS[name], lang, file)


def lay_out(work: Path) -> None:
    """A folder to serve from: the demo's stores, Fashion-MNIST, and the dashboard's settings."""
    (work / "runs").mkdir()
    (work / "data").mkdir()
    for store in (SE, PLAIN):
        demo = ROOT / "runs" / "demo" / f"{store}.zarr"
        if not demo.is_dir():
            raise Fault(f"the guide shows {store}, which is not collected yet; run `make demo`")
        shutil.copytree(demo, work / "runs" / demo.name)  # links that lead out are not served
    fashion = ROOT / "data" / "FashionMNIST"
    if not fashion.is_dir():
        raise Fault("the images of Fashion-MNIST are not there; run `make demo`")
    shutil.copytree(fashion, work / "data" / fashion.name)
    (work / ".streamlit").symlink_to(ROOT / ".streamlit")


def collect_two(work: Path) -> None:
    """The SE network and what it was before its training, over the same 500 images."""
    trained = ROOT / "dashboard" / "demo" / f"{SE}.safetensors"
    networks = {TRAINED: trained, UNTRAINED: begin_anew(trained, work / f"{UNTRAINED}.safetensors")}
    for name, checkpoint in networks.items():
        say(f"Collecting {name}")
        command = [sys.executable, "-m", "analysis", "collect", "--checkpoint", str(checkpoint)]
        command += ["--dataset", "fashion_mnist", "--limit", "50", "--out", f"{name}.zarr"]
        done = subprocess.run(
            command, cwd=work, env=ENVIRONMENT, check=False, capture_output=True, text=True
        )
        if done.returncode:
            raise Fault(f"{name} could not be collected: {done.stderr.strip()}")


def begin_anew(trained: Path, file: Path) -> Path:
    """The same network with the random weights of a start, written to ``file``."""
    said = read_metadata(trained)
    torch.manual_seed(0)
    model = create_model(
        said["architecture"],
        said["num_classes"],
        said["in_chans"],
        SEConfig.from_json(said["se"]),
        **said["options"],
    )
    same = {key: said[key] for key in ("classes", "mean", "std", "input_size")}
    return save_checkpoint(file, model, **same)


def show_two(work: Path) -> None:
    """Let the running dashboard see what `collect_two` made."""
    for name in (TRAINED, UNTRAINED):
        (work / f"{name}.zarr").rename(work / "runs" / f"{name}.zarr")
    time.sleep(6)  # it looks anew every five seconds


@contextlib.contextmanager
def browsing() -> Iterator[Browser]:
    """The browser of the tests."""
    path = find()
    if path is None:
        raise Fault(MISSING)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


def take(browser: Browser, address: str, shot: Shot, lang: str, file: Path) -> None:
    """Open the view, wait until it is drawn, and write its picture."""
    size = {"width": WIDTH, "height": shot.height}
    locale = {"en": "en-GB", "zh": "zh-CN"}[lang]
    context = browser.new_context(viewport=size, color_scheme="light", locale=locale)
    page = context.new_page()
    page.set_default_timeout(PATIENCE * 1000)
    heard = [time.monotonic()]
    page.on(
        "websocket",
        lambda socket: socket.on("framereceived", lambda _: heard.append(time.monotonic())),
    )
    page.goto(f"{address}/{shot.page}?{urlencode([*shot.view, ('lang', lang)])}")
    settle(page)
    be_quiet(page, heard)
    settle(page)
    if page.locator("[data-testid=stException], [data-testid=stAlert], .st-key-link-hints").count():
        raise Fault(f"{page.url} shows a fault, or something else than what was asked for")
    page.mouse.move(0, 0)
    picture = packed(page.screenshot(animations="disabled", caret="hide"))
    context.close()
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(picture)
    say(f"{file.relative_to(ROOT)}: {len(picture) / 1000:.0f} kB")


def be_quiet(page: Page, heard: list[float]) -> None:
    """Wait until the server, which sends what it is computing bit by bit, has said all."""
    end = time.monotonic() + PATIENCE
    while time.monotonic() < heard[-1] + QUIET:
        if time.monotonic() > end:
            raise Fault(f"{page.url} was still being computed after {PATIENCE} seconds")
        page.wait_for_timeout(250)


def packed(screenshot: bytes) -> bytes:
    """A PNG with a palette, of as many colours as `MOST_BYTES` hold."""
    image = Image.open(io.BytesIO(screenshot)).convert("RGB")
    for colours in COLOURS:
        file = io.BytesIO()
        own = image.quantize(colours, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        own.save(file, "PNG", optimize=True)
        if file.tell() <= MOST_BYTES:
            return file.getvalue()
    raise Fault(f"a picture takes {file.tell()} bytes, more than {MOST_BYTES}")


def say(sentence: str) -> None:
    """Progress goes to standard error."""
    print(sentence, file=sys.stderr, flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", choices=[*SHOTS, []], metavar="NAME")
    try:
        main(parser.parse_args().names)
    except Fault as fault:
        say(str(fault))
        sys.exit(1)
