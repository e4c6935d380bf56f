"""The virtual environment in `.venv`, made and filled where it is not as the files ask.

`python3 -m dashboard.demo.environment requirements-dev.txt` makes the one for development.
"""

import hashlib
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

from dashboard.demo.processes import ROOT, Fault, call, heed_termination, say

VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
REQUIREMENTS = ("requirements.txt", "requirements-dev.txt")  # each holds the one before it


def ensure(requirements: str = REQUIREMENTS[0]) -> Path:
    """The environment's Python, with all that ``requirements`` names and the project installed.

    pip runs only where the requirements, the Python or the folder changed since it last did.

    Raises:
        Fault: where no environment can be made, or pip fails.
    """
    if not PYTHON.exists():
        _create()
    version = _version()
    wanted = REQUIREMENTS[: REQUIREMENTS.index(requirements) + 1]
    if _stamp(requirements) != _fingerprint(requirements, version):
        say(f"Installing {requirements} into .venv (once; several GB where torch comes with CUDA)")
        pip = (PYTHON, "-m", "pip", "install", "--disable-pip-version-check", "--no-input")
        if call((*pip, "-r", requirements, "-e", ".")):
            raise Fault(
                f"pip could not install {requirements} (its own words are above); "
                "mend that and give the same command again"
            )
        for name in wanted:
            _stamp_file(name).write_text(_fingerprint(name, version), encoding="utf-8")
    return PYTHON


def _create() -> None:
    if importlib.util.find_spec("ensurepip") is None:
        raise Fault(
            f"{sys.executable} cannot make a virtual environment; install its venv module "
            "(Debian and Ubuntu: apt install python3-venv) and give the same command again"
        )
    if call((sys.executable, "-m", "venv", VENV)):
        raise Fault(f"no virtual environment could be made in {VENV}; see the words above")


def _version() -> str:
    """The version of the environment's Python, which an update of the system may have removed."""
    ask = "import sys; print(*sys.version_info[:2], sep='.')"
    try:
        answer = subprocess.run([PYTHON, "-c", ask], check=True, capture_output=True, text=True)
        return answer.stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        raise Fault(
            f"the Python in {VENV} does not start; delete that folder and try again"
        ) from None


def _fingerprint(requirements: str, version: str) -> str:
    """What the installation depends on; the folder because an editable one points to it."""
    names = (*REQUIREMENTS[: REQUIREMENTS.index(requirements) + 1], "pyproject.toml")
    parts = [version, str(ROOT), *((ROOT / name).read_text(encoding="utf-8") for name in names)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _stamp(requirements: str) -> str:
    file = _stamp_file(requirements)
    return file.read_text(encoding="utf-8") if file.is_file() else ""


def _stamp_file(requirements: str) -> Path:
    return VENV / f"{requirements}.installed"


if __name__ == "__main__":
    heed_termination()
    try:
        ensure(*sys.argv[1:])
    except Fault as fault:
        say(str(fault))
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
