import numpy as np
import pytest

from analysis.figures import excitation_panels, uniform_channels
from senet_core.errors import InputError
from tests.synthetic import synthetic_store

BLOCKS = [
    f"layer{stage}.{block}.se" for stage, n in enumerate((3, 4, 6, 3), 1) for block in range(n)
]


@pytest.fixture(scope="module")
def deep():
    """The blocks of SE-ResNet-50, 64 channels each."""
    return synthetic_store(gates=[(path, 64) for path in BLOCKS], per_class=5)


def lines(figure, panel):
    axis = "x" if panel == 0 else f"x{panel + 1}"
    return [t for t in figure.data if t.fill != "toself" and (t.xaxis or "x") == axis]


def test_figure_6_is_one_call(deep):
    figure = excitation_panels(deep, [1, 4, 6, 8])
    titles = [note.text for note in figure.layout.annotations]
    assert titles == ["SE_1_3", "SE_2_4", "SE_3_6", "SE_4_1", "SE_4_2", "SE_4_3"]
    assert len(figure.data) == 6 * 5
    everything, trouser, *_ = lines(figure, 5)
    chosen = uniform_channels(64)
    assert len(chosen) == 50
    np.testing.assert_allclose(trouser.y, deep["mean.layer4.2.se"].values[1][chosen], rtol=1e-6)
    np.testing.assert_allclose(
        everything.y, deep["gate.layer4.2.se"].values.mean(0)[chosen], rtol=1e-5
    )
    named = [t.name for t in figure.data if t.showlegend]
    assert named == ["all classes", "Trouser", "Coat", "Shirt", "Bag"]


def test_figure_7_is_another(deep):
    figure = excitation_panels(deep, [1, 4], band="classes", overall=False)
    assert len(figure.data) == 6 * 4
    bands = [t for t in figure.data if t.fill == "toself"]
    chosen = uniform_channels(64)
    upper = deep["mean.layer1.2.se"].values[1] + deep["std.layer1.2.se"].values[1]
    np.testing.assert_allclose(bands[0].y[:50], upper[chosen], rtol=1e-6)
    assert [t.name for t in figure.data if t.showlegend] == ["Trouser", "Coat"]


def test_chosen_gates_and_all_channels(deep):
    figure = excitation_panels(
        deep, [0], gates=["layer2.0.se", "layer1.0.se"], channels=None, columns=1
    )
    assert [note.text for note in figure.layout.annotations] == ["SE_2_1", "SE_1_1"]
    assert all(len(t.x) == 64 for t in figure.data)
    # All panels have one scale, so that a saturated block can be told from a flat one.
    assert figure.layout.yaxis2.matches == figure.layout.yaxis.matches == "y"


def test_a_store_without_gates_or_without_that_gate(deep):
    with pytest.raises(InputError, match="no gates"):
        excitation_panels(synthetic_store(gates=()), [0])
    with pytest.raises(InputError, match=r"no gate 'layer9\.0'"):
        excitation_panels(deep, [0], gates=["layer9.0"])
