"""Who may be a donor, and in which words the others are told why not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.unit.few.plain import level, noisy_paths, panel_of

from pilotzone.core import MethodError, UsageError
from pilotzone.evaluation.few import FewDesign, estimate_few
from pilotzone.evaluation.few.pool import admit_donors, needed_periods

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from pilotzone.core import Panel
    from pilotzone.evaluation.few import DonorDecision

    Floats = NDArray[np.float64]

NAN, INF = np.nan, np.inf
MANY = [("C", year, NAN) for year in range(2002, 2010)]
ALL = [("C", year, NAN) for year in range(2001, 2015) if year not in {2010, 2014}]


def design_of(**changes: Any) -> FewDesign:
    """Return a design on 2001 to 2014: 2001-2009 fitted, 2010 anticipated, 2011-2013 the window, 2014 outside."""
    plain: dict[str, Any] = {"unit": "A", "start": 2011, "window": (2011, 2013), "anticipation": 1}
    return FewDesign(**(plain | changes))


def holed(*holes: tuple[str, int, float], series: str = "y", **others: Floats) -> Panel:
    """Return a panel of A to G with figures replaced: unit, year, value."""
    paths = noisy_paths(1)
    for unit, year, value in holes:
        paths["ABCDEFG".index(unit), year - 2001] = value
    return panel_of({series: paths, **others}, labels={"A": "Testland", "B": "Bigland"})


def decisions(panel: Panel, excluded: Mapping[str, str] | None = None, **changes: Any) -> dict[str, DonorDecision]:
    design = design_of(**changes)
    needed = {level(name): needed_periods(panel, level(name), design)[0] for name in panel.values}
    found = admit_donors(panel, design, needed, excluded or {})
    assert [item.unit for item in found] == [unit for unit in panel.units if unit != design.unit]
    assert all(item.admitted == (not item.reason) for item in found)
    return {item.unit: item for item in found}


# --------------------------------------------------------------------------------------------------- needed periods


def test_fitted_periods_and_the_window_are_needed() -> None:
    columns, notes = needed_periods(holed(), level(), design_of())
    assert columns == [*range(9), 10, 11, 12]
    assert notes == []


def test_the_fit_begins_with_the_treated_units_first_figure() -> None:
    panel = holed(("A", 2001, NAN), ("A", 2002, NAN))
    columns, notes = needed_periods(panel, level(), design_of())
    assert columns == [*range(2, 9), 10, 11, 12]
    assert notes == []


def test_holes_in_the_fit_are_left_out_with_a_note() -> None:
    panel = holed(("A", 2001, NAN), ("A", 2004, NAN), ("A", 2006, NAN))
    columns, notes = needed_periods(panel, level(), design_of())
    assert columns == [1, 2, 4, 6, 7, 8, 10, 11, 12]
    assert notes == ["y: 2004, 2006 left out of the fit, missing for Testland."]


def test_holes_outside_what_is_needed_are_no_matter() -> None:
    panel = holed(("A", 2010, NAN), ("A", 2014, NAN))
    assert needed_periods(panel, level(), design_of()) == ([*range(9), 10, 11, 12], [])


def test_notes_reach_the_result_once_per_outcome() -> None:
    paths = noisy_paths(2)
    paths[0, 3] = NAN
    effects = estimate_few(holed(z=paths), [level("y"), level("z")], design_of())
    assert [note for note in effects.notes if "left out" in note] == [
        "z: 2004 left out of the fit, missing for Testland."
    ]
    assert 2004 in effects.fit("y").periods
    assert 2004 not in effects.fit("z").periods


def test_fitted_periods_are_noted_for_every_outcome_where_they_differ() -> None:
    paths = noisy_paths(2)
    paths[0, :7] = NAN
    effects = estimate_few(holed(z=paths), [level("y"), level("z")], design_of())
    assert [note for note in effects.notes if "fitted on" in note] == [
        "y: fitted on 2001 to 2009, 9 periods.",
        "z: fitted on 2008 to 2009, 2 periods, since it is missing for Testland before.",
    ]
    alike = estimate_few(holed(z=noisy_paths(2)), [level("y"), level("z")], design_of())
    assert not [note for note in alike.notes if "fitted on" in note]


@pytest.mark.parametrize("years", [(2011,), (2012, 2013), (2011, 2012, 2013)])
def test_a_treated_unit_without_its_window_is_refused(years: tuple[int, ...]) -> None:
    panel = holed(*(("A", year, NAN) for year in years))
    with pytest.raises(MethodError) as caught:
        needed_periods(panel, level(), design_of())
    assert f"'y' of the treated unit 'A' is missing in {', '.join(map(str, years))}." in str(caught.value)
    assert caught.value.allowed == "a value in every period of the window 2011 to 2013"
    assert caught.value.todo


def test_a_treated_unit_without_a_past_is_refused() -> None:
    panel = holed(*(("A", year, NAN) for year in range(2001, 2010)))
    with pytest.raises(MethodError, match="'y' of the treated unit 'A' has no value up to 2009, the last fitted"):
        needed_periods(panel, level(), design_of())
    # One figure in the very last fitted year would do.
    panel = holed(*(("A", year, NAN) for year in range(2001, 2009)))
    assert needed_periods(panel, level(), design_of())[0] == [8, 10, 11, 12]


@pytest.mark.parametrize("year", [2001, 2010, 2012, 2014])
def test_an_infinite_treated_unit_is_refused_wherever_it_is(year: int) -> None:
    with pytest.raises(MethodError, match=f"'y' of 'A' is infinite in {year}") as caught:
        needed_periods(holed(("A", year, -INF)), level(), design_of())
    assert caught.value.todo


def test_unknown_names_are_usage_errors() -> None:
    with pytest.raises(UsageError, match=r"the panel has no series 'yy'\. Did you mean 'y'"):
        needed_periods(holed(), level("yy"), design_of())
    with pytest.raises(UsageError, match=r"the panel has no unit 'a'\. Did you mean 'A'"):
        needed_periods(holed(), level(), design_of(unit="a"))


# ----------------------------------------------------------------------------------------------------------- reasons


def test_everybody_else_may_be_a_donor() -> None:
    found = decisions(holed())
    assert set(found) == set("BCDEFG")
    assert all(item.admitted for item in found.values())
    assert (found["B"].label, found["C"].label) == ("Bigland", "C")


@pytest.mark.parametrize(
    ("holes", "reason"),
    [
        ([("C", 2001, NAN)], "y missing in 2001"),
        ([("C", 2013, NAN)], "y missing in 2013"),
        ([("C", year, NAN) for year in (2003, 2009, 2011)], "y missing in 2003, 2009, 2011"),
        (MANY, "y missing in 2002, 2003, 2004, 2005, 2006, 2007 and 2 more"),
        (ALL, "y missing in all periods needed"),
        ([("C", 2010, NAN), ("C", 2014, NAN)], ""),  # anticipation, and after the window
        ([("A", 2001, NAN), ("C", 2001, NAN)], ""),  # a year that the treated unit does not have either
    ],
)
def test_missing_figures_are_a_reason_with_their_periods(holes: list[tuple[str, int, float]], reason: str) -> None:
    found = decisions(holed(*holes))
    assert found["C"].reason == reason
    assert all(item.admitted for unit, item in found.items() if unit != "C")


def test_one_pool_serves_all_outcomes() -> None:
    paths = noisy_paths(2)
    paths["ABCDEFG".index("D"), 4] = NAN
    panel = holed(("C", 2002, NAN), z=paths)
    found = decisions(panel)
    assert (found["C"].reason, found["D"].reason) == ("y missing in 2002", "z missing in 2005")
    effects = estimate_few(panel, [level("y"), level("z")], design_of())
    assert {fit.units for fit in effects.fits} == {("A", "B", "E", "F", "G")}
    assert effects.joint.draws.units == ("A", "B", "E", "F", "G")
    assert {item.unit for item in effects.donors if not item.admitted} == {"C", "D"}


def test_a_rule_is_told_before_missing_figures() -> None:
    found = decisions(holed(("C", 2002, NAN)), {"C": "zone of the same policy", "D": "neighbour"})
    assert (found["C"].reason, found["D"].reason) == ("zone of the same policy", "neighbour")
    assert not found["C"].admitted


def test_an_empty_reason_excludes_all_the_same() -> None:
    assert decisions(holed(), {"C": ""})["C"].reason == "excluded, no reason given"


def test_an_unknown_unit_cannot_be_excluded() -> None:
    with pytest.raises(UsageError, match="the panel has no unit 'Bb'"):
        decisions(holed(), {"Bb": "neighbour"})


@pytest.mark.parametrize("year", [2003, 2010, 2014])
def test_an_infinite_donor_is_refused_unless_it_is_none(year: int) -> None:
    panel = holed(("C", year, INF))
    with pytest.raises(MethodError, match=f"'y' of 'C' is infinite in {year}"):
        decisions(panel)
    assert decisions(panel, {"C": "look at it later"})["C"].reason == "look at it later"
    # A unit that is out for want of figures is not looked at any further.
    assert decisions(holed(("C", year, INF), ("C", 2012, NAN)))["C"].reason == "y missing in 2012"


@pytest.mark.parametrize("left", [0, 1])
def test_fewer_than_two_donors_are_refused_with_the_reasons(left: int) -> None:
    excluded = dict.fromkeys("BCDE"[: 4 - left] if left else "BCDE", "neighbour")
    holes = [("F", 2002, NAN), ("G", 2003, NAN)]
    with pytest.raises(MethodError) as caught:
        decisions(holed(*holes), excluded)
    assert caught.value.what == f"{left} of 6 units can be donors for 'A'."
    assert caught.value.allowed == "at least 2 donors with data in every fitted period and the window"
    assert caught.value.todo == "see why units were left out: neighbour, y missing in 2002, y missing in 2003"


def test_two_donors_are_enough() -> None:
    found = decisions(holed(), dict.fromkeys("BCDE", "neighbour"))
    assert [unit for unit, item in found.items() if item.admitted] == ["F", "G"]
    effects = estimate_few(holed(), [level()], design_of(), excluded=dict.fromkeys("BCDE", "neighbour"))
    assert effects.joint.draws.smallest_p == 1 / 3


def test_a_unit_alone_has_nothing_to_compare_it_with() -> None:
    panel = panel_of({"y": noisy_paths(1)[:1]})
    with pytest.raises(MethodError, match="0 of 0 units can be donors for 'A'") as caught:
        decisions(panel)
    assert caught.value.todo == "bring more units"


def test_the_treated_unit_need_not_be_excluded() -> None:
    with pytest.raises(UsageError, match="treated unit 'A' is among the units excluded"):
        decisions(holed(), {"A": "it is the zone"})


@pytest.mark.parametrize("unit", ["A", "C"])
def test_figures_too_large_for_their_squares_are_refused(unit: str) -> None:
    with pytest.raises(MethodError, match=f"'y' of '{unit}' is larger than 1e\\+150 in 2002, 2003"):
        estimate_few(holed((unit, 2002, 1e308), (unit, 2003, -1e308)), [level()], design_of())
    assert estimate_few(holed((unit, 2002, 1e149)), [level()], design_of()).joint.draws.units
