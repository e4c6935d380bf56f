import numpy as np
import pytest

from analysis.figures.variation import gate_variation
from analysis.statistics.variation import variation_by_depth
from senet_core import InputError
from tests.synthetic import GATES, synthetic_store


@pytest.mark.parametrize("labels", ["model", "none"])
def test_quartiles_are_those_of_the_raw_gates(labels):
    ds = synthetic_store(per_class=[3, 9, *[5] * 8], labels=labels)
    table = variation_by_depth(ds)
    assert table["path"].tolist() == [path for path, _ in GATES]
    assert table["depth"].tolist() == [1, 2, 3, 4]
    for row in table.itertuples():
        values = ds[f"gate.{row.path}"].values.astype(np.float64)
        for name, of in (("mean", values.mean(0)), ("std", values.std(0))):
            found = [getattr(row, f"{name}{end}") for end in ("_low", "", "_high")]
            assert found == pytest.approx(np.quantile(of, (0.25, 0.5, 0.75)), abs=1e-6)


def test_a_store_without_gates_is_refused():
    with pytest.raises(InputError, match="no gates"):
        variation_by_depth(synthetic_store(gates=()))


def test_both_lines_are_drawn_with_their_bands():
    table = variation_by_depth(synthetic_store(per_class=5))
    band, mean, _, deviation = gate_variation(table).data
    assert list(mean.y) == table["mean"].tolist()
    assert list(deviation.y) == table["std"].tolist()
    assert list(band.y) == [*table["mean_high"], *table["mean_low"][::-1]]
    assert mean.marker.symbol != deviation.marker.symbol
