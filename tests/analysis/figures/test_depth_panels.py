"""Four panels over depth, and the small similarity matrices."""

import numpy as np
import pandas as pd
import pytest

from analysis import statistics
from analysis.figures.depth_panels import DepthTables, depth_panels
from analysis.figures.palette import INK
from analysis.figures.similarity_panel import similarity_panel
from analysis.statistics.along import probe_along, saturation_along, spread_by_depth
from tests.synthetic import flattened, synthetic_store

EMPTY = pd.DataFrame()


@pytest.fixture(scope="module")
def tables() -> DepthTables:
    store = synthetic_store(seed=1)
    return DepthTables(
        separation=statistics.separation_by_depth(store),
        spread=spread_by_depth(store),
        probe=pd.DataFrame(list(probe_along(store, most=100))),
        saturation=pd.DataFrame(list(saturation_along(store))),
        stages=[1, 1, 2, 3],
        accuracy=0.9,
        waiting={"probe": "being measured", "saturation": "being measured"},
    )


def lines(figure, axis: str) -> list:
    return [t for t in figure.data if t.yaxis == axis and t.mode == "lines+markers"]


def test_each_panel_has_its_lines_over_one_axis(tables):
    figure = depth_panels(tables)
    assert [len(lines(figure, axis)) for axis in ("y", "y2", "y3", "y4")] == [1, 1, 2, 2]
    np.testing.assert_allclose(lines(figure, "y")[0].y, tables.separation["eta2"])
    np.testing.assert_allclose(lines(figure, "y2")[0].y, 100 * tables.probe["accuracy"])
    np.testing.assert_allclose(lines(figure, "y4")[0].y, 100 * tables.saturation["high"])
    assert lines(figure, "y")[0].customdata[2][:2].tolist() == [3, 2]
    assert figure.layout.xaxis4.ticktext == ("SE_1_1", "SE_1_2", "SE_2_1", "SE_3_2")
    said = " ".join(note.text for note in figure.layout.annotations)
    assert "chance 10 %" in said
    assert "the network 90 %" in said


def test_gates_that_hardly_vary_are_hollow_in_the_first_panel():
    store = flattened(synthetic_store(seed=1), "layer1.1.se")
    separation, spread = statistics.separation_by_depth(store), spread_by_depth(store)
    figure = depth_panels(DepthTables(separation, spread, EMPTY, EMPTY))
    (line,) = lines(figure, "y")
    color, surface = line.line.color, INK["light"].surface
    assert list(line.marker.color) == [color, surface, color, color]
    assert line.marker.line.color == color
    assert lines(figure, "y3")[0].marker.color is None


def test_what_is_still_measured_is_said_and_nothing_moves(tables):
    waiting = DepthTables(
        tables.separation, tables.spread, EMPTY, EMPTY, tables.stages, None, tables.waiting
    )
    figure = depth_panels(waiting)
    assert sum(note.text == "being measured" for note in figure.layout.annotations) == 2
    assert figure.layout.height == depth_panels(tables).layout.height
    assert figure.layout.yaxis4.domain == depth_panels(tables).layout.yaxis4.domain


def test_a_part_of_the_probe_is_drawn_where_it_belongs(tables):
    part = DepthTables(tables.separation, tables.spread, tables.probe[:2], EMPTY)
    assert lines(depth_panels(part), "y2")[0].x.tolist() == [1, 2]


def test_marked_gates_and_ends_of_stages_have_lines(tables):
    shapes = [s for s in depth_panels(tables, marked=[3]).layout.shapes if s.yref == "y3 domain"]
    assert sorted(shape.x0 for shape in shapes) == [2.5, 3.5, 4]
    assert depth_panels(tables, marked=[3]).layout.xaxis4.ticktext[3] == "<b>SE_3_2</b>"


def test_gates_that_are_not_shares_are_said_to_be_none(tables):
    unbound = tables.saturation.assign(low=np.nan, high=np.nan)
    figure = depth_panels(DepthTables(tables.separation, tables.spread, tables.probe, unbound))
    assert not lines(figure, "y4")
    assert any("not bound" in note.text for note in figure.layout.annotations)


@pytest.mark.parametrize("classes", [3, 40])
def test_a_similarity_panel_is_on_the_scale_of_all(classes):
    names = ["<b>", *(f"c{k}" for k in range(classes - 2)), "<b>"]
    table = pd.DataFrame(np.eye(classes), index=names, columns=names)
    (cells,) = similarity_panel(table, theme="dark").data
    assert (cells.zmin, cells.zmax) == (-1, 1)
    assert np.asarray(cells.z).shape == (classes, classes)
    drawn = similarity_panel(table).to_json()
    assert "&lt;b&gt;" in drawn
    if classes > 30:  # two classes of one name are two rows
        assert len(set(cells.y)) == classes
