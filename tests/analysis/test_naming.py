"""Stage and block from a path, and labels that differ."""

import pytest

from analysis.naming import labels, position


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("layer1.2.se", (2, 3)),
        ("layer4.2.body.se", (5, 3)),
        ("_orig_mod.layer3.5.se_module", (4, 6)),
        ("stages.2.4.se", (4, 5)),
        ("stages.0.blocks.0.attn", (2, 1)),
        ("blocks.1.0.se", (3, 1)),
        ("features.1.0.block.1", (2, 1)),
        ("trunk_output.block4.block4-5.f.se", (5, 6)),
        ("s1.b1.se", (2, 1)),
        ("features.4.block.2", (None, None)),
        ("se", (None, None)),
        ("", (None, None)),
    ],
)
def test_a_path_tells_stage_and_block(path, expected):
    assert position(path) == expected


def test_labels_differ_even_where_places_do_not():
    found = labels([(2, 1), (2, 1), (None, None), (3, 1), (2, 1)])
    assert found == ["SE_2_1", "SE_2_1.2", "SE_3", "SE_3_1", "SE_2_1.3"]
