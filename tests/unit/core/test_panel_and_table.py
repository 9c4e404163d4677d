"""Panels and tables: shapes and order are kept, missing is missing, nothing from data becomes markup."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pilotzone.core import Panel, SeriesInfo, Table, UsageError

VALUES = np.array([[1.0, np.nan, 3.0], [4.0, 5.0, 6.0]])


def panel() -> Panel:
    return Panel(("A", "B"), (2000, 2005, 2010), {"gdp": VALUES.copy()}, {"gdp": SeriesInfo("gdp", "GDP", "CNY")})


@pytest.mark.parametrize(
    ("units", "periods", "message"),
    [
        (("B", "A"), (2000, 2005, 2010), "sorted and unique"),
        (("A", "A"), (2000, 2005, 2010), "sorted and unique"),
        (("A", "B"), (2000, 2000, 2010), "sorted and unique"),
        (("A", "B", "C"), (2000, 2005, 2010), "has shape"),
        (("A", "B"), (2000, 2005), "has shape"),
    ],
)
def test_panels_that_do_not_fit(units: tuple[str, ...], periods: tuple[int, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Panel(units, periods, {"gdp": VALUES.copy()}, {"gdp": SeriesInfo("gdp", "GDP", "CNY")})


def test_matrices_are_read_only_and_series_are_known() -> None:
    with pytest.raises(ValueError, match="read-only"):
        panel().matrix("gdp")[0, 0] = 2.0
    with pytest.raises(ValueError, match="values and series differ"):
        Panel(("A",), (2000,), {"gdp": np.ones((1, 1))}, {})


def test_names_that_are_not_there() -> None:
    with pytest.raises(UsageError, match=r"the panel has no series 'gpd'\. Did you mean 'gdp'"):
        panel().matrix("gpd")
    with pytest.raises(UsageError, match="the panel has no unit 'C'"):
        panel().select(units=["A", "C"])


def test_selection_keeps_order_and_leaves_out_unknown_periods() -> None:
    chosen = panel().select(units=["B", "A", "B"], periods=[2010, 1999, 2000])
    assert (chosen.units, chosen.periods) == (("A", "B"), (2000, 2010))
    assert chosen.matrix("gdp").tolist() == [[1.0, 3.0], [4.0, 6.0]]


def test_tidy_table_leaves_missing_values_out() -> None:
    rows = panel().to_table().rows()
    assert rows == [("A", 2000, "gdp", 1.0), ("A", 2010, "gdp", 3.0)] + [
        ("B", period, "gdp", value) for period, value in ((2000, 4.0), (2005, 5.0), (2010, 6.0))
    ]
    assert [tuple(row) for row in panel().to_frame().itertuples(index=False)] == rows


def test_table_refuses_ragged_columns_and_counts_rows() -> None:
    with pytest.raises(ValueError, match="differ in length"):
        Table({"a": (1,), "b": ()})
    assert (len(Table({})), len(Table.from_rows(("a", "b"), []))) == (0, 0)


def test_records_have_no_number_that_json_lacks() -> None:
    records = Table({"a": (1.5, math.nan, math.inf, -math.inf, None)}).records()
    assert [row["a"] for row in records] == [1.5, None, None, None, None]


def test_notebook_view_escapes_everything() -> None:
    bad = "<script>&'\""
    view = Table({bad: (bad, True, math.nan)}, title=bad, units={bad: bad})._repr_html_()
    assert "<script>" not in view
    assert view.count("&lt;script&gt;&amp;&#x27;&quot;") == 4
    assert "<td>yes</td>" in view
    assert "<td></td>" in view
