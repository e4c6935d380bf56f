"""A benchmark of the dashboard fails where an aim is missed."""

import sys

import pytest

from tests.benchmarks import bench_block_page, bench_dashboard_latency


@pytest.mark.parametrize(("part", "page", "code"), [(20, 900, 0), (900, 900, 1)])
def test_the_what_if_part_alone_has_an_aim(monkeypatch, part, page, code):
    rows = [("net", bench_block_page.PART, [part] * 9), ("net", "the whole page", [page] * 9)]
    monkeypatch.setattr(bench_block_page, "analyse", lambda words: 0)
    monkeypatch.setattr(bench_block_page, "time_store", lambda store: rows)
    assert bench_block_page.main() == code


@pytest.mark.parametrize(
    ("opening", "answer", "code"), [(900, 20, 0), (2500, 20, 1), (900, 300, 1)]
)
def test_a_slow_opening_or_answer_fails(monkeypatch, opening, answer, code):
    bench = bench_dashboard_latency
    row = bench.Row("home", "store", [answer] * 20, [answer] * 20, 500)
    monkeypatch.setattr(sys, "argv", ["bench"])
    for name in ("make_small", "only_those_stores"):
        monkeypatch.setattr(bench, name, lambda *args: None)
    monkeypatch.setattr(bench, "PAGES", ("home",))
    monkeypatch.setattr(bench, "AppTest", Opened)
    monkeypatch.setattr(bench, "time_opening", lambda page: (page, opening, opening, 500))
    monkeypatch.setattr(bench, "time_choices", lambda page: [row])
    assert bench.main() == code


class Opened:
    """A page that opens at once."""

    @classmethod
    def from_file(cls, *args, **kwargs):
        return cls()

    def run(self):
        return self
