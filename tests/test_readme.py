"""What the README shows is there, and its Python runs."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CHINESE = (ROOT / "docs" / "README.zh.md").read_text(encoding="utf-8")


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


def test_the_chinese_one_has_the_same_commands_code_and_links():
    def fixed(text: str) -> list[list[str]]:
        links = re.findall(r"\]\(([^)]+)\)", re.sub(r"docs/|\.\./|\.zh(?=\.md)", "", text))
        return [
            re.findall(r"```(?:sh|python)\n.*?```", text, re.DOTALL),
            sorted(set(re.findall(r"(?<!`)`([^`\n]+)`(?!`)", text))),
            re.findall(r"^#+(?= )", text, re.MULTILINE),
            sorted(link for link in set(links) if not link.startswith("README")),
        ]

    for ours, theirs in zip(fixed(README), fixed(CHINESE), strict=True):
        assert theirs == ours


def test_the_two_lead_to_each_other():
    assert "(docs/README.zh.md)" in README.splitlines()[0]
    assert "(../README.md)" in CHINESE.splitlines()[0]
    named = re.findall(r"\]\(([^):#]+)\)", CHINESE)
    assert not [name for name in named if not (ROOT / "docs" / name).exists()]
