"""The words behind ``--``."""

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboard.shell.settings import Settings, read_settings
from senet_core.errors import InputError
from tests.dashboard.conftest import APP


def test_without_words_the_runs_are_in_runs():
    assert read_settings([]) == Settings(Path("runs"), read_only=False, demand_runs=False)


def test_words_are_understood_in_any_order():
    wanted = Settings(Path("x"), read_only=True, demand_runs=True)
    assert read_settings(["--read-only", "--runs", "x"]) == wanted


@pytest.mark.parametrize("words", [["--rums", "x"], ["stray"], ["--runs"], ["--run", "x"]])
def test_other_words_are_refused_in_one_sentence(words):
    with pytest.raises(InputError, match=r"streamlit run dashboard/app\.py -- \[--runs DIR\]"):
        read_settings(words)


def test_words_of_another_program_are_not_ours_to_refuse():
    assert read_settings(["-q", "tests"], strict=False) == Settings()


def test_the_page_says_what_is_wrong_with_the_words(monkeypatch):
    monkeypatch.setattr("sys.argv", [str(APP), "--rums", "x"])
    app = AppTest.from_file(str(APP), default_timeout=60).run()
    assert not app.exception
    assert "no option '--rums'" in app.error[0].value
