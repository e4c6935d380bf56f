"""Stage and block from a path, and labels that differ."""

import pytest

from analysis.naming import first_stage, labels, position


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("layer1.2.se", (2, 3)),
        ("layer4.2.body.se", (5, 3)),
        ("_orig_mod.layer3.5.se_module", (4, 6)),
        ("body.layer3.10.se", (4, 11)),
        ("backbone.body.layer1.0.se", (2, 1)),
        ("stages.2.4.se", (4, 5)),
        ("stages.0.blocks.0.attn", (2, 1)),
        ("stages.0.blocks.1.conv.se", (2, 2)),
        ("stages_3.1.attn", (5, 2)),
        ("blocks.1.0.se", (3, 1)),
        ("stage1.0.excitation", (2, 1)),
        ("features.stage2.unit1.se", (3, 1)),
        ("features.1.0.block.1", (2, 1)),
        ("blocks.0.layers.1.layers.MBconv.layers.3", (2, 2)),
        ("trunk_output.block4.block4-5.f.se", (5, 6)),
        ("s1.b1.se", (2, 1)),
        ("stages.1.global_block.blocks.conv2.se", (3, 2)),
        ("stages.1.downsample.patchmerge.se", (3, 0)),
        ("stages.2.downsample.2.se", (4, 0)),
        ("dense_stages.4.2.dense_block1.layers.layers.5", (6, 2)),
        ("stem.attn", (1, 0)),
        ("features.4.block.2", (None, None)),
        ("final_conv.se", (None, None)),
        ("se", (None, None)),
        ("", (None, None)),
    ],
)
def test_a_path_tells_stage_and_block(path, expected):
    assert position(path) == expected


@pytest.mark.parametrize(
    ("stages", "first"), [("123", 1), ("1234", 2), ("01234", 2), ("12", 2), ("", 2)]
)
def test_three_stages_are_those_of_cifar(stages, first):
    paths = ["conv1", *(f"layer{n}.0.conv" for n in stages), *(f"layer{n}" for n in stages)]
    assert first_stage(paths) == first
    assert position("layer3.1.se", first) == (first + 2, 2)


def test_labels_differ_even_where_places_do_not():
    found = labels([(2, 1), (2, 1), (None, None), (3, 1), (2, 1)])
    assert found == ["SE_2_1", "SE_2_1.2", "SE_3", "SE_3_1", "SE_2_1.3"]
