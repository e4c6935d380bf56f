import io

import pandas as pd
import pytest

from analysis.spreadsheet import csv


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@a", "\tx", "=cmd|' /C calc'!A0"])
def test_no_cell_of_text_is_a_formula(name):
    table = pd.DataFrame({"class": [name], name: [-0.5]})
    header, row = csv(table).decode("utf-8-sig").splitlines()[-2:]
    assert header.split(",")[-1].lstrip('"').startswith("'")
    assert row.lstrip('"').startswith("'")
    assert row.endswith(",-0.5")


def test_csv_keeps_numbers_and_letters():
    table = pd.DataFrame({"class": ["猫", "dog, big"], "mean": [0.25, -1e-9], "n": [1, 2]})
    back = pd.read_csv(io.BytesIO(csv(table)))
    pd.testing.assert_frame_equal(back, table)
