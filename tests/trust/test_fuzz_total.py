"""How many inputs the fuzzers gave in this run; the last of their files in order."""

import pytest

from tests.trust.fuzzing import COUNTED

READERS = {
    *("checkpoint, bytes", "checkpoint, header", "metadata", "file of torch", "tensors"),
    *("store, attributes", "store, descriptions", "store, bytes", "image", "upload", "address"),
    *("run, words", "run, bytes", "run, gates", "job", "result", "dashboard", "train.py"),
    *("python -m analysis", "python -m senet_core", "python -m dashboard.lessons"),
}


@pytest.mark.slow
def test_the_slow_set_gives_ten_thousand_inputs(capsys):
    counted = {reader: number for (reader, slow), number in COUNTED.items() if slow}
    if set(counted) != READERS:
        pytest.skip('give all of them: pytest tests/trust -k fuzz -m "slow or not slow"')
    with capsys.disabled():
        rows = [f"{number:>7,}  {reader}" for reader, number in sorted(counted.items())]
        print("", *rows, f"{sum(counted.values()):>7,}  inputs", sep="\n")
    assert sum(counted.values()) >= 10_000
