"""Names that strangers chose: they are shown letter by letter, everywhere, or with a mark."""

import csv
import io
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from analysis.__main__ import main as analysis
from analysis.export import export
from analysis.figures.canvas import full, safe, short
from analysis.readable import readable
from analysis.report import report
from analysis.spreadsheet import csv as written
from analysis.spreadsheet import read_csv
from analysis.store import open_store
from dashboard.lessons.__main__ import main as sheet
from dashboard.parts import escape
from dashboard.shell.navigation import PLACES
from tests.browser.conftest import browser
from tests.browser.drawn import settle
from tests.dashboard.training_runs import training_run
from tests.load.served import serve
from tests.synthetic import synthetic_store, write_store
from tests.trust.spoken import DRAWN, PLAIN, UNSEEN, elements, harmless, tags, texts

__all__ = ["browser"]

EVIL = "http://evil.example/"
NAMES = (
    "<img src=x onerror=alert(1)>",
    "</script><script>alert(2)</script>",
    f"[click]({EVIL})",
    f"![x]({EVIL}x.png)",
    ":material/bomb: :red[x] :smile:",
    "$\\href{javascript:alert(3)}{x}$",
    f'<a href="{EVIL}">a</a>',
    "<a href=javascript:alert(4)>b</a>",
    "=cmd|' /C calc'!A0",
    "@SUM(1+1);=1+1",
    "# heading\n- item\n`code`",
    "%{x} %{customdata[0]} {0} {name}",
    "\u202egpj.exe\u202c\u200b",
    "\x1b[2J\x1b]0;title\x07bell",
    "long " * 2000,
    "' onmouseover=alert(5) x='",
    '" onfocus=alert(6) autofocus="',
    "&lt;b&gt; &amp;#60;",
)
RAW = (
    *("<img src=x", "<script", "<a href", EVIL[:-1] + ")", ":material/bomb:", ":red[", ":smile:"),
    *("$\\href", "\n# ", "\n- ", "`code`", "**"),
)
GATES = (("layer1.0.se", 4), ("layer2.0.se", 6))
FILE = "evil ![x](http:evil) :red[x] <b>b<∕b> $x$ \u202egpj"
"""The name of a file: all but slashes."""


def hostile_store(seed: int, **options):
    """A store in which every name is a stranger's."""
    data = synthetic_store(classes=NAMES, per_class=6, seed=seed, **options)
    return data.assign_attrs(
        architecture=NAMES[0], dataset=NAMES[2], split=NAMES[6], created=NAMES[4][:10]
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Stores, images and runs of hostile names, in files of hostile names."""
    root = tmp_path_factory.mktemp("names")
    (root / "images").mkdir()
    for name, gates in ((f"{FILE} a.zarr", GATES), (f"{FILE} b.zarr", ()), ("c.zarr", GATES)):
        data = hostile_store(len(gates), gates=gates)
        files = [f"{place} {FILE}.png" for place in range(data.sizes["sample"])]
        for file in files:
            Image.fromarray(np.zeros((4, 4), np.uint8)).save(root / "images" / file)
        paths = ("sample", np.array(files, dtype=object))
        data = data.drop_vars("index").assign_coords(path=paths)
        write_store(data.assign_attrs(root=str(root / "images")), root / name)
    for name in (FILE, f"{FILE} 2"):
        config = training_run(root / name) / "config.json"
        said = json.loads(config.read_text()) | {"model": NAMES[0], "dataset": NAMES[2]}
        config.write_text(json.dumps(said | {"recipe": NAMES[4], NAMES[1]: NAMES[1]}))
    return root


def is_shown_as_it_is(text: str) -> list[str]:
    """What of the hostile names would be markup in a text that is Markdown."""
    return [raw for raw in RAW if raw in re.sub(r"\\.", "", text) and raw != "**"]


@pytest.mark.parametrize("page", [place.name for place in PLACES])
def test_no_name_becomes_markup_on_a_page(open_app, folder, page):
    asked = {"lesson": "4"} if page == "lessons" else {}
    app = open_app(folder, page, **asked)
    assert not app.exception
    checked = 0
    for element in elements(app):
        kind = element.DESCRIPTOR.name
        for path, text in texts(element):
            field = path.rpartition(".")[2]
            assert not UNSEEN.search(text), (kind, path)
            if kind == "PlotlyChart" and field == "spec":
                require_drawn(json.loads(text))
            elif kind == "Html":
                assert harmless(text), (path, text)
            elif field not in PLAIN and kind not in ("ArrowData", "PlotlyChart"):
                assert not is_shown_as_it_is(text), (kind, path, text)
            checked += 1
        assert not getattr(element, "allow_html", False), element
        assert not getattr(element, "unsafe_allow_javascript", False), element
    assert checked > 20
    for table in app.dataframe:
        shown = [*map(str, table.value.columns), *map(str, table.value.to_numpy().ravel())]
        parts = [part for text in shown for part in re.split("[;\t\n]", text)]
        assert not [part for part in parts if is_formula(part)], "Streamlit saves it as it is"


def require_drawn(figure: object) -> None:
    """No text of a figure has a tag that is not ours: Plotly knows some, `a` among them."""
    if isinstance(figure, dict):
        for value in figure.values():
            require_drawn(value)
    elif isinstance(figure, list):
        for value in figure:
            require_drawn(value)
    elif isinstance(figure, str):
        assert {tag for tag, _ in tags(figure)} <= DRAWN, figure
        assert "%{x} %{customdata" not in figure, "a template would fill it in"
        assert "$\\href" not in figure, "a formula"


@pytest.mark.parametrize("name", NAMES)
def test_a_name_in_a_figure_is_letters(name):
    for shown in (safe(name), short(name), full(name)):
        assert {tag for tag, _ in tags(shown)} <= {"br"}
        assert "$" not in shown
        assert "%{" not in shown
        assert not UNSEEN.search(shown)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_in_markdown_is_letters(name):
    shown = escape.markdown(name)
    assert "\n" not in shown
    assert not UNSEEN.search(shown)
    assert len(shown) < 2100
    assert not is_shown_as_it_is(shown)


def test_what_is_not_seen_is_marked_and_all_else_stays():
    assert readable("a\u202eb\u200bc\x1b[2J") == "a�b�c�[2J"
    assert readable("two\n \tlines") == "two lines"
    for name in ("T-shirt/top", "猫", "قطة", "می\u200cخواهم", "👩\u200d🔬", "café", "n01440764"):
        assert readable(name) == name
    assert len(readable("x" * 10**6)) == 1001


def test_a_store_gives_names_that_can_be_seen(folder):
    ds = open_store(folder / "c.zarr")
    names = [str(name) for name in ds["class"].values]
    assert names[12] == "�gpj.exe��"
    assert names[0] == NAMES[0]
    assert max(map(len, names)) == 1001
    assert not any(UNSEEN.search(name) for name in names)


def test_no_name_becomes_markup_in_the_report(folder, tmp_path):
    stores = [open_store(path) for path in sorted(folder.glob("*.zarr"))[:2]]
    sound = [synthetic_store(seed=1), synthetic_store(seed=2, gates=())]
    found = []
    for number, each in enumerate((stores, sound)):
        report(each, tmp_path / f"{number}.html")
        text = (tmp_path / f"{number}.html").read_text("utf-8")
        assert not UNSEEN.search(text.partition("<body>")[2])
        found.append([tag for tag, _ in tags(text)])
        assert text.count("<script") == text.count("</script>") == found[-1].count("script")
        assert all(not name.startswith("on") for _, pairs in tags(text) for name, _ in pairs)
    kinds = [set(own) for own in found]
    assert kinds[0] == kinds[1], "hostile names bring no tag that others do not"
    assert "a" not in kinds[0]
    assert "img" not in kinds[0]


def test_no_name_becomes_markup_in_the_sheet(folder, tmp_path):
    out = tmp_path / "sheet.html"
    sheet([*map(str, sorted(folder.glob("*.zarr"))[:2]), "--out", str(out)])
    text = out.read_text("utf-8")
    known = frozenset(
        {"html", "head", "meta", "title", "style", "body", "h1", "h2", "p", "ul", "li"}
    )
    assert harmless(text, known | {"span", "section", "div", "strong"})
    assert "script" not in {tag for tag, _ in tags(text)}
    assert "&lt;img src=x" in text
    assert not UNSEEN.search(text)


def cells(content: bytes, delimiter: str = ",") -> list[str]:
    text = content.decode("utf-8-sig")
    return [
        cell
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        for cell in row
    ]


FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def is_formula(cell: str) -> bool:
    """Numbers are none, nor are several that another separator would part."""
    return cell.lstrip("\ufeff ").startswith(FORMULAS) and not re.fullmatch(r"[-+.,;\de]+", cell)


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_no_cell_is_a_formula_whatever_parts_cells(delimiter):
    names = [*NAMES, *(f"{sign}1+1" for sign in FORMULAS), "a;=1+1", "a\t=1+1", 'a";=1+1;"']
    table = pd.DataFrame({name: [other, -1.5] for name, other in zip(names, names, strict=True)})
    found = cells(written(table), delimiter)
    assert not [cell for cell in found if is_formula(cell)]


def test_tables_read_back_as_they_were(tmp_path):
    table = pd.DataFrame({"class": list(NAMES), "n": np.arange(len(NAMES)) - 3.5})
    (tmp_path / "t.csv").write_bytes(written(table))
    back = read_csv(tmp_path / "t.csv", texts={"class"})
    assert back["n"].tolist() == table["n"].tolist()
    expected = [name.replace("\r", "\n") for name in table["class"]]
    assert back["class"].tolist() == expected


@pytest.mark.parametrize("name", ["c.zarr", f"{FILE} b.zarr"])
def test_no_cell_of_an_export_is_a_formula(folder, tmp_path, name):
    export(open_store(folder / name), tmp_path / "out.csv")
    for delimiter in (",", ";"):
        assert not [
            c for c in cells((tmp_path / "out.csv").read_bytes(), delimiter) if is_formula(c)
        ]


def test_no_name_moves_the_cursor_of_a_terminal(folder, capsys):
    pair = [str(path) for path in sorted(folder.glob("*.zarr"))[:2]]
    for words in (["summary", pair[0]], ["findings", pair[0]], ["compare", *pair]):
        analysis(words)
        assert not UNSEEN.search(capsys.readouterr().out.replace(str(Path(pair[0]).name), ""))


FOREIGN = """() => [...document.querySelectorAll(
  'img[src=x], a[href^="http://evil"], img[src*=evil], a[href^=javascript], ' +
  '[onerror], [onmouseover], [onfocus], [data-testid=stApp] script, [data-testid=stMain] h2 code'
)].map(e => e.outerHTML)"""
WATCHED = """window.harmed = []
for (const name of ['alert', 'prompt', 'confirm', 'open', 'print'])
  window[name] = (...said) => { window.harmed.push([name, ...said]) }"""


@pytest.mark.slow
def test_no_name_runs_a_script_in_a_browser(folder, browser, tmp_path):
    asked = []
    with serve(folder, tmp_path / "log") as served:
        page = browser.new_page(viewport={"width": 1440, "height": 3000})
        page.on("request", lambda request: asked.append(request.url))
        page.add_init_script(WATCHED)
        for address in ("/", "/excitations?store=c", "/predictions", "/checkpoints", "/zoo"):
            page.goto(served.address + address)
            settle(page)
            plot = page.locator(".js-plotly-plot").first
            if plot.count():
                plot.hover()  # hover texts are drawn by Plotly's own HTML
            page.wait_for_timeout(300)
            assert page.evaluate("window.harmed") == []
            assert page.evaluate(FOREIGN) == []
        text = page.locator("body").inner_text()
        page.close()
    assert not [url for url in asked if "evil" in url]
    assert not served.faults()
    assert text
