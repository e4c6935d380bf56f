"""What two processes tell one another, with the other's words put in; real ones run elsewhere."""

import sys

import pytest
import torch.distributed as dist

import train
from senet_core import InputError
from senet_core.cli import run
from senet_core.distributed import World
from senet_core.errors import SharedFault


def meetings(monkeypatch, rank, *others):
    """Let process ``rank`` of two meet the words ``others``; what it brings itself is returned."""
    words, own = iter(others), []

    def gather(box, mine):
        own.append(mine)
        other = next(words)
        if isinstance(other, Exception):
            raise other
        box[rank], box[1 - rank] = mine, other

    monkeypatch.setattr(dist, "all_gather_object", gather)
    return own


def test_one_process_meets_itself():
    world = World()
    with world.united():
        assert world.meet("word") == ["word"]
        assert world.in_turn(lambda: "done") == "done"


def test_the_fault_of_the_only_process_stays_as_it_is():
    class Own(InputError):
        pass

    with pytest.raises(Own, match="broken"), World().united():
        raise Own("broken")


def test_processes_exchange_words_and_part_together(monkeypatch):
    own = meetings(monkeypatch, 1, ("", "theirs"), ("", None))
    world = World(1, 2)
    with world.united():
        assert world.meet("mine") == ["theirs", "mine"]
    assert own == [("", "mine"), ("", None)]


@pytest.mark.parametrize("rank", [0, 1])
@pytest.mark.parametrize("finder", [0, 1])
def test_the_first_process_alone_tells_a_fault_whoever_finds_it(monkeypatch, rank, finder):
    """It is brought to one meeting, however deep it lies; a second would find no word here."""
    own = meetings(monkeypatch, rank, ("" if finder == rank else "wrong size", None))
    world = World(rank, 2)
    said = r"^wrong size \(process 1\)$" if finder else "^wrong size$"
    with pytest.raises(SharedFault, match=said) as raised, world.united(), world.united():
        if finder == rank:
            raise InputError("wrong size")
        world.meet("word")
        pytest.fail("the fault came too late")
    assert raised.value.tell == (rank == 0)
    assert own == [("wrong size", None) if finder == rank else ("", "word")]


def test_a_process_that_has_ended_is_a_fault_too(monkeypatch):
    meetings(monkeypatch, 0, RuntimeError("Connection closed by peer"))
    with pytest.raises(SharedFault, match="another process of this run has ended; the same"):
        World(0, 2).meet(None)


@pytest.mark.parametrize("rank", [0, 1])
def test_the_first_goes_ahead_in_a_turn(monkeypatch, rank):
    own = meetings(monkeypatch, rank, ("", None))
    met = World(rank, 2).in_turn(lambda: len(own))
    assert met == rank  # how many meetings there were before


@pytest.mark.parametrize("tell", [True, False])
def test_a_command_tells_a_shared_fault_once(monkeypatch, capsys, tell):
    def main(_words):
        raise SharedFault("wrong size", tell=tell)

    monkeypatch.setattr(sys, "argv", ["x"])
    with pytest.raises(SystemExit) as stop:
        run(main)
    assert stop.value.code == 2
    assert capsys.readouterr().err == ("wrong size\n" if tell else "")


def test_words_that_do_not_fit_are_told_by_the_first_process_alone(monkeypatch, capsys):
    monkeypatch.setattr(sys, "argv", ["train.py", "no_recipe"])
    monkeypatch.setenv("RANK", "1")
    with pytest.raises(SystemExit):
        run(train.main)
    assert capsys.readouterr().err == ""
