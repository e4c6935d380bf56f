"""Several visitors at once, over real websockets to a real server."""

import os
import signal

import pytest

from tests.benchmarks.bench_sessions import Held, promises
from tests.load.crowd import Answer, Outcome, Plan, alone
from tests.load.served import serve
from tests.load.visitor import Visitor

FRAGILE = """
import streamlit as st
chosen = st.selectbox("Letter", ["a", "b", "c"], key="letter", index=1)
several = st.multiselect("Letters", ["a", "b", "c"], ["c"], key="letters")
st.query_params["letter"] = chosen
st.text("x" * 50_000)
if chosen == "c":
    raise ValueError("no c")
"""


@pytest.fixture
def fragile(tmp_path):
    app = tmp_path / "app.py"
    app.write_text(FRAGILE)
    with serve(tmp_path, tmp_path / "log", app=app) as served:
        yield served


def test_a_visitor_sees_what_a_browser_would_and_no_fault_escapes_it(fragile):
    async def look():
        async with Visitor(fragile.address) as visitor:
            await visitor.open()
            assert (visitor.stands_on("letter"), visitor.stands_on("letters")) == ("b", ["c"])
            whole = visitor.received
            await visitor.choose("letter", "a")
            assert (visitor.stands_on("letter"), visitor.query) == ("a", "letter=a")
            assert visitor.received - whole < 50_000, "what it has kept is not sent again"
            assert not visitor.faults
            await visitor.choose("letter", "c")
            return visitor.faults

    (fault,) = alone(look)
    assert fault.startswith("on home: ")
    assert fragile.faults() == ["ValueError: no c"]


def test_a_lost_connection_is_a_fault(fragile):
    async def look():
        async with Visitor(fragile.address) as visitor:
            await visitor.open()
            os.kill(fragile.process, signal.SIGKILL)
            await visitor.choose("letter", "a")

    with pytest.raises(Exception, match="the server closed the connection on home"):
        alone(look)


@pytest.mark.parametrize(
    ("slow", "top", "after", "late", "kept"),
    [
        (2.9, 1149, 1070, 1149, [True] * 5),
        (3.1, 1149, 1070, 1149, [True, False, True, True, True]),
        (2.9, 1151, 1080, 1151, [True, True, False, False, True]),  # 15.1 MB each, 80 of 151 stay
        (2.9, 1100, 1019, 1160, [True, True, False, True, False]),
        (2.9, 1030, 1019, 1030, [True] * 5),  # under 2 % is noise
    ],
)
def test_a_broken_promise_is_told_from_a_kept_one(slow, top, after, late, kept):
    times = [Answer("gate", "depth", seconds, 0) for seconds in (*[0.1] * 18, slow, slow, slow)]
    memory = [(0.0, 1000.0), (1.0, float(top)), (2.0, float(top)), (3.0, float(late))]
    outcome = Outcome(times, memory=memory)
    held = Held(empty=1000, before=1000, top=max(top, late), after=after)
    rows = promises(outcome, Plan(sessions=10, changes=2, think=1, minutes=1), held)
    assert [row[-1] for row in rows] == kept
