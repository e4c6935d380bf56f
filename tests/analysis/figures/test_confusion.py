import numpy as np
import pandas as pd
import pytest

from analysis.figures import class_style, confusion_difference, error_changes
from analysis.figures.palette import INK


def table(counts: np.ndarray) -> pd.DataFrame:
    names = [f"class {i}" for i in range(len(counts))]
    return pd.DataFrame(counts, index=names, columns=names)


COUNTS = np.array([[50, -3, 1], [0, -80, 9], [4, 0, 2]])


def test_colours_are_of_the_errors_alone():
    cells, _ = confusion_difference(table(COUNTS)).data
    assert np.isnan(np.diag(cells.z)).all()
    assert (cells.zmin, cells.zmax) == (-9, 9)  # not of the 80 on the diagonal
    assert cells.z[1, 2] == 9


def test_each_cell_says_its_number_and_what_it_counts():
    figure = confusion_difference(table(COUNTS), names=("SE", "plain"))
    marks = figure.data[1]
    assert list(marks.text) == ["+50", "−3", "+1", "", "−80", "+9", "+4", "", "+2"]
    assert list(marks.customdata[5]) == [1, 2, 9]
    assert marks.hovertext[5] == "<b>class 1</b><br>predicted as class 2"
    assert marks.hovertext[0] == "<b>class 0</b><br>predicted right"
    assert figure.layout.title.text == "errors in images: SE less plain"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_numbers_stand_out_from_strong_cells(theme):
    colours = confusion_difference(table(COUNTS), theme=theme).data[1].textfont.color
    assert colours[5] == INK[theme].surface
    assert colours[1] == colours[4] == INK[theme].text


def test_of_many_classes_those_that_changed_most_are_drawn():
    counts = np.zeros((50, 50), int)
    counts[7, 30], counts[12, 3] = 20, -15
    counts[np.diag_indices(50)] = 100
    figure = confusion_difference(table(counts), limit=4)
    assert list(figure.layout.xaxis.ticktext) == ["class 3", "class 7", "class 12", "class 30"]
    assert figure.data[1].customdata[:, 0].tolist() == [3] * 4 + [7] * 4 + [12] * 4 + [30] * 4
    assert figure.data[0].z[1, 3] == 20


def test_no_difference_at_all_is_drawn():
    cells = confusion_difference(table(np.zeros((3, 3), int))).data[0]
    assert (cells.zmin, cells.zmax) == (-1, 1)


CHANGES = pd.DataFrame(
    {
        "label": [2, 0, 1],
        "prediction": [0, 1, 2],
        "class": ["<c>", "a", "b"],
        "predicted": ["a", "b", "<c>"],
        "errors_a": [9, 1, 4],
        "errors_b": [2, 5, 3],
        "change": [7, -4, 1],
    }
)


def test_the_errors_that_changed_most_are_bars_in_two_colours():
    figure = error_changes(CHANGES, names=("SE", "plain"), limit=2)
    (bars,) = figure.data
    assert list(bars.x) == [7, -4]
    assert list(bars.text) == ["+7", "−4"]
    assert list(bars.marker.color) == [class_style(1).color, class_style(0).color]
    assert list(figure.layout.yaxis.ticktext) == ["&lt;c&gt; → a", "a → b"]
    assert figure.layout.yaxis.autorange == "reversed"
    assert bars.hovertext[0] == "<b>&lt;c&gt;</b><br>predicted as a"
    low, high = figure.layout.xaxis.range
    assert low < -7
    assert high > 7
    assert figure.layout.xaxis.title.text == "errors in images: SE less plain"


def test_no_error_that_changed_is_drawn_empty():
    (bars,) = error_changes(CHANGES.head(0)).data
    assert len(bars.x) == 0
