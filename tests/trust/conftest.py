"""The app run on stores without a browser, as the tests of the pages do it."""

from tests.dashboard.conftest import open_app, runs

__all__ = ["open_app", "runs"]
