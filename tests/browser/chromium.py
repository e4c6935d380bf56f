"""The browser of the browser tests. Run as a script, it installs one where there is none."""

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = (
    "no browser for the browser tests: install Chromium or Chrome "
    "(Debian: apt install chromium; elsewhere: .venv/bin/python -m playwright install chromium)"
)


def find() -> str | None:
    """The path of a Chromium: the system's, else the one that Playwright installed."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if Path(path).exists() else None


def install() -> str | None:
    """Debian's package where that can be installed, else Playwright's own; its path."""
    print("Installing a browser for the tests", file=sys.stderr, flush=True)
    for commands in (_debian(), _playwright()):
        if commands and all(subprocess.run(c, check=False).returncode == 0 for c in commands):
            return find()
    return None


def _debian() -> list[list[str]]:
    """Empty where this is no Debian or we may not install; Ubuntu's package is a snap."""
    try:
        if platform.freedesktop_os_release()["ID"] != "debian" or not shutil.which("apt-get"):
            return []
    except OSError:
        return []
    root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if root and (
        not shutil.which("sudo")
        or subprocess.run([*root, "true"], check=False, capture_output=True).returncode
    ):
        return []
    apt = [*root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
    return [
        [*apt, "update"],
        [*apt, "install", "--yes", "--no-install-recommends", "chromium"],
    ]


def _playwright() -> list[list[str]]:
    return [[sys.executable, "-m", "playwright", "install", "chromium"]]


if __name__ == "__main__":
    sys.exit(0 if find() or install() else MISSING)
