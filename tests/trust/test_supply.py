"""What the project is made of: declared, locked with hashes, and listed for a release."""

import ast
import json
import os
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, packages_distributions, requires, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("senet_core", "analysis", "dashboard")
# What is asked for only where it is there, or by those who develop.
OPTIONAL = {"timm": "senet_core/convert/hub.py", "babel": "dashboard/translations.py"}
BY_WAY_OF_TIMM = {"huggingface_hub"}


def requirements(name: str) -> dict[str, Requirement]:
    """What a file of requirements and those that it includes ask for, by normal name."""
    found = {}
    for line in (ROOT / name).read_text(encoding="utf-8").splitlines():
        said = line.split("#")[0].strip()
        if said.startswith("-r "):
            found |= requirements(said.removeprefix("-r ").strip())
        elif said:
            wanted = Requirement(said)
            found[canonicalize_name(wanted.name)] = wanted
    return found


def locked() -> dict[str, tuple[str, list[str]]]:
    """Version and hashes of everything that the lock pins."""
    text = (ROOT / "requirements.lock").read_text(encoding="utf-8").replace("\\\n", " ")
    pins = {}
    for line in text.splitlines():
        said = line.split("#")[0].strip()
        if said:
            pin, *hashes = said.split(" --hash=")
            name, _, rest = pin.partition("==")
            pins[canonicalize_name(name)] = (
                rest.split(";")[0].strip(),
                [found.strip() for found in hashes],
            )
    return pins


def third_party() -> dict[str, str]:
    """Each package that the product imports, and a file that does."""
    found = {}
    for file in (ROOT / "train.py", *(f for p in PRODUCT for f in (ROOT / p).rglob("*.py"))):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [str(node.module)]
            for name in names:
                top = name.split(".")[0]
                if top not in sys.stdlib_module_names and top not in (*PRODUCT, "train"):
                    found[top] = file.relative_to(ROOT).as_posix()
    return found


def test_every_import_of_the_product_is_declared():
    declared, distributions = requirements("requirements.txt"), packages_distributions()
    for module, file in third_party().items():
        if OPTIONAL.get(module) == file or module in BY_WAY_OF_TIMM:
            continue
        names = {canonicalize_name(name) for name in distributions[module]}
        assert names & set(declared), f"{file} imports {module}, which requirements.txt lacks"


def test_every_requirement_of_users_is_a_range_with_a_lower_end():
    for name, wanted in requirements("requirements.txt").items():
        operators = {spec.operator for spec in wanted.specifier}
        assert ">=" in operators, name
        assert operators <= {">=", "<"}, f"{name} is pinned for users"


def test_the_lock_satisfies_the_ranges():
    pins = locked()
    for name, wanted in requirements("requirements-dev.txt").items():
        assert name in pins, f"requirements.lock lacks {name}; `make lock` writes it"
        assert wanted.specifier.contains(pins[name][0], prereleases=True), name


def test_the_lock_pins_one_version_with_hashes_of_everything():
    for name, (pinned, hashes) in locked().items():
        assert re.fullmatch(r"[0-9][0-9A-Za-z.+!]*", pinned), name
        assert hashes, name
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", found) for found in hashes), name


def test_the_lock_is_whole():
    """Whatever a pinned package needs here is pinned too."""
    pins = locked()
    for name in requirements("requirements-dev.txt"):
        for needed in _needs(name):
            assert needed in pins, f"{name} needs {needed}"


def _needs(name: str) -> set[str]:
    try:
        said = [Requirement(text) for text in requires(name) or ()]
    except PackageNotFoundError:
        return set()
    return {
        canonicalize_name(wanted.name)
        for wanted in said
        if wanted.marker is None or wanted.marker.evaluate({"extra": ""})
    }


def test_ci_installs_by_the_lock():
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert "--require-hashes -r requirements.lock" in script
    assert script.index("requirements.lock") < script.index("\nmake test")


@pytest.fixture(scope="module")
def bill(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """The bill of materials, made by the command of the release."""
    out = tmp_path_factory.mktemp("sbom") / "sbom.json"
    subprocess.run([sys.executable, ROOT / ".ci" / "sbom.py", out], check=True, cwd=ROOT)
    return json.loads(out.read_text(encoding="utf-8"))


def test_the_bill_lists_what_a_release_needs_and_no_more(bill):
    assert bill["bomFormat"] == "CycloneDX"
    assert bill["metadata"]["component"]["name"] == "senet-lab"
    listed = {canonicalize_name(part["name"]): part for part in bill["components"]}
    assert listed["torch"]["version"] == version("torch")
    assert set(requirements("requirements.txt")) <= set(listed)
    assert not {"pytest", "hypothesis", "ruff", "mypy"} & set(listed)
    assert all(part["purl"].startswith("pkg:pypi/") for part in listed.values())
    named = {part["bom-ref"] for part in bill["components"]}
    named.add(bill["metadata"]["component"]["bom-ref"])
    assert {link["ref"] for link in bill["dependencies"]} == named


@pytest.mark.parametrize(
    ("answer", "code", "says"),
    [
        ({"vulns": []}, 0, "0 of 1 packages have known vulnerabilities"),
        ({"vulns": [{"id": "CVE-1", "fix_versions": ["2"]}]}, 1, "x 1: CVE-1, mended in 2"),
        ({"skip_reason": "not found"}, 2, "could not be asked, so nothing is known (not found)"),
        (None, 2, "could not be asked, so nothing is known (no connection)"),
    ],
)
def test_an_audit_that_cannot_ask_does_not_say_that_all_is_well(tmp_path, answer, code, says):
    """pip-audit ends with 0 where its database knows none of the packages."""
    said = {"dependencies": [{"name": "x", "version": "1", **(answer or {})}]}
    stub = (
        f"import sys\nprint({json.dumps(said)!r})"
        if answer
        else "print('')\n" + ("import sys\nsys.stderr.write('no connection')")
    )
    (tmp_path / "pip_audit.py").write_text(stub)
    done = subprocess.run(
        [sys.executable, ROOT / ".ci" / "audit.py"],
        env=os.environ | {"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code
    assert says in done.stdout + done.stderr
