"""Lessons as a student goes through them."""

import re
from dataclasses import replace

import pytest

from analysis import lessons
from analysis.store import open_store
from dashboard.lessons.sheet import Asked, sheet
from dashboard.lessons.texts import LESSONS, by_name
from dashboard.shell.language import speaking
from tests.dashboard.conftest import charts, pair, words
from tests.dashboard.real_store import CHECKPOINT, collect, make_images
from tests.synthetic import synthetic_store, write_store


@pytest.mark.parametrize("number", range(1, len(LESSONS) + 1))
def test_a_link_opens_a_lesson_with_its_figure_and_question(open_app, runs, number):
    app = open_app(runs, "lessons", store="se", lesson=str(number))
    assert not app.exception
    assert app.header[0].value.startswith(f"{number}. ")
    assert len(charts(app)) == 1
    assert len(app.main.radio) + len(app.main.number_input) == 1


def test_the_first_lesson_shows_what_the_squeeze_leaves_where_it_can_be_seen(open_app, tmp_path):
    collect(CHECKPOINT, make_images(tmp_path / "images"), tmp_path / "runs" / "seen.zarr")
    app = open_app(tmp_path / "runs", "lessons", store="seen", lesson="1")
    assert not app.exception
    (figure,) = charts(app)
    assert [trace["type"] for trace in figure["data"]] == ["heatmap", "scatter", "scatter"]
    names = figure["data"][2]["text"]
    assert [name.startswith("z = ") for name in names] == [False] * 4 + [True] * 4


def test_a_wrong_answer_can_be_mended_and_a_right_one_is_kept(open_app, runs):
    app = open_app(runs, "lessons", store="se", lesson="1")
    app.main.radio[0].set_value("positions").run()
    assert "Not with this store." in words(app)
    assert "0 of 7 solved" in words(app)
    app.main.radio[0].set_value("channels").run()
    assert "Right." in words(app)
    assert "1 of 7 solved" in words(app)
    app.main.button[0].click().run()
    assert app.header[0].value.startswith("2. ")
    assert "1 of 7 solved" in words(app)


def test_the_numbers_under_the_figure_answer_the_question_about_the_early_gate(open_app, tmp_path):
    pair(tmp_path, per_class=20)
    app = open_app(tmp_path, "lessons", store="se", lesson="3")
    asked = lessons.early(open_store(tmp_path / "se.zarr"))
    caption = next(said.value for said in app.main.caption if "Standard deviation" in said.value)
    between, total = map(float, re.findall(r"\d\.[\de-]+", caption)[:2])
    assert (between / total) ** 2 == pytest.approx(asked.facts["share"], rel=0.02)
    (figure,) = charts(app)
    assert {trace["type"] for trace in figure["data"][::2]} == {"violin"}


def test_a_case_has_its_own_explanation_and_a_stage_its_name():
    early, saturated = by_name("early"), by_name("saturated")
    question = lessons.saturated(synthetic_store())
    last = Asked(saturated, question)
    assert last.explanation == saturated.cases["last"]
    assert last.explanation.format(**question.facts).count("%") == 1
    assert [last.option(code) for code in question.options] == ["stage 1", "stage 2", "stage 3"]
    assert last.option("SE_3") == "SE_3"
    first = Asked(saturated, replace(question, case=""))
    assert first.lesson == saturated
    still = Asked(early, replace(lessons.early(synthetic_store()), case="still"))
    assert "standard deviation of only" in still.explanation


def test_an_answer_stays_chosen_in_another_language(open_app, runs):
    app = open_app(runs, "lessons", store="se", lesson="1")
    app.main.radio[0].set_value("channels").run()
    next(group for group in app.get("button_group") if group.key == "language").set_value("zh")
    app.run()
    assert "正确" in words(app)
    assert app.main.radio[0].value == "channels"


def test_what_is_made_for_a_download_is_in_the_language_of_the_page():
    ds = synthetic_store(per_class=20)
    asked = [Asked(lesson, lesson.ask(ds)) for lesson in LESSONS if lesson.ask]
    with speaking("zh"):
        page = sheet(asked, {}).decode()
    assert "答案" in page
    assert "Answers" not in page
    assert 'lang="zh' in page


def test_a_number_is_checked_against_the_store(open_app, runs):
    app = open_app(runs, "lessons", store="se", lesson="2")
    app.main.number_input[0].set_value(64 * 64).run()
    assert "Not with this store." in words(app)
    app.main.number_input[0].set_value(2 * 64 * 4).run()  # r = 16
    assert "Right." in words(app)


def test_without_a_baseline_the_last_lesson_says_what_it_needs(open_app, tmp_path):
    write_store(synthetic_store(per_class=5), tmp_path / "se.zarr")
    app = open_app(tmp_path, "lessons", lesson="7")
    assert not app.exception
    assert "This lesson needs another store" in words(app)


def test_names_of_classes_stay_names(open_app, tmp_path):
    pair(tmp_path, classes=("<b>x</b>", "*y*", ":smile:"), per_class=12)
    app = open_app(tmp_path, "lessons", store="se", lesson="5")
    assert not app.exception
    assert all("*y*" not in option for option in app.main.radio[0].options)


def test_the_sheet_has_every_question_and_its_answer():
    ds = synthetic_store(classes=("<b>x</b>", "plain"), per_class=20)
    asked = [Asked(lesson, lesson.ask(ds)) for lesson in LESSONS if lesson.ask]
    page = sheet(asked, {"Network": "se_<i>"}).decode()
    assert page.count("<h2>") == 2 * len(asked)
    assert "2 · 64 · 4 = 512" in page
    assert "<b>x</b>" not in page
    assert "Answer with the figures of the page Lessons of the dashboard." in page
    assert "<li>stage 1</li>" in page
    assert sheet(asked, {}, "<se>").decode().count("with the store &lt;se&gt;.") == 1
    assert "&lt;b&gt;x&lt;/b&gt;" in page
    assert "se_&lt;i&gt;" in page


def test_every_fact_that_a_text_names_is_there():
    ds = synthetic_store(per_class=20)
    for lesson in LESSONS:
        if lesson.ask is not None:
            facts = lesson.ask(ds).facts
            lesson.question.format(**facts)
            for explanation in (lesson.explanation, *lesson.cases.values()):
                explanation.format(**facts)
            for text in lesson.options.values():
                text.format(**facts)
    assert by_name("helps").ask is None
