"""Whether a package of the lock has a known vulnerability: pip-audit, or why nobody can tell.

Ends with 0 where none has, with 1 where some have, which are listed, and with 2 where the database
could not be asked for all of them. pip-audit alone ends with 0 then too.
"""

import json
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

LOCK = Path(__file__).resolve().parents[1] / "requirements.lock"
_COMMAND = (sys.executable, "-m", "pip_audit", "--disable-pip", "--no-deps", "--format", "json")


def main() -> int:
    """Ask for one package, and if there is an answer for all; the code to end with."""
    pins = re.findall(r"^[\w.-]+==[\w.+!]+", LOCK.read_text(encoding="utf-8"), re.MULTILINE)
    found, why = _ask(pins[:1])
    if not why:
        found, why = _ask(pins)
    bad = [part for part in found if part.get("vulns")]
    for part in bad:
        for one in part["vulns"]:
            mended = ", ".join(one["fix_versions"]) or "no version yet"
            sys.stdout.write(f"{part['name']} {part['version']}: {one['id']}, mended in {mended}\n")
    if why:
        sys.stderr.write(
            "the database of known vulnerabilities could not be asked, so nothing is known "
            f"({why}); give `make audit` where pypi.org answers\n"
        )
        return 2
    sys.stdout.write(f"{len(bad)} of {len(found)} packages have known vulnerabilities\n")
    return 1 if bad else 0


def _ask(pins: list[str]) -> tuple[list[dict[str, Any]], str]:
    """What is known of each pinned package; and why nothing is known of one, or an empty text."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "requirements.txt")
        file.write_text("\n".join(pins), encoding="utf-8")
        said = subprocess.run(
            [*_COMMAND, "--requirement", str(file)], check=False, capture_output=True, text=True
        )
    try:
        found: list[dict[str, Any]] = json.loads(said.stdout)["dependencies"]
    except (ValueError, KeyError):
        return [], (said.stderr.strip().splitlines() or ["pip-audit said nothing"])[-1][:200]
    return found, next((part["skip_reason"] for part in found if "skip_reason" in part), "")


if __name__ == "__main__":
    sys.exit(main())
