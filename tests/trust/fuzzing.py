"""What the fuzzers share: changed bytes and values, what counts as an answer, and the count.

    @fuzz(20, 2000, changes=CHANGES)
    def test_no_file_breaks_it(valid, changes): ...

runs 20 inputs, always the same, in CI, and 2,000 new ones in the slow set.
"""

import inspect
import resource
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from senet_core.errors import InputError

COUNTED: Counter[tuple[str, bool]] = Counter()
"""Inputs that were answered, by reader and whether they are the slow set's."""

SECONDS = 20
"""Of the processor, which a busy machine does not lengthen: an input that takes more is one that
hangs. One that waits for ever is stopped by pytest's own timeout."""
BYTES = 2 * 1024**3
"""Of memory that an input may ask for on top of what the process has."""

DEEP = "[" * 100_000
"""JSON that is too deep for Python's own stack."""

_CHECKS = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]

numbers = st.integers() | st.floats() | st.sampled_from([0, -1, 1e308, 2**31, 2**63, 10**30])
_plain = st.none() | st.booleans() | numbers | st.text(max_size=12)
json_values = st.recursive(
    _plain,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=8,
)
"""Whatever JSON can say, NaN and Infinity as Python writes them."""

Change = tuple[str, int, bytes]
_change = st.tuples(
    st.sampled_from(["replace", "insert", "remove", "repeat", "end"]),
    st.integers(0, 2**32),
    st.binary(min_size=1, max_size=12),
)
CHANGES = st.lists(_change, min_size=1, max_size=5)


def changed(content: bytes, changes: list[Change], *, within: int | None = None) -> bytes:
    """``content`` with bytes replaced, put in, taken out, doubled, or its end cut off.

    Args:
        content: of a valid file.
        changes: what to do, where, and with which bytes.
        within: only the first so many bytes are touched.
    """
    for kind, anywhere, data in changes:
        place = anywhere % max(1, min(within or len(content), len(content)))
        before, after = content[:place], content[place:]
        match kind:
            case "replace":
                content = before + data + after[len(data) :]
            case "insert":
                content = before + data + after
            case "remove":
                content = before + after[len(data) :]
            case "repeat":
                content = before + after[:64] + after
            case "end":
                content = before
    return content


def answered(reader: str, *reads: Callable[[], Any], slow: bool) -> None:
    """Count an input, and have each of ``reads`` give a result or refuse by an error of ours.

    The refusal is one sentence. Anything else is a fault, and so is too much time or memory.
    """
    COUNTED[reader, slow] += 1
    for read in reads:
        try:
            with bounded():
                read()
        except InputError as refusal:
            said = str(refusal)
            assert said.strip(), "a refusal without a word"
            assert "\n" not in said, f"a refusal of several lines: {said!r}"


def fuzz(few: int, many: int, /, **drawn: st.SearchStrategy) -> Callable[..., Any]:
    """Run a test on drawn inputs: ``few``, the same ones each time, in CI, and ``many`` slowly.

    The test takes fixtures, what is drawn, and if it likes ``slow``.
    """
    profiles = [
        pytest.param(few, False, id="few"),
        pytest.param(many, True, id="many", marks=[pytest.mark.slow, pytest.mark.timeout(1800)]),
    ]

    def decorate(body: Callable[..., None]) -> Callable[..., None]:
        @pytest.mark.parametrize(("examples", "slow"), profiles)
        def test(examples: int, slow: bool, **fixtures: Any) -> None:
            @settings(
                max_examples=examples,
                derandomize=not slow,
                database=None,
                deadline=None,  # `answered` has its own, in which other programs may have a share
                suppress_health_check=_CHECKS,
                print_blob=True,
            )
            @given(**drawn)
            def inputs(**values: Any) -> None:
                body(**fixtures, **values, slow=slow)

            inputs()

        wanted = [p for p in inspect.signature(body).parameters if p not in (*drawn, "slow")]
        names = ["examples", "slow", *wanted]
        kind = inspect.Parameter.POSITIONAL_OR_KEYWORD
        test.__signature__ = inspect.Signature([inspect.Parameter(n, kind) for n in names])
        test.__name__, test.__doc__ = body.__name__, body.__doc__
        return test

    return decorate


@contextmanager
def bounded() -> Iterator[None]:
    """Stop what takes longer than `SECONDS`, and let nothing ask for more than `BYTES`."""

    def too_long(_: int, __: FrameType | None) -> None:
        pytest.fail(f"an input took more than {SECONDS} s of the processor")

    begun = time.process_time()
    before = resource.getrlimit(resource.RLIMIT_AS)
    earlier = signal.signal(signal.SIGPROF, too_long)
    resource.setrlimit(resource.RLIMIT_AS, (_address_space() + BYTES, before[1]))
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, earlier)
        resource.setrlimit(resource.RLIMIT_AS, before)
    assert time.process_time() - begun < SECONDS


def _address_space() -> int:
    """Bytes of address space that this process has."""
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
