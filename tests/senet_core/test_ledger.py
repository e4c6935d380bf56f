from pathlib import Path

import pytest

from senet_core import InputError
from senet_core.__main__ import main
from senet_core.ledger import Comparison, compared, ledger
from senet_core.paper_tables import TABLES

FILE = Path(__file__).resolve().parents[2] / "docs" / "ledger.md"
AGAIN = r"python -m senet_core ledger --out"


def test_the_file_in_docs_is_what_the_code_counts():
    main(["ledger", "--check", str(FILE)])


def test_a_stale_file_fails_in_one_sentence_and_is_mended_by_what_it_says(tmp_path):
    file = tmp_path / "ledger.md"
    text = FILE.read_text(encoding="utf-8")
    file.write_text(text.replace("28,088,024", "28,088,025"), encoding="utf-8")
    with pytest.raises(InputError, match=rf"^.*ledger\.md is not what the code counts; .*{AGAIN}"):
        main(["ledger", "--check", str(file)])
    main(["ledger", "--out", str(file)])
    assert file.read_bytes() == text.encode()
    main(["ledger", "--check", str(file)])


def test_without_options_it_is_printed(capsys):
    main(["ledger"])
    assert capsys.readouterr().out == ledger()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--check", "nowhere.md"], rf"^nowhere\.md cannot be read; .*{AGAIN}"),
        (["--out", "no/where.md"], r"^no.where\.md cannot be written: "),
        (["--out", "a.md", "--check", "a.md"], "not both"),
    ],
)
def test_faults_are_one_sentence(words, says, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=says):
        main(["ledger", *words])


@pytest.mark.parametrize(
    ("paper", "ours", "agrees"),
    [
        ("28.1M", 28_050_000, True),
        ("28.1M", 28_049_999, False),
        ("28.1M", 28_150_000, True),
        ("28.1M", 28_150_001, False),
        ("11.30G", 11_295_000_000, True),
        ("11.30G", 11_294_999_999, False),
        ("569M", 569_500_000, True),
        ("569M", 569_500_001, False),
    ],
)
def test_a_difference_of_half_the_last_printed_digit_still_agrees(paper, ours, agrees):
    assert Comparison(paper, ours).agrees is agrees


def test_a_difference_is_given_in_the_papers_unit_and_in_percent():
    assert str(Comparison("3.86G", 3_857_973_248)) == "agrees, −0.0020 G (−0.05 %)"
    assert str(Comparison("11.75G", 13_155_794_016)) == "**+1.4058 G (+11.96 %)**"
    assert str(Comparison("140M", 137_456_256)) == "**−2.54 M (−1.82 %)**"


def rows(title):
    section = ledger().split(f"## {title}")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines]


def test_a_row_of_each_kind():
    mobile = rows("Table 3")
    assert mobile[0] == [
        *("Network", "Here"),
        *("Parameters: paper", "ours", "difference"),
        *("FLOPs: paper", "ours", "difference"),
        *("Scaling", "Notes"),
    ]
    assert mobile[3] == [
        *("SE-MobileNet", "`se_mobilenet_v1`"),
        *("4.7 M", "4,718,044", "agrees, +0.018 M (+0.38 %)"),
        *("572 M", "571.93 M", "agrees, −0.07 M (−0.01 %)"),
        *("2.71 M", ""),
    ]
    assert rows("SENet-154")[2] == [
        *("SENet-154", "`senet154`", "115,088,984", "20.7015 G", "13.15 M")
    ]
    pre = rows("Table 14")[3]
    assert pre[:3] == ["SE-PRE", '`SEConfig(placement="pre", bias=False)`', "27,548,200"]


def test_what_the_paper_does_not_state_is_said():
    text = ledger()
    assert "Not stated there: parameters.\n" in text.split("## Table 3")[0]
    for title in ("Table 4", "Table 5", "SENet-154", "Table 11", "Table 12", "Table 14"):
        section = text.split(f"## {title}")[1].split("\n## ")[0]
        assert "Not stated there: parameters and FLOPs.\n" in section


def test_the_introduction_counts_what_agrees():
    found = [c for table in TABLES for row in table.rows for c in compared(row) if c.paper]
    assert (len(found), sum(c.agrees for c in found)) == (50, 30)
    assert "It states 50 figures in these tables. 30 of them agree" in ledger()


def test_every_row_has_as_many_cells_as_its_heading():
    for block in ledger().split("\n\n"):
        if block.startswith("| "):
            assert len({line.count("|") for line in block.rstrip().splitlines()}) == 1
