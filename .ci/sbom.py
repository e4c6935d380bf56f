"""The bill of materials of a release, as CycloneDX: what `pip install .` brought, and no more.

`python .ci/sbom.py FILE` describes the environment that it runs in. Of that it keeps what the
project needs, directly or by way of others: tools of development stay out.
"""

import json
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
PROJECT = "senet-lab"
_COMMAND = ("-m", "cyclonedx_py", "environment", "--pyproject", str(ROOT / "pyproject.toml"))


def bill() -> dict[str, Any]:
    """The environment's bill of materials without what the project does not need."""
    said = subprocess.run(
        [sys.executable, *_COMMAND, "--no-validate", "--output-reproducible", sys.executable],
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # it warns that it finds no dependencies of ours, which follow
    )
    found: dict[str, Any] = json.loads(said.stdout)
    own = found["metadata"]["component"]
    parts = {canonicalize_name(part["name"]): part for part in (own, *found["components"])}
    needs = _needs(set(parts))
    found["components"] = [part for name, part in parts.items() if name in needs and part != own]
    found["dependencies"] = [
        {
            "ref": parts[name]["bom-ref"],
            "dependsOn": sorted(parts[other]["bom-ref"] for other in of),
        }
        for name, of in sorted(needs.items())
    ]
    return found


def _needs(installed: set[str]) -> dict[str, set[str]]:
    """What the project needs here, each with what it needs itself, of what is ``installed``."""
    found: dict[str, set[str]] = {}
    extras: dict[str, set[str]] = {PROJECT: set()}
    ahead = [PROJECT]
    while ahead:
        name = ahead.pop()
        wanted = [text for text in _requirements(name) if _applies(text, extras[name])]
        found[name] = {canonicalize_name(one.name) for one in wanted} & installed
        for one in wanted:
            other = canonicalize_name(one.name)
            new = one.extras - extras.setdefault(other, set())
            extras[other] |= new
            if other in installed and (other not in found or new):
                ahead.append(other)
    return found


def _requirements(name: str) -> list[Requirement]:
    if name == PROJECT:  # what is installed of it may be older than the file
        lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
        return [Requirement(line) for line in lines if line and not line.startswith("#")]
    try:
        return [Requirement(text) for text in requires(name) or ()]
    except PackageNotFoundError:
        return []


def _applies(wanted: Requirement, extras: set[str]) -> bool:
    """Whether it is asked for on this system, with these extras."""
    marker = wanted.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in (*extras, ""))


def main(out: Path) -> None:
    """Write the bill to ``out`` and say how long it is."""
    found = bill()
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    sys.stdout.write(f"{out}: {len(found['components'])} packages\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
