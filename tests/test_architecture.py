"""The rules that keep the code in layers, read from the sources by `ast`."""

import ast
import importlib
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.public_names import PUBLIC

ROOT = Path(__file__).resolve().parents[1]
MAY_IMPORT = {
    "senet_core": {"senet_core"},
    "analysis": {"analysis", "senet_core"},
    "dashboard": {"dashboard", "analysis", "senet_core"},
    "train": {"analysis", "senet_core"},
}
OURS = set(MAY_IMPORT)
HEAVY = {"torch", "torchvision", "captum", "timm"}
TORCH_FREE = (
    "analysis/statistics/*.py",
    "analysis/compare/*.py",
    "analysis/figures/*.py",
    "analysis/findings*.py",
)


def sources(package: str) -> list[Path]:
    file = ROOT / f"{package}.py"
    return [file] if file.is_file() else sorted((ROOT / package).rglob("*.py"))


def name_of(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports(file: Path) -> set[str]:
    """The modules that ``file`` imports anywhere in it, ours down to the submodule."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file} has a relative import"
            found.add(node.module)
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def file_of(module: str) -> Path | None:
    path = ROOT.joinpath(*module.split("."))
    return next((f for f in (path.with_suffix(".py"), path / "__init__.py") if f.is_file()), None)


def reached(file: Path, seen: set[Path]) -> set[str]:
    """All modules imported by ``file`` and by those of our modules that it names."""
    seen.add(file)
    found = imports(file)
    for module in sorted(found):
        other = file_of(module) if module.split(".")[0] in OURS else None
        if other and other not in seen and other.name != "__init__.py":
            found |= reached(other, seen)
    return found


def tops(modules: set[str]) -> set[str]:
    return {module.split(".")[0] for module in modules}


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_imports_point_one_way(package):
    for file in sources(package):
        against = tops(imports(file)) & OURS - MAY_IMPORT[package]
        assert not against, f"{name_of(file)} imports {against}"


def test_the_dashboard_imports_no_torch():
    for file in sources("dashboard"):
        assert not tops(imports(file)) & HEAVY, name_of(file)


def test_statistics_comparisons_and_figures_reach_no_torch():
    files = [file for pattern in TORCH_FREE for file in ROOT.glob(pattern)]
    assert len(files) > 3
    for file in files:
        assert not tops(reached(file, set())) & HEAVY, name_of(file)


def test_the_demo_runs_before_anything_is_installed():
    for start in ("__init__", "__main__", "environment"):
        modules = reached(ROOT / "dashboard" / "demo" / f"{start}.py", set())
        foreign = {m for m in modules if not m.startswith("dashboard.demo")}
        assert tops(foreign) <= sys.stdlib_module_names, start
    assert imports(ROOT / "dashboard" / "__init__.py") == set()


def test_dashboard_files_shadow_no_module():
    """`streamlit run` puts dashboard/ first on the path."""
    folder = ROOT / "dashboard"
    names = {file.stem for file in folder.glob("[!_]*.py")}
    names |= {file.parent.name for file in folder.glob("*/__init__.py")}
    taken = (sys.stdlib_module_names | packages_distributions().keys()) - OURS
    assert not names & taken


@pytest.mark.parametrize("package", PUBLIC)
def test_public_names_are_the_listed_ones(package):
    module = importlib.import_module(package)
    assert set(getattr(module, "__all__", ())) == PUBLIC[package]
    for name in PUBLIC[package]:
        assert getattr(module, name) is not None
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    bound = {
        alias.asname or alias.name
        for node in tree.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert bound <= PUBLIC[package] | {"annotations"}, "an __init__ binds a name it does not list"


def test_every_package_is_listed_for_installation():
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    packages = {
        name_of(file)
        for package in ("senet_core", "analysis", "dashboard")
        for file in (ROOT / package).rglob("__init__.py")
    }
    assert set(listed["tool"]["setuptools"]["packages"]) == packages
    assert packages == set(PUBLIC)


def test_no_file_is_longer_than_300_lines():
    files = [file for package in (*MAY_IMPORT, "tests") for file in sources(package)]
    for file in files:
        assert len(file.read_text(encoding="utf-8").splitlines()) <= 300, name_of(file)
