"""The sheet by a command: `python -m dashboard.lessons`."""

import pytest

from dashboard.lessons.__main__ import main
from dashboard.lessons.texts import LESSONS
from senet_core.errors import InputError
from tests.dashboard.conftest import pair
from tests.synthetic import synthetic_store, write_store


def test_two_stores_in_any_order_answer_every_lesson(tmp_path):
    pair(tmp_path, per_class=20)
    for order in (("se", "plain"), ("plain", "se")):
        out = tmp_path / "sheet.html"
        main([*(str(tmp_path / f"{name}.zarr") for name in order), "--out", str(out)])
        page = out.read_text(encoding="utf-8")
        assert page.count("<h2>") == 2 * len(LESSONS)
        assert "2 · 64 · 4 = 512" in page
        assert "10 classes" in page
        assert "dashboard, with the store se." in page


def test_one_store_leaves_out_the_comparison_and_chinese_is_chinese(tmp_path):
    pair(tmp_path, per_class=20)
    out = tmp_path / "sheet.html"
    main([str(tmp_path / "se.zarr"), "--out", str(out), "--lang", "zh"])
    page = out.read_text(encoding="utf-8")
    assert page.count("<h2>") == 2 * (len(LESSONS) - 1)
    assert '<html lang="zh-CN">' in page
    assert "挤压丢失了什么" in page
    assert "What the squeeze loses" not in page
    assert "10 classes" not in page
    assert "网络：" in page
    assert "网络: " not in page


def test_what_cannot_be_is_said_in_a_sentence(tmp_path):
    plain = write_store(synthetic_store(gates=(), per_class=5), tmp_path / "plain.zarr")
    se = write_store(synthetic_store(per_class=5), tmp_path / "se.zarr")
    out = tmp_path / "sheet.html"
    with pytest.raises(InputError, match=r"no lesson can be answered by this store: .*no gates"):
        main([str(plain), "--out", str(out)])
    with pytest.raises(InputError, match="one store or two"):
        main(["--out", str(out)])
    with pytest.raises(InputError, match="cannot be written"):
        main([str(se), "--out", str(tmp_path / "nowhere" / "sheet.html")])
    assert not out.exists()
