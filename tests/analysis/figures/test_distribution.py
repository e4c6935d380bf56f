import numpy as np
import pytest

from analysis.figures import channel_distribution, class_style
from analysis.store import class_slice, open_store
from tests.synthetic import synthetic_store, write_store

GATE = "layer2.0.se"


def test_a_ridge_holds_the_gates_of_its_class(store):
    figure = channel_distribution(store, GATE, 4, [3, 0])
    ridges = [trace for trace in figure.data if trace.type == "violin"]
    column = store[f"gate.{GATE}"].values[:, 4]
    assert [ridge.y0 for ridge in ridges] == [1, 0]  # the first class on top
    for ridge, index in zip(ridges, (3, 0), strict=True):
        np.testing.assert_array_equal(ridge.x, column[class_slice(store, index)])
        assert ridge.line.color == class_style(index).color
    assert list(figure.layout.yaxis.ticktext) == ["Dress", "T-shirt/top"]


def test_median_and_quartiles_stand_on_the_ridge(store):
    figure = channel_distribution(store, GATE, 4, [3])
    mark = next(trace for trace in figure.data if trace.type == "scatter")
    values = store[f"gate.{GATE}"].values[class_slice(store, 3), 4].astype(np.float64)
    q25, median, q75 = np.quantile(values, [0.25, 0.5, 0.75])
    assert mark.x[0] == median
    assert mark.x[0] + mark.error_x.array[0] == pytest.approx(q75)
    assert mark.x[0] - mark.error_x.arrayminus[0] == pytest.approx(q25)
    assert list(mark.customdata[0]) == [3, 4, q25, q75, 30]


def test_a_large_class_is_thinned_and_keeps_its_shape():
    store = synthetic_store(classes="ab", per_class=3000, gates=(("layer1.0.se", 4),))
    ridge = channel_distribution(store, "layer1.0.se", 1, [0]).data[0]
    values = store["gate.layer1.0.se"].values[:3000, 1]
    assert len(ridge.x) == 1000
    assert (ridge.x.min(), ridge.x.max()) == (values.min(), values.max())
    assert np.abs(np.quantile(ridge.x, 0.1) - np.quantile(values, 0.1)) < 1e-3


def test_a_histogram_shares_out_each_class_in_per_cent(store):
    figure = channel_distribution(store, GATE, 4, [3, 0], form="histogram")
    values = store[f"gate.{GATE}"].values[class_slice(store, 3), 4]
    dress = figure.data[0]
    assert dress.name == "Dress"
    assert sum(dress.y) == pytest.approx(100)
    share, edges = dress.y[1:-1], dress.x[1:]
    np.testing.assert_allclose(share, 100 * np.histogram(values, edges)[0] / len(values))
    assert figure.data[0].x.tolist() == figure.data[1].x.tolist()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("form", "traces"), [("ridgeline", 2), ("histogram", 1)])
@pytest.mark.parametrize(("classes", "drawn"), [([], 0), ([2], 0), ([0, 1], 2)])
def test_no_samples_and_no_variation_are_drawn_too(store, form, traces, classes, drawn):
    flat = store.copy(deep=True)
    flat[f"gate.{GATE}"].values[:, 0] = 1.0
    figure = channel_distribution(flat, GATE, 0, classes, form=form)
    assert len(figure.data) == traces * drawn


def test_one_column_alone_is_read_from_disk(store, tmp_path, monkeypatch):
    opened = open_store(write_store(store, tmp_path / "a.zarr"))
    shapes = []
    original = type(opened[f"gate.{GATE}"].variable).values.fget

    def values(variable):
        found = original(variable)
        shapes.append(found.shape)
        return found

    monkeypatch.setattr(type(opened[f"gate.{GATE}"].variable), "values", property(values))
    channel_distribution(opened, GATE, 3, [0, 1])
    assert max(len(shape) for shape in shapes) == 1
