"""The guide shows every page in both languages, and all that it shows is there."""

import re
from pathlib import Path

import pytest
from PIL import Image

from analysis.images import open_images
from analysis.store import open_store
from dashboard.lessons.texts import LESSONS
from dashboard.shell.language import LANGUAGES
from dashboard.shell.navigation import PLACES
from dashboard.shell.settings import DEMO
from tests.browser import guide

DOCS = Path(__file__).resolve().parents[1] / "docs"
FILES = {"en": DOCS / "guide.md", "zh": DOCS / "guide.zh.md"}
TEXTS = {lang: file.read_text(encoding="utf-8") for lang, file in FILES.items()}
PICTURES = sorted(DOCS.glob("guide/*/*.png"))


def images(text: str) -> dict[str, str]:
    """The pictures of a guide in their order, each with what it says of them."""
    return {file: alt for alt, file in re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", text)}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_page_has_its_picture_in_the_order_of_the_pages(lang):
    shown = images(TEXTS[lang])
    assert list(shown) == [f"guide/{lang}/{place.name}.png" for place in PLACES]
    assert not [file for file in shown if not (DOCS / file).is_file()]
    assert all(len(alt) > 15 for alt in shown.values())


def test_no_picture_lies_about_unused_and_the_script_takes_each():
    shown = {DOCS / file for text in TEXTS.values() for file in images(text)}
    assert set(PICTURES) == shown
    taken = {path for name, shot in guide.SHOTS.items() for path in shot.files(name).values()}
    assert taken == shown | {DOCS / "excitations.png"}


def test_pictures_are_of_one_size_and_small():
    for file in PICTURES:
        with Image.open(file) as picture:
            assert picture.size == (guide.WIDTH, guide.HEIGHT), file
        assert file.stat().st_size <= guide.MOST_BYTES, file
    assert sum(file.stat().st_size for file in PICTURES) < 2_500_000


def test_the_dashboard_of_the_pictures_finds_no_photographs(tmp_path, monkeypatch):
    for store in (guide.SE, guide.PLAIN):
        (tmp_path / "runs" / "demo" / f"{store}.zarr").mkdir(parents=True)
    for images in ("FashionMNIST", "imagenette2-160/val"):
        (tmp_path / "data" / images).mkdir(parents=True)
    (tmp_path / ".streamlit").mkdir()
    monkeypatch.setattr(guide, "ROOT", tmp_path)
    (work := tmp_path / "work").mkdir()
    guide.lay_out(work)
    monkeypatch.chdir(work)
    shipped = sorted(DEMO.glob("*.imagenette.zarr"))
    assert len(shipped) == 2
    for store in shipped:
        assert open_images(open_store(store)) is None
    assert (work / "data" / "FashionMNIST").is_dir()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_links_lead_somewhere(lang):
    links = re.findall(r"(?<!!)\[[^\]]*\]\(([^)#]+)[^)]*\)", TEXTS[lang])
    local = [link for link in links if not link.startswith("http")]
    assert not [link for link in local if not (DOCS / link).exists()]
    lessons = [int(n) for n in re.findall(r"\]\(\S+/lessons\?lesson=(\d+)", TEXTS[lang])]
    assert lessons == list(range(1, len(LESSONS) + 1))
    places = {place.name for place in PLACES}
    assert set(re.findall(r"`/(\w+)\?", TEXTS[lang])) <= places


def test_headings_in_other_files_are_there():
    for text in TEXTS.values():
        for file, anchor in re.findall(r"\]\(([\w./]+\.md)#([^)]+)\)", text):
            heads = re.findall(r"^#+ (.+)$", (DOCS / file).read_text(encoding="utf-8"), re.M)
            assert anchor in {re.sub(r"[^\w -]", "", h).replace(" ", "-").lower() for h in heads}


def test_the_chinese_one_has_the_same_code_and_as_many_sections():
    def fixed(text: str) -> list[list[str]]:
        codes = set(re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text))
        return [
            re.findall(r"```sh\n.*?```", text, re.DOTALL),
            sorted(re.sub("lang=(en|zh)", "lang=", code) for code in codes),
            re.findall(r"^#+(?= )", text, re.MULTILINE),
        ]

    for ours, theirs in zip(fixed(TEXTS["en"]), fixed(TEXTS["zh"]), strict=True):
        assert theirs == ours


def test_the_readmes_and_the_guides_lead_to_each_other():
    root = DOCS.parent
    assert "(docs/guide.md)" in (root / "README.md").read_text(encoding="utf-8")
    assert "(guide.zh.md)" in (DOCS / "README.zh.md").read_text(encoding="utf-8")
    assert "(guide.zh.md)" in TEXTS["en"].splitlines()[0]
    assert "(guide.md)" in TEXTS["zh"].splitlines()[0]
