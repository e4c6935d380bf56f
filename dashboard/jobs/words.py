"""The words that a job may give to the command: those of our own forms, and no others.

A job lies in a file until its turn comes, and whoever can write to the runs' folder can alter it.
"""

from pathlib import Path

from analysis.folders import is_inside
from dashboard.jobs.files import Task
from dashboard.shell.settings import DEMO
from senet_core.errors import InputError

_NETWORK = ("--checkpoint", "--model", "--weights", "--seed")
_IMAGES = ("--dataset", "--data-dir", "--images", "--image-size", "--limit")
_OPTIONS = {
    "collect": {*_NETWORK, *_IMAGES, "--out"},
    "intervene": {*_NETWORK, *_IMAGES, "--out", "--store", "--experiment", "--by-class"},
}
_WRITTEN = ("--out", "--by-class")
_ENDING = {"collect": ".zarr", "intervene": ".csv"}
_SERVED = {"collect": {"--checkpoint", "--weights", "--images"}, "intervene": {"--store"}}


def require_own_words(task: Task, runs: Path) -> None:
    """Refuse a task that no form of the dashboard could have made.

    Args:
        task: what is to be done.
        runs: the folder that jobs write to, and that what they are given lies in.

    Raises:
        InputError: for another command, another option, or a place elsewhere.
    """
    words = task.words[1:]
    given = dict(zip(words[::2], words[1::2], strict=False))
    right = (
        task.words[:1] == (task.kind,)
        and 2 * len(given) == len(words)
        and given.keys() <= _OPTIONS.get(task.kind, set())
        and not any(value.startswith("-") or "\0" in value for value in given.values())
        and "--out" in given
        and all(
            value.endswith(_ENDING[task.kind]) and is_inside(value, runs)
            for option, value in (*given.items(), ("--out", task.out))
            if option in _WRITTEN
        )
        and all(
            is_inside(value, runs) or is_inside(value, DEMO)
            for option, value in given.items()
            if option in _SERVED[task.kind]
        )
    )
    if not right:
        raise InputError(
            "this job asks for what the dashboard's forms do not offer, or for a place outside of "
            "the runs' folder; take it off the list and fill in the form again"
        )
