import re

import pytest

from analysis.findings import paper_findings
from analysis.findings_text import findings_text
from analysis.report import report
from analysis.report.sections import sections
from senet_core import InputError
from tests.synthetic import flattened, synthetic_store

NASTY = ("<img src=x onerror=alert(1)>", "</script><script>alert(2)</script>", "$a$", "=1+1")


def page(stores, tmp_path):
    report(stores, tmp_path / "new" / "r.html")
    return (tmp_path / "new" / "r.html").read_text(encoding="utf-8")


def test_one_file_holds_everything(tmp_path):
    text = page([synthetic_store(), synthetic_store(seed=1, gates=())], tmp_path)
    own = re.sub(r"<script>.*?</script>", "", text, count=1, flags=re.DOTALL)
    assert not re.search(r"""(src|href)=["']?(https?:|//)|@import|url\(""", own)
    assert own.count('class="plotly-graph-div"') >= 6
    assert "McNemar" in own


def test_names_stay_names(tmp_path):
    text = page([synthetic_store(classes=NASTY)], tmp_path)
    body = text[text.index("<body>") :]
    assert "<img" not in body
    assert "<script>alert" not in body
    assert "</script><script>alert" not in body


def test_findings_are_those_of_the_command():
    ds = synthetic_store()
    parts = {part.title: part for part in sections([ds])}
    said = findings_text(ds, paper_findings(ds)).splitlines()
    texts = list(parts["The paper's findings"].texts)[1:]
    assert [text.lower() for text in texts[:4]] == [f"{line[3:]}.".lower() for line in said[1:5]]
    assert texts[4] == f"S{said[5][1:]}."


def test_the_table_of_gates_has_the_stores_own_numbers():
    ds = synthetic_store()
    parts = {part.title: part for part in sections([ds])}
    table = parts["Gates by depth"].tables[0]
    row = dict(zip(table.columns, table.rows[-1], strict=True))
    raw = ds["gate.layer3.1.se"].values
    assert row["mean"] == f"{raw.mean():.3f}"
    assert float(row["over 0.9"]) == pytest.approx((raw >= 0.9).mean(), abs=1e-3)


def test_stores_without_gates_or_labels_still_make_a_page(tmp_path):
    assert "these are baselines" in page([synthetic_store(gates=())], tmp_path)
    assert "there is no accuracy" in page([synthetic_store(labels="none")], tmp_path)
    assert "there is no accuracy" in page([synthetic_store(labels="folder")], tmp_path)


def test_what_cannot_be_reported_is_refused(tmp_path):
    ds = synthetic_store()
    with pytest.raises(InputError, match="about one store, or two"):
        report([], tmp_path / "r.html")
    with pytest.raises(InputError, match=r"r\.pdf must end in \.html"):
        report([ds], tmp_path / "r.pdf")
    with pytest.raises(InputError, match="different images"):
        report([ds, synthetic_store(per_class=10)], tmp_path / "r.html")
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be written"):
        report([ds], tmp_path / "file" / "r.html")


def test_hollow_points_are_explained_where_there_are_any():
    ds = synthetic_store()
    for store, hollow in ((ds, False), (flattened(ds, "layer1.0.se"), True)):
        parts = {part.title: part for part in sections([store])}
        assert ("Hollow points" in parts["Gates by depth"].pictures[0].caption) == hollow
