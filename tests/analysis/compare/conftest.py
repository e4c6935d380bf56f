import pytest
import xarray as xr

from tests.synthetic import synthetic_store


@pytest.fixture(scope="session")
def pair() -> tuple[xr.Dataset, xr.Dataset]:
    return (
        synthetic_store(accuracy=0.93, seed=1),
        synthetic_store(accuracy=0.88, seed=2, gates=()),
    )
