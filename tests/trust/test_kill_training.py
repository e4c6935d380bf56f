"""A training run that is killed at any moment goes on to the bits of an undisturbed one."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.trust.killing import (
    LIMIT,
    assert_same,
    begin,
    ended,
    kill_again_and_again,
    state_of_run,
    train_command,
    training_words,
    undisturbed,
    wait_until,
    whole_run,
)

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.timeout(900)


def slow(*values):
    return pytest.param(*values, marks=pytest.mark.slow)


@pytest.mark.parametrize(("number", "kills"), [(1, 3), slow(1, 20), slow(2, 20)])
def test_killed_anywhere_it_ends_with_the_bits_of_an_undisturbed_run(
    images, tmp_path, number, kills
):
    def start(run):
        words = training_words(images, run)
        return begin(train_command, *words, log=tmp_path / "log", number=number)

    whole, run = tmp_path / "whole", tmp_path / "run"
    seconds, names = undisturbed(lambda: start(whole), whole)
    expected = state_of_run(whole)
    kill_again_and_again(
        lambda: start(run),
        run,
        seconds=seconds,
        names=names,
        kills=kills,
        seed=number,
        after_kill=lambda: whole_run(run),
        at_end=lambda: assert_same(state_of_run(run), expected),
    )
    assert [file.name for file in run.iterdir() if file.name.startswith(".")] == []


def test_of_two_processes_one_that_is_killed_ends_the_other_in_one_sentence(images, tmp_path):
    for victim in (0, 1):
        run, log = tmp_path / f"run{victim}", tmp_path / f"log{victim}"
        processes = begin(train_command, *training_words(images, run), log=log, number=2)
        wait_until((run / "last.ckpt").exists, processes, log)  # they have met
        processes[victim].kill()
        ended(processes)
        other = log.with_suffix(".1") if victim == 0 else log
        assert processes[1 - victim].exitcode == 2
        said = other.read_text()
        assert "Traceback" not in said
        assert victim == 0 or said.splitlines()[-1] == (
            "another process of this run has ended; the same command with --resume goes on "
            "from the last state that was saved"
        )


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="orphans end by themselves on Linux alone")
def test_torchrun_that_is_killed_leaves_a_run_that_goes_on(images, tmp_path):
    """Three times the agent, three times all processes at once."""

    def start(run):
        return subprocess.Popen(
            [
                *(sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2", "train.py"),
                *training_words(images, run),
            ],
            cwd=ROOT,
            env=os.environ | {"OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "passive"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    whole, run = tmp_path / "whole", tmp_path / "run"
    assert start(whole).wait(LIMIT) == 0
    for attempt in range(6):
        agent = start(run)
        end = time.monotonic() + LIMIT
        states = set()
        while agent.poll() is None and len(states) < 2:
            assert time.monotonic() < end
            if (run / "last.ckpt").exists():
                states.add((run / "last.ckpt").stat().st_mtime_ns)
            time.sleep(0.001)
        ranks = children(agent.pid)
        assert agent.poll() is None, "it ended before it was killed"
        if attempt % 2:
            os.killpg(agent.pid, signal.SIGKILL)
        else:
            agent.kill()
        agent.wait()
        while any(Path(f"/proc/{rank}/cwd").exists() for rank in ranks):  # not so of a zombie
            assert time.monotonic() < end
            time.sleep(0.01)
        whole_run(run)
    assert start(run).wait(LIMIT) == 0
    assert_same(state_of_run(run), state_of_run(whole))


def children(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:
        return []
