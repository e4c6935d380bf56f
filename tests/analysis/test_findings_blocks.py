"""Where the findings look, for networks of every depth."""

import pytest

from analysis import find_gates
from analysis.findings_blocks import drawn, positions
from analysis.naming import Gate
from senet_core import create_model


def gates(*counts):
    """So many gates a stage; the first stage is 2."""
    return [
        Gate(f"{stage}.{block}", "se", 8, stage, block, f"SE_{stage}_{block}")
        for stage, count in enumerate(counts, 2)
        for block in range(1, count + 1)
    ]


def named(counts):
    found = positions(gates(*counts))
    rest = (found.early, found.before, found.next_to_last, found.last)
    labels = [each.label[3:] if each else None for each in rest]
    return labels, [gate.label[3:] for gate in found.late]


@pytest.mark.parametrize(
    ("counts", "labels", "late"),
    [
        ((3, 4, 6, 3), ["2_3", "5_1", "5_2", "5_3"], ["4_6", "5_1"]),
        ((3, 8, 36, 3), ["2_3", "5_1", "5_2", "5_3"], ["4_36", "5_1"]),
        ((2, 2, 2, 2), ["2_2", "4_2", "5_1", "5_2"], ["4_2"]),
        ((18, 18, 18), ["2_18", "4_16", "4_17", "4_18"], ["3_18", "4_1"]),
        ((1, 1, 1), ["2_1", None, None, "4_1"], ["3_1"]),
        ((3, 3), ["2_3", "3_1", "3_2", "3_3"], []),
        ((2,), ["2_2", None, "2_1", "2_2"], []),
        ((1,), ["2_1", None, None, "2_1"], []),
    ],
)
def test_positions(counts, labels, late):
    assert named(counts) == (labels, late)


def test_the_papers_network_has_the_papers_blocks():
    se_resnet50 = list(find_gates(create_model("se_resnet50", width=0.25)).values())
    found = positions(se_resnet50)
    assert [gate.label for gate in found.all()] == [
        "SE_2_3",
        "SE_4_6",
        "SE_5_1",
        "SE_5_2",
        "SE_5_3",
    ]
    assert [gate.label for gate in drawn(se_resnet50)] == [
        "SE_2_3", "SE_3_4", "SE_4_6", "SE_5_1", "SE_5_2", "SE_5_3",
    ]  # fmt: skip


def test_where_stages_are_not_known_thirds_stand_for_them():
    unknown = [Gate(f"{n}", "se", 8, None, None, f"SE_{n}") for n in range(1, 10)]
    found = positions(unknown)
    assert found.early.label == "SE_3"
    assert [gate.label for gate in found.late] == ["SE_6", "SE_7"]
    assert [gate.label for gate in drawn(unknown)] == ["SE_3", "SE_6", "SE_7", "SE_8", "SE_9"]
    assert positions(unknown[:1]).last.label == "SE_1"
