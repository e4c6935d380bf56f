"""The app run on stores without a browser, and images to train on, as other tests have them."""

from pathlib import Path

import pytest

from tests.dashboard.conftest import open_app, runs
from tests.senet_core.conftest import colours

__all__ = ["colours", "open_app", "runs"]


@pytest.fixture(scope="session")
def images(colours: Path) -> Path:
    """``train/`` and ``val/`` of three colours; the tests only read it."""
    return colours
