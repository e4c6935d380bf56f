"""A data set's classes among the network's: by name, WordNet identifier or index, or not at all."""

import numpy as np
import pytest

from analysis.classes import match_classes

LABELS = np.array([0, 1, 1, -1])


@pytest.mark.parametrize(
    ("names", "known", "places"),
    [
        (["cat", "dog"], ["dog", "cat"], [1, 0]),
        (["T-shirt_top", "ankle boot"], ["Ankle boot", "T-shirt/top"], [1, 0]),
        (["n01440764", "n03888257"], ["parachute", "other", "tench"], [2, 0]),
        (["tench", "parachute"], ["n03888257", "n01440764"], [1, 0]),
        (["tench", "church"], ["church, church building", "tench, Tinca tinca"], [1, 0]),
        (["0", "2"], ["dog", "cat", "bird"], [0, 2]),
        (["猫", "狗"], ["狗", "猫"], [1, 0]),
    ],
)
def test_known_classes_are_found(names, known, places):
    matching = match_classes(names, LABELS, known=known, outputs=len(known))
    assert matching.kind == "model"
    assert matching.classes == tuple(known)
    assert matching.labels.tolist() == [places[0], places[1], places[1], -1]
    assert matching.outputs is None


@pytest.mark.parametrize(
    ("names", "known", "stranger"),
    [
        (["cat", "cow"], ["dog", "cat"], "cow"),
        (["cat", "Cat"], ["dog", "cat"], "cat"),  # two folders, one class
        (["0", "2"], ["dog", "cat"], "0"),
        (["☃", "☂"], ["☂", "☁"], "☃"),
        (["cat", "dog"], [], "cat"),
    ],
)
def test_others_stay_the_folders(names, known, stranger):
    matching = match_classes(names, LABELS, known=known, outputs=2)
    assert matching.kind == "folder"
    assert matching.classes == tuple(names)
    assert matching.labels is LABELS
    assert matching.outputs == (tuple(known) or ("0", "1"))
    assert matching.stranger == stranger


def test_without_labels_the_classes_are_the_networks():
    matching = match_classes([], np.full(3, -1), known=["dog", "cat"], outputs=2)
    assert (matching.kind, matching.classes) == ("none", ("dog", "cat"))
    assert match_classes([], np.full(3, -1), known=[], outputs=2).classes == ("0", "1")
