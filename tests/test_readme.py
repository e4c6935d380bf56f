"""What the README shows is there, and its Python runs."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_its_python_runs_and_prints_what_it_says(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (snippet,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    exec(compile(snippet, "README.md", "exec"), {})
    printed = capsys.readouterr().out
    assert "torch.Size([8, 16])" in printed
    assert "'class': 4" in printed


def test_its_links_and_files_exist():
    named = set(re.findall(r"\]\(([^)#:]+)\)", README))
    named |= set(re.findall(r"dashboard/\S+\.(?:safetensors|py)|requirements\S*\.txt", README))
    assert len(named) > 5
    assert not [name for name in named if not (ROOT / name).exists()]


def test_its_make_targets_exist():
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"make ([a-z-]+)", README)) - {"an"}
    assert {"demo", "test", "test-all", "lint", "bench"} <= named <= targets
