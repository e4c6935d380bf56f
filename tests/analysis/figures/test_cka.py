import numpy as np
import pandas as pd

from analysis import statistics
from analysis.figures import cka_matrix
from tests.synthetic import synthetic_store

HOSTILE = ("<b>bold</b>", "%{x} $y$")


def test_cells_are_the_matrix_with_the_first_gate_on_top(store):
    table = statistics.cka_matrix(store)
    cells, numbers = cka_matrix(table).data
    np.testing.assert_allclose(cells.z, table, rtol=1e-6)
    assert (cells.zmin, cells.zmax) == (0, 1)
    assert numbers.text[:2] == (f"{table.iloc[0, 0]:.2f}", f"{table.iloc[0, 1]:.2f}")
    layout = cka_matrix(table).layout
    assert list(layout.yaxis.ticktext) == list(table.index)
    assert layout.yaxis.range[0] > layout.yaxis.range[1]


def test_two_networks_are_named(store):
    other = synthetic_store(per_class=(20, 20, 0, 30, 20, 20, 20, 20, 20, 20), seed=3)
    layout = cka_matrix(statistics.cka_matrix(store, other), names=("<b>", "b")).layout
    assert layout.yaxis.title.text == "gates of &lt;b&gt;"
    assert layout.xaxis.title.text == "gates of b"


def test_values_a_little_off_and_none_at_all():
    table = pd.DataFrame([[1.0, -0.02], [np.nan, 1.0]], index=HOSTILE, columns=HOSTILE)
    cells, numbers = cka_matrix(table, theme="dark").data
    assert cells.z[0, 1] == 0
    np.testing.assert_allclose(cells.customdata[0, 1], -0.02, rtol=1e-6)
    assert numbers.text == ("1.00", "−0.02", "", "1.00")
    assert cells.hovertext[0][0] == "&lt;b&gt;bold&lt;/b&gt; and &lt;b&gt;bold&lt;/b&gt;"


def test_many_blocks_have_colours_alone():
    labels = [f"SE_{i}" for i in range(30)]
    assert len(cka_matrix(pd.DataFrame(np.eye(30), index=labels, columns=labels)).data) == 1
