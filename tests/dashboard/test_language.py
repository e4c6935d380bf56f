"""Every text in every language: in the catalogue, translated as it is written, shown on pages."""

import gettext
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.protobuf.json_format import MessageToDict
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block, Element

from dashboard import translations
from dashboard.parts import finished
from dashboard.shell.navigation import PLACES
from tests.dashboard.conftest import charts, damaged, half_written, words
from tests.dashboard.unspoken import unspoken
from tests.synthetic import synthetic_store, write_store

ROOT = translations.ROOT
CATALOGUES = sorted(translations.LOCALE.glob("*/LC_MESSAGES/dashboard.po"))
GAPS = re.compile(r"%?\{[^{}]*\}")
MARKS = re.compile(r"\*\*|\*|`[^`]*`|\$[^$]*\$|</?\w+>|:material/\w+:|&\w+;")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
HALF_WIDTH = re.compile(r"[\u4e00-\u9fff][,;:?!](?!\d)")
UNSPACED = re.compile(r"[\u4e00-\u9fff][A-Za-z0-9]|[A-Za-z0-9][\u4e00-\u9fff]")
ENGLISH = re.compile(r"\b[A-Za-z]{2,} [a-z]{2,}(?: [a-z]{2,})+")

UNSPOKEN_BY_DESIGN = {
    "SENet Lab",
    "UMAP 1",
    "UMAP 2",
    "CKA",
    "<b>%{hovertext}</b><br>CKA %{y:.3f}<extra></extra>",
    "gate attribution",
    "gate distance",
    "make demo",
}
"""Names, and commands as they are typed."""


def marks(text: str) -> Counter[str]:
    """Markdown, LaTeX and HTML of a text, without its gaps, and without italics."""
    return Counter(mark for mark in MARKS.findall(GAPS.sub("", text)) if mark != "*")


def parts(message: str | tuple[str, ...]) -> tuple[str, ...]:
    return (message,) if isinstance(message, str) else tuple(message)


@pytest.fixture(scope="module", params=CATALOGUES, ids=lambda path: path.parts[-3])
def path(request) -> Path:
    return request.param


@pytest.fixture(scope="module")
def every(path):
    """Each text of the sources with its message in the catalogue, None where it is not there."""
    catalogue = translations.read(path)
    return [
        (text, catalogue.get(text.id, text.context)) for text in translations.texts() if text.id
    ]


@pytest.fixture(scope="module")
def pairs(every):
    """Those that are translated."""
    return [(text, found) for text, found in every if found and all(parts(found.string))]


def test_there_is_chinese():
    assert [path.parts[-3] for path in CATALOGUES] == ["zh"]


def test_every_text_has_its_translation(every, pairs):
    assert len(every) > 500
    translated = {(text.id, text.context) for text, _ in pairs}
    lacking = [text.id for text, _ in every if (text.id, text.context) not in translated]
    assert not lacking, "run `make translations`, then translate these"
    assert not [text.id for text, found in pairs if found.fuzzy]


def test_a_translation_keeps_the_gaps(pairs):
    """The longer English of a plural has all of them."""
    for text, found in pairs:
        wanted = Counter(GAPS.findall(max(parts(text.id), key=len)))
        for said in parts(found.string):
            assert Counter(GAPS.findall(said)) == wanted, said


def test_a_translation_keeps_the_marks(pairs):
    for text, found in pairs:
        for said in parts(found.string):
            assert marks(said) == marks(parts(text.id)[-1]), said


def test_chinese_is_written_as_usual(pairs):
    """Full-width punctuation after Chinese, and a space between Chinese and Latin words."""
    for _, found in pairs:
        for said in (GAPS.sub("", MARKS.sub("", part)) for part in parts(found.string)):
            assert not HALF_WIDTH.search(said), said
            assert not UNSPACED.search(said), said


def test_the_compiled_catalogue_is_the_written_one(path, pairs):
    with path.with_suffix(".mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for text, found in pairs:
        singular, *many = parts(text.id)
        said = compiled.gettext(singular)
        if many:
            said = compiled.ngettext(singular, many[0], 2)
        elif text.context:
            said = compiled.pgettext(text.context, singular)
        assert said == parts(found.string)[-1], "run `make translations`"


def test_an_update_keeps_what_is_translated(path, tmp_path):
    copy = tmp_path / "zh" / "LC_MESSAGES" / "dashboard.po"
    copy.parent.mkdir(parents=True)
    copy.write_bytes(path.read_bytes())
    assert translations.update(copy) == 0
    assert said_in(copy) == said_in(path)


def said_in(path: Path) -> dict:
    return {(each.id, each.context): each.string for each in translations.read(path) if each.id}


def test_texts_are_found_wherever_they_stand():
    source = """f"{_('inner')}"; plural("{n} cat", "{n} cats", n); _(variable); _("a" "b")
raise InputError(f"{path} is no {what!r}; give one"); InputError(sentence); told(f"{a}: {b}")"""
    assert list(translations.texts_in(source)) == [
        ("inner", None),
        (("{n} cat", "{n} cats"), None),
        ("ab", None),
        ("{0} is no {1}; give one", finished.CONTEXT),
    ]


def test_every_kind_of_fault_is_known():
    """Those with a form of their own hand it to `super`; `SharedFault` is the trainer's alone."""
    sources = [file for name in ("senet_core", "analysis") for file in (ROOT / name).rglob("*.py")]
    text = "".join(file.read_text(encoding="utf-8") for file in sources)
    kinds = set(re.findall(r"class (\w+)\(InputError\)", text))
    assert kinds - translations.FINISHED == {"SharedFault", "UnreadableImage"}


def test_a_finished_sentence_is_known_by_its_form():
    with CATALOGUES[0].with_suffix(".mo").open("rb") as file:
        chinese = gettext.GNUTranslations(file)
    said = "runs/a.zarr is damaged (it lacks the attribute 'se'); delete it and collect anew"
    assert finished.translated(chinese, said) == (
        "runs/a.zarr 已损坏（缺少属性 'se'）；请删除后重新采集"
    )
    assert finished.translated(chinese, "no such sentence") == "no such sentence"
    assert finished.translated(gettext.NullTranslations(), said) == said


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_a_page_opens_in_chinese(open_app, runs, place):
    app = open_app(runs, place.name, store="se", lang="zh")
    assert not app.exception
    assert CHINESE.search(app.title[0].value) or place.name == "home"
    assert len(list(elements(app.main, app.sidebar))) > 10
    assert not english(app)


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_what_is_missing_is_said_in_chinese(open_app, tmp_path, place):
    assert not english(open_app(tmp_path, place.name, lang="zh"))
    write_store(synthetic_store(gates=(), per_class=5), tmp_path / "plain.zarr")
    half_written(tmp_path)
    damaged(tmp_path)
    app = open_app(tmp_path, place.name, lang="zh", store="*nonsense*")
    assert not app.exception
    assert not english(app)


def test_an_unknown_language_is_hinted_at(open_app, runs):
    app = open_app(runs, lang="xx")
    assert "The link asked for a language that is not there" in words(app)
    assert app.segmented_control(key="language").value == "en"


def test_the_language_stays_when_the_page_changes(open_app, runs):
    app = open_app(runs, lang="zh")
    app.switch_page("views/predictions.py").run()
    assert app.title[0].value == "预测"
    app.segmented_control(key="language").set_value("en").run()
    assert app.title[0].value == "Predictions"
    assert "lang" not in app.query_params


def test_counts_follow_the_language(open_app, runs):
    assert ">2 个类别" not in words(open_app(runs))
    assert "个类别" in words(open_app(runs, lang="zh"))


def test_nothing_is_said_without_translation():
    folders = (ROOT / "dashboard", ROOT / "analysis" / "figures")
    files = [file for folder in folders for file in sorted(folder.rglob("*.py"))]
    files += sorted((ROOT / "analysis").glob("findings_*.py"))
    found = [
        f"{file.relative_to(ROOT)}:{line}: {text}"
        for file in files
        if "demo" not in file.parts and file.stem != "translations"
        for line, text in unspoken(file)
        if text not in UNSPOKEN_BY_DESIGN
    ]
    assert not found, "\n".join(found)


def test_what_is_said_in_passing_is_found(tmp_path):
    file = tmp_path / "page.py"
    file.write_text(
        'st.title("Home")\nst.markdown(f"**{n}** images")\nx = {"a": "a few words"}\n'
        'st.title(_("Home"))\nst.button(_("Go"), key="go")\n'
        'figure.update_xaxes(title_text="depth")\n'
    )
    assert {text for _, text in unspoken(file)} == {"Home", "** images", "a few words", "depth"}


def english(app: AppTest) -> list[str]:
    """What the page says in English: widgets, texts and figures, with their help."""
    drawn = elements(app.main, app.sidebar)
    sent = [MessageToDict(each.proto) for each in drawn if each.type not in COMPONENTS]
    return [said for said in strings([sent, charts(app)]) if ENGLISH.search(without_names(said))]


def without_names(text: str) -> str:
    """A text without commands, addresses of pictures and names of classes."""
    read = re.findall(r'(?:aria-label|title|alt)="([^"]*)"', text)
    text = re.sub(r"`[^`]*`|<style>.*?</style>|<[^>]*>|https?://\S+", " ", text, flags=re.DOTALL)
    text = " / ".join([text, *read])
    return re.sub("|".join(UNSPOKEN_BY_DESIGN | NAMES), " ", text)


NAMES = {"Ankle boot", "T-shirt/top", "Squeeze-and-Excitation", "McNemar"}


COMPONENTS = {"bidi_component"}
"""Elements of our own, which come with their program."""

UNREAD = {"template", "uirevision", "font", "source", "spec", "id"}
"""Parts of elements and figures that nobody reads; ``spec`` is the figure, seen by itself."""


def strings(value: object) -> Iterator[str]:
    """All texts in elements and figures."""
    match value:
        case str():
            yield value
        case dict():
            for key, each in value.items():
                if key not in UNREAD:
                    yield from strings(each)
        case list():
            for each in value:
                yield from strings(each)


def elements(*blocks: Block) -> Iterator[Element]:
    """All that is drawn in ``blocks``."""
    for block in blocks:
        for child in block.children.values():
            if isinstance(child, Block):
                yield from elements(child)
            else:
                yield child
