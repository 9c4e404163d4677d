"""Means over groups of units, and over the other units of a group."""

from __future__ import annotations

import math

import numpy as np
import pytest

from pilotzone.core import Break, Caveat, DataError, Panel, SeriesInfo, UsageError
from pilotzone.gather import derive, evidence_panel, group_means, load_evidence, others_of_group

GROUPS = {"A": "n", "B": "n", "C": "n", "D": "s", "E": "s", "F": "s"}


def panel_of(values: list[list[float]], **about: object) -> Panel:
    info = SeriesInfo("y", "y", "1", **about)  # type: ignore[arg-type]
    return Panel(tuple("ABCDEFG")[: len(values)], (2001, 2002, 2003), {"y": np.array(values, dtype=float)}, {"y": info})


def test_a_mean_keeps_its_units() -> None:
    gap = math.nan
    panel = panel_of([[1, 2, 3], [3, 4, 8], [7, gap, 9], [1, 1, gap], [3, 5, gap], [gap, gap, gap], [9, 9, 9]])
    found = group_means(panel, GROUPS, labels={"n": "North"})
    assert found.units == ("n", "s")
    assert found.label("n") == "North"
    # C lacks 2002, which A and B have; no unit of the south has 2003, so that D and E are whole.
    np.testing.assert_array_equal(found.matrix("y"), [[2, 3, 5.5], [2, 3, gap]])
    few = group_means(panel, GROUPS, fewest=2).matrix("y")
    np.testing.assert_array_equal(few, found.matrix("y"))
    with pytest.raises(DataError, match="all groups have fewer than 3 units with figures"):
        group_means(panel, GROUPS, fewest=3)
    with pytest.raises(DataError, match="no unit of the data has a group"):
        group_means(panel, {"Z": "n"})


def test_breaks_and_caveats_move_to_the_groups() -> None:
    own = Break("own", "vintage", "severe", 2002, 2002, "Two editions.", regions=("B", "E"))
    everyone = Break("all", "census", "mild", 2003, 2003, "A count.")
    info = {"breaks": (own, everyone), "caveats": (Caveat("c", "Off.", True, ("A",)),)}
    panel = panel_of([[1, 2, 3]] * 6, **info)
    found = group_means(panel, GROUPS).series["y"]
    assert [item.regions for item in found.breaks] == [("n", "s"), ()]
    assert found.caveats[0].regions == ("n",)
    rest = others_of_group(panel, GROUPS, {"r": "y"}).series["r"]
    assert [item.regions for item in rest.breaks] == [tuple("ABCDEF"), ()]
    assert rest.caveats[0].regions == tuple("ABC")


def test_others_leave_the_unit_itself_out() -> None:
    gap = math.nan
    panel = panel_of([[1, 2, 3], [3, 4, 8], [5, 6, 9], [1, 1, 1], [3, 5, 7], [gap, gap, gap], [9, 9, 9]])
    found = others_of_group(panel, GROUPS, {"r": "y"}).matrix("r")
    expected = [[4, 5, 8.5], [3, 4, 6], [2, 3, 5.5], [3, 5, 7], [1, 1, 1], [gap] * 3, [gap] * 3]
    np.testing.assert_array_equal(found, expected)
    assert np.isnan(others_of_group(panel, GROUPS, {"r": "y"}, fewest=2).matrix("r")[3:]).all()
    with pytest.raises(UsageError, match="no series 'x'"):
        others_of_group(panel, GROUPS, {"r": "x"})
    with pytest.raises(UsageError, match="a series of that name already"):
        others_of_group(panel, GROUPS, {"y": "y"})


def test_a_mean_of_provinces_against_a_plain_loop() -> None:
    """Guizhou's mean is over its six indexed cities; Qinghai has two and none."""
    panel = derive(evidence_panel(["city_gdp_volume_index"]), {"log_gdp": "chain(city_gdp_volume_index, 2013)"})
    parent = {unit: load_evidence().region(unit).parent for unit in panel.units}
    found = group_means(panel, parent, fewest=3)
    cities = {"CN-520100", "CN-520200", "CN-520300", "CN-520400", "CN-520500", "CN-520600"}
    rows = [panel.unit_index(unit) for unit in cities]
    for k in range(len(panel.periods)):
        plain = sum(float(panel.matrix("log_gdp")[row, k]) for row in rows) / 6
        assert found.matrix("log_gdp")[found.unit_index("CN-GZ"), k] == pytest.approx(plain, abs=1e-12)
    assert np.isnan(found.matrix("log_gdp")[found.unit_index("CN-QH")]).all()
