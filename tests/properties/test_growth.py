"""Properties of chained indices and prices, on drawn figures with holes."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from pilotzone.core import Panel, SeriesInfo
from pilotzone.gather import derive

PERIODS = tuple(range(2001, 2009))
BASES = st.sampled_from(PERIODS)
FIGURES = arrays(np.float64, (3, len(PERIODS)), elements=st.floats(60, 180))
MONEY = arrays(np.float64, (3, len(PERIODS)), elements=st.floats(0.01, 1e6))
HOLES = arrays(np.bool_, (3, len(PERIODS)), elements=st.sampled_from([False] * 7 + [True]))

Floats = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Mask = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]


def derived(
    index: Floats, money: Floats, definitions: dict[str, str], kind: str = "previous-year-100"
) -> dict[str, Floats]:
    infos = {
        "index": SeriesInfo("index", "index", "1", index=kind),  # type: ignore[arg-type]
        "money": SeriesInfo("money", "money", "CNY"),
    }
    panel = Panel(("a", "b", "c"), PERIODS, {"index": index.copy(), "money": money.copy()}, infos)
    made = derive(panel, definitions)
    return {name: made.matrix(name) for name in definitions}


def constant_by_unit(values: Floats, tolerance: float) -> bool:
    rows = [row[~np.isnan(row)] for row in values]
    return all(np.ptp(row) <= tolerance for row in rows if len(row))


@given(FIGURES, HOLES, BASES, BASES)
def test_chains_from_two_years_differ_by_a_constant_of_each_unit(
    index: Floats, holes: Mask, one: int, other: int
) -> None:
    index = np.where(holes, np.nan, index)
    found = derived(index, index, {"x": f"chain(index, {one})", "y": f"chain(index, {other})"})
    assert constant_by_unit(found["x"] - found["y"], 1e-13)
    # Where both know anything in common they know the same periods: the same run of links.
    common = ~np.isnan(found["x"]) & ~np.isnan(found["y"])
    for row in range(3):
        if common[row].any():
            np.testing.assert_array_equal(np.isnan(found["x"][row]), np.isnan(found["y"][row]))


@given(FIGURES, HOLES, BASES)
def test_a_chain_taken_apart_is_the_index_again(index: Floats, holes: Mask, base: int) -> None:
    index = np.where(holes, np.nan, index)
    level = derived(index, index, {"x": f"chain(index, {base})"})["x"]
    links = 100 * np.exp(np.diff(level, axis=1))
    known = ~np.isnan(links)
    np.testing.assert_allclose(links[known], index[:, 1:][known], rtol=1e-13)
    at = PERIODS.index(base)
    assert np.isin(level[:, at][~np.isnan(level[:, at])], [0.0]).all()


@given(FIGURES, MONEY, HOLES, BASES, BASES)
def test_prices_of_two_years_differ_by_a_factor_of_each_unit(
    index: Floats, money: Floats, holes: Mask, one: int, other: int
) -> None:
    index = np.where(holes, np.nan, index)
    definitions = {"x": f"deflate(money, index, {one})", "y": f"deflate(money, index, {other})"}
    for kind in ("previous-year-100", "fixed-base"):
        found = derived(index, money, definitions, kind)
        assert constant_by_unit(np.log(found["x"] / found["y"]), 1e-13)


@given(FIGURES, MONEY, BASES, BASES)
def test_a_chained_price_index_is_one_with_a_fixed_base(index: Floats, money: Floats, one: int, other: int) -> None:
    definitions = {
        "level": f"exp(chain(index, {one}))",
        "x": f"deflate(money, level, {other})",
        "y": f"deflate(money, index, {other})",
        "log": "log(level)",
        "again": f"chain(index, {one})",
    }
    found = derived(index, money, definitions)
    np.testing.assert_allclose(found["x"], found["y"], rtol=1e-13)
    np.testing.assert_allclose(found["log"], found["again"], rtol=0, atol=1e-14)
    np.testing.assert_allclose(found["y"][:, PERIODS.index(other)], money[:, PERIODS.index(other)], rtol=0)


@given(FIGURES, MONEY, BASES, st.floats(0.1, 10))
def test_the_base_of_a_price_index_does_not_matter(index: Floats, money: Floats, base: int, factor: float) -> None:
    definitions = {"x": f"deflate(money, index, {base})"}
    found, again = (derived(values, money, definitions, "fixed-base")["x"] for values in (index, factor * index))
    np.testing.assert_allclose(again, found, rtol=1e-14)
