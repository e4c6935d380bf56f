"""Work beside the pages: parts as they come, faults as sentences."""

import threading
import time

from dashboard.sources import background
from dashboard.sources.background import begin
from senet_core.errors import InputError

LONG = 30


def test_parts_are_there_before_the_end():
    seen, go_on = threading.Event(), threading.Event()

    def parts():
        yield 1
        seen.set()
        go_on.wait(LONG)
        yield 2

    work = begin(parts, 2)
    assert seen.wait(LONG)
    assert work.parts == [1]
    assert work.running
    go_on.set()
    assert work.wait(LONG)
    assert (work.parts, work.fault, work.running) == ([1, 2], "", False)


def test_works_are_done_in_turn():
    order = []
    works = [begin(lambda n=n: iter([order.append(n)]), 1) for n in range(5)]
    assert works[-1].wait(LONG)
    assert order == [0, 1, 2, 3, 4]


def test_a_fault_of_the_input_is_its_sentence_and_what_came_before_stays():
    def parts():
        yield 1
        raise InputError("there are too few images")

    work = begin(parts, 2)
    assert work.wait(LONG)
    assert (work.parts, work.fault) == ([1], "there are too few images")


def test_a_work_that_is_to_stop_takes_no_further_part():
    work: background.Work[int] = background.Work(3)
    work.do(lambda: iter([1, 2, 3]), stop=lambda: len(work.parts) == 2)
    assert (work.parts, work.running) == ([1, 2], False)


def test_a_fault_of_ours_is_logged_and_the_next_work_is_done(caplog):
    failed = begin(lambda: iter([1 / 0]), 1)
    broken = begin(lambda: (1 / 0 for _ in range(1)), 1)
    after = begin(lambda: iter([1]), 1)
    assert after.wait(LONG)
    for work in (failed, broken):
        assert "the server's log says why" in work.fault
    assert "ZeroDivisionError" in caplog.text


def test_lines_do_not_wait_for_each_other():
    go_on = threading.Event()
    slow = begin(lambda: iter([go_on.wait(LONG)]), 1)
    assert begin(lambda: iter([1]), 1, line="another").wait(LONG)
    assert slow.running
    go_on.set()
    assert slow.wait(LONG)


def test_statistics_rest_while_pages_are_drawn(monkeypatch):
    monkeypatch.setattr(background, "STINT", 0.0)
    background.answering()
    drawn = time.monotonic()
    begun = []

    def parts():
        for _ in range(2):
            begun.append(time.monotonic() - drawn)
            yield None

    assert begin(parts, 2).wait(LONG)
    assert begun[1] >= background.QUIET
    begun.clear()
    background.answering()
    drawn = time.monotonic()
    assert begin(parts, 2, line="of its own").wait(LONG)
    assert begun[1] < background.QUIET


def test_pages_without_end_hold_the_works_up_and_do_not_stop_them(monkeypatch):
    monkeypatch.setattr(background, "STINT", 0.0)
    monkeypatch.setattr(background, "QUIET", 1000.0)
    monkeypatch.setattr(background, "LONGEST_REST", 0.1)
    background.answering()
    assert begin(lambda: iter(range(3)), 3).wait(LONG)
