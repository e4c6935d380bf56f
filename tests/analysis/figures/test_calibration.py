import numpy as np
import pytest

from analysis import compare
from analysis.figures import class_style, reliability
from tests.synthetic import synthetic_store


def test_each_network_has_a_curve_and_its_counts():
    tables = [compare.reliability(synthetic_store(seed=seed, gates=())) for seed in (1, 2)]
    figure = reliability([("<SE>", tables[0]), ("plain", tables[1])])
    diagonal, *traces = figure.data
    assert (diagonal.x, diagonal.y) == ((0, 100), (0, 100))
    for place, table in enumerate(tables):
        curve, bars = traces[2 * place : 2 * place + 2]
        filled = table[table["count"] > 0]
        assert 1 < len(filled) < 15
        np.testing.assert_allclose(curve.x, 100 * filled["confidence"])
        np.testing.assert_allclose(curve.y, 100 * filled["accuracy"])
        np.testing.assert_allclose(curve.y + curve.error_y.array, 100 * filled["high"])
        np.testing.assert_allclose(curve.y - curve.error_y.arrayminus, 100 * filled["low"])
        np.testing.assert_array_equal(curve.customdata[:, 0], filled["count"])
        assert bars.y.sum() == pytest.approx(100)
        assert bars.x[0] == pytest.approx(100 / 30)
        assert curve.line.color == bars.marker.color == class_style(place).color
        assert (curve.xaxis, bars.xaxis) == ("x", "x2")
    assert [trace.name for trace in traces[::2]] == ["&lt;SE&gt;", "plain"]
    assert figure.layout.xaxis.matches == "x2"
