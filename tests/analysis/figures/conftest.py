import pytest
import xarray as xr

from tests.synthetic import synthetic_store

HOSTILE = ("<b>bold</b>", "a & b", "%{x} $y$", "a very long name, of a class that nobody can draw")


@pytest.fixture(scope="session")
def store() -> xr.Dataset:
    """Ten classes, of which the third has no samples."""
    return synthetic_store(per_class=(20, 20, 0, 30, 20, 20, 20, 20, 20, 20))


@pytest.fixture(scope="session")
def hostile() -> xr.Dataset:
    """Classes whose names are traps."""
    return synthetic_store(classes=HOSTILE, gates=(("layer1.0.se", 8),))


@pytest.fixture(scope="session")
def wide() -> xr.Dataset:
    """So many classes and channels that a figure cannot show each."""
    names = ["twice", "twice", *(f"class {i}" for i in range(2, 400))]
    return synthetic_store(classes=names, per_class=2, gates=(("layer4.2.se", 512),))
