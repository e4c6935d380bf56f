from dashboard.parts.tables import ROWS, table_height


def test_a_short_table_has_no_empty_row_and_a_long_one_scrolls():
    assert table_height(1) == table_height(ROWS) == "content"
    assert isinstance(table_height(ROWS + 1), int)
