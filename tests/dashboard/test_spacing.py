"""Spaces where a gap of a Chinese sentence is filled."""

import pytest

from dashboard.parts.spacing import Sentence


@pytest.mark.parametrize(
    ("form", "filling", "said"),
    [
        ("{0} 的图像", "tench", "tench 的图像"),
        ("{0} 的图像", "丁鱥", "丁鱥的图像"),
        ("{0} 的图像", "**丁鱥**", "**丁鱥**的图像"),
        ("只有 {0} 正确", "基线", "只有基线正确"),
        ("只有{0}正确", "SE", "只有 SE 正确"),
        ("阈值 {0}。", 0.9, "阈值 0.9。"),
        ("准确率{0}时", "87%", "准确率 87% 时"),
        ("{0}: of", "图", "图: of"),
        ("seen as {0} here", "丁鱥", "seen as 丁鱥 here"),
        ("{{{0}}}", "图 与 文", "{图 与 文}"),  # what fills a gap stays as it is
    ],
)
def test_a_space_parts_chinese_from_latin_alone(form, filling, said):
    assert Sentence(form).format(filling) == said


def test_gaps_are_filled_as_python_fills_them():
    form = "{n:,} 个 {name!r} {other:>{width}}"
    values = {"n": 1000, "name": "a", "other": "b", "width": 3}
    assert Sentence(form).format(**values) == form.format(**values)
