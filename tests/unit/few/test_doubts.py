"""Figures that cannot be taken as measured: what is found, what follows, and that clean figures are left alone."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.typing import NDArray

import pilotzone as pz
from pilotzone.core import MethodError, Panel, SeriesInfo
from pilotzone.evaluation.few import Doubt, FewDesign, doubts_of, left_out_for, refuse_doubts, synthetic_controls
from pilotzone.evaluation.few.paths import interpolated, jumps, last_digit, repeated, same_paths
from pilotzone.gather import evidence_panel, load_evidence

Floats = NDArray[np.float64]

YEARS = tuple(range(2000, 2020))
START = 14
"""Column of the first treated year, 2014."""
OUTCOME = pz.Outcome("smoke", role="environment", good="down", margin=1.0, scale="level")


def noise(seed: int = 1, units: int = 25, digits: int = 3) -> Floats:
    """Return growing, uneven paths, rounded as a yearbook would; nothing in them is real."""
    generator = np.random.default_rng(seed)
    common = np.cumsum(generator.normal(0.05, 0.02, len(YEARS)))
    load = generator.uniform(0.6, 1.4, (units, 1))
    return np.round(20 * np.exp(load * common + generator.normal(0, 0.01, (units, len(YEARS)))), digits)


def panel(paths: Floats, precision: float = 0.0) -> Panel:
    units = tuple(f"P{k:02}" for k in range(len(paths)))
    return Panel(units, YEARS, {"smoke": paths}, {"smoke": SeriesInfo("smoke", "smoke", "1", precision=precision)})


def found(paths: Floats, window: tuple[int, int] = (2014, 2019), excluded: tuple[str, ...] = ()) -> list[Doubt]:
    return list(doubts_of(panel(paths), [OUTCOME], [FewDesign("P00", start=2014, window=window)], excluded))


def facts(items: list[Doubt]) -> list[tuple[str, str, tuple[str, ...], int, int]]:
    return [(item.kind, item.follows, item.units, item.first, item.last) for item in items]


def stopped(paths: Floats, rows: slice | int, last: int) -> Floats:
    """Return paths whose figures of one column are carried forward to the end."""
    changed = paths.copy()
    changed[rows, last + 1 :] = np.atleast_1d(changed[rows, last])[:, None]
    return changed


@pytest.mark.parametrize("digits", [0, 1, 2, 3, 9])
@pytest.mark.parametrize("seed", range(8))
def test_clean_figures_are_left_alone(seed: int, digits: int) -> None:
    assert found(noise(seed, digits=digits)) == []


@pytest.mark.parametrize("seed", range(20))
def test_whole_numbers_that_repeat_by_nature_are_left_alone(seed: int) -> None:
    """Counts of about three, and rates with one decimal that hardly move, as registered unemployment is given."""
    generator = np.random.default_rng(seed)
    assert found(generator.poisson(3.0, (25, len(YEARS))).astype(float)) == []
    rates = 4.0 + np.cumsum(generator.normal(0, 0.1, (25, len(YEARS))), axis=1)
    assert found(np.round(rates, 1)) == []


def test_steps_that_stand_for_years_are_left_alone() -> None:
    """A quantity that changes once in a while, such as a capacity, repeats everywhere and not just at the end."""
    generator = np.random.default_rng(4)
    steps = generator.exponential(50.0, (25, len(YEARS))) * (generator.uniform(size=(25, len(YEARS))) < 0.3)
    paths = np.round(np.cumsum(steps, axis=1) + 10.0, 2)
    assert {item.kind for item in found(paths)} <= set()


def test_a_straight_series_is_left_alone_where_all_are_straight() -> None:
    assert found(np.outer(np.arange(1.0, 26.0), np.arange(20.0)) + 5.0) == []


def test_figures_of_every_unit_carried_forward_are_refused() -> None:
    doubts = found(stopped(noise(), slice(None), START - 1))
    assert facts(doubts) == [("not measured", "refused", (), 2014, 2019)]
    with pytest.raises(MethodError, match=r"cannot be assessed. smoke, 2014 to 2019: every unit"):
        refuse_doubts(doubts)


def test_one_year_in_which_nothing_was_measured_is_refused_in_the_window_and_remarked_long_before() -> None:
    late, early = noise(), noise()
    late[:, 16], early[:, 5] = late[:, 15], early[:, 4]
    assert facts(found(late)) == [("not measured", "refused", (), 2016, 2016)]
    assert facts(found(early)) == [("not measured", "remarked", (), 2005, 2005)]


@pytest.mark.parametrize("last", [START - 2, START - 1, START, START + 3])
def test_the_zones_figures_carried_forward_are_refused(last: int) -> None:
    doubts = found(stopped(noise(), 0, last))
    assert facts(doubts) == [("carried forward", "refused", ("P00",), YEARS[last], 2019)]
    with pytest.raises(MethodError, match=f"smoke of P00: the figure of {YEARS[last]} stands until 2019"):
        refuse_doubts(doubts)


def test_repeats_long_before_are_remarked_and_those_of_the_last_fitted_period_refused() -> None:
    early, late = noise(), noise()
    early[0, 4:7], late[0, START - 3 : START] = early[0, 3], late[0, START - 4]
    assert facts(found(early)) == [("carried forward", "remarked", ("P00",), 2003, 2006)]
    assert facts(found(late)) == [("carried forward", "refused", ("P00",), 2010, 2013)]


def test_a_donor_whose_figures_are_carried_forward_is_left_out_with_the_reason() -> None:
    paths = stopped(noise(), 3, START)
    doubts = found(paths)
    assert facts(doubts) == [("carried forward", "left out", ("P03",), 2014, 2019)]
    assert left_out_for(doubts) == {"P03": "smoke of 2014 carried forward to 2019"}
    effects = pz.synthetic_control(panel(paths), treated="P00", start=2014, outcomes=OUTCOME)
    assert [item.reason for item in effects.donors if not item.admitted] == ["smoke of 2014 carried forward to 2019"]
    assert "smoke of P03: the figure of 2014 stands until 2019; left out." in effects.notes


def test_nothing_is_said_of_units_that_are_excluded_or_of_years_outside() -> None:
    assert found(stopped(noise(), 3, START), excluded=("P03",)) == []
    assert found(stopped(noise(), 0, START + 1), window=(2014, 2015)) == []


def test_two_repeats_are_enough_and_one_is_not() -> None:
    once, twice = noise(), noise()
    once[0, 16], twice[0, 16:18] = once[0, 15], twice[0, 15]
    assert found(once) == []
    assert facts(found(twice)) == [("carried forward", "refused", ("P00",), 2015, 2017)]


def test_an_outcome_that_does_not_vary_cannot_be_assessed() -> None:
    for paths in (np.full((25, len(YEARS)), 20.0), noise()):
        paths[0] = 20.0
        with pytest.raises(MethodError, match=r"cannot be assessed. smoke of P00 has one figure in all periods"):
            pz.synthetic_control(panel(paths), treated="P00", start=2014, outcomes=OUTCOME)


@pytest.mark.parametrize("size", [1e308, -1e308, 1e-308, 5e-324])
@pytest.mark.parametrize("cells", [[(1, 1)], [(0, 3)], [(2, 0), (2, 1)], [(0, 0), (0, 1), (3, 19)], [(5, 18), (6, 18)]])
def test_figures_as_large_as_floats_go_are_searched(size: float, cells: list[tuple[int, int]]) -> None:
    paths = noise().copy()
    for row, column in cells:
        paths[row, column] = size
    touched = {f"P{row:02d}" for row, _ in cells}
    assert all(set(item.units) <= touched for item in found(paths))


def test_donors_of_which_none_varies_are_remarked() -> None:
    paths = np.full((25, len(YEARS)), 20.0)
    paths[0] = noise()[0]
    one = paths.copy()
    one[7] = noise()[7]
    doubts = found(paths)
    assert facts(doubts) == [("does not vary", "remarked", tuple(f"P{k:02d}" for k in range(1, 25)), 2000, 2019)]
    assert facts(found(one)) == []


@pytest.mark.parametrize("decimals", [2, 3])
def test_donors_entered_twice_count_once(decimals: int) -> None:
    """A copy that is rounded differently is a copy; the result is that of each entered once."""
    once = noise(digits=3)[:13]
    twice = np.vstack([once, np.round(once[1:], decimals)])
    doubts = found(twice)
    copies = tuple(f"P{k}" for k in range(13, 25))
    assert facts(doubts) == [("same figures", "counted once", copies, 2000, 2019)]
    assert left_out_for(doubts)["P13"] == "entered twice: the same figures as P01"
    assert "P01 and P13, P02 and P14, P03 and P15 and 9 more; counted once." in doubts[0].told()
    plain, again = (
        pz.synthetic_control(panel(paths), treated="P00", start=2014, outcomes=OUTCOME) for paths in (once, twice)
    )
    assert plain.joint.estimate == pytest.approx(again.joint.estimate, rel=1e-12)
    assert plain.joint.draws.units == again.joint.draws.units


def test_a_donor_with_the_zones_own_figures_is_left_out() -> None:
    paths = noise()
    paths[7] = paths[0]
    assert facts(found(paths)) == [("same figures", "counted once", ("P07",), 2000, 2019)]


def test_coarse_figures_that_meet_by_chance_are_not_copies() -> None:
    steps = np.array([[0, 1, 1, 2, 2, 3] * 3 + [3, 4.0]])
    assert same_paths([np.vstack([steps, steps, steps + 1])], np.ones(3), np.ones(3)) == []
    assert same_paths([np.vstack([steps, steps, steps + 1])], np.full(3, 0.01), np.zeros(3)) == [(0, 1)]


@pytest.mark.parametrize(
    ("change", "last", "words"),
    [
        (lambda path: np.where(np.arange(20) == 16, path * 1000, path), 2016, "times 1,000"),
        (lambda path: np.where(np.arange(20) >= 16, path / 1000, path), 2019, "divided by 1,000"),
        (lambda path: np.where((np.arange(20) >= 16) & (np.arange(20) < 18), path * 1e4, path), 2017, "times 10,000"),
    ],
)
def test_a_slip_of_units_is_remarked_for_a_donor_and_refused_for_the_zone(
    change: Callable[[Floats], Floats], last: int, words: str
) -> None:
    for row, follows in ((3, "remarked"), (0, "refused")):
        paths = noise(digits=6)
        paths[row] = change(paths[row])
        doubts = found(paths)
        assert facts(doubts) == [("jump", follows, (f"P{row:02}",), 2016, last)]
        assert words in doubts[0].told()


def test_logarithms_show_a_slip_as_well() -> None:
    paths = noise(digits=6)
    paths[3, 16] *= 1000
    assert [(item.row, item.power) for item in jumps(np.log(paths), logarithms=True)] == [(3, 3)]


def test_series_that_often_grow_a_thousandfold_show_no_slip() -> None:
    generator = np.random.default_rng(2)
    assert jumps(10.0 ** np.cumsum(generator.normal(0, 1.0, (25, 20)), axis=1)) == []


@pytest.mark.parametrize("logs", [False, True])
def test_interpolation_is_remarked_for_a_donor_and_refused_over_the_zones_window(logs: bool) -> None:
    for row, (a, b), follows in ((3, (8, 14), "remarked"), (0, (3, 8), "remarked"), (0, (13, 19), "refused")):
        paths = noise(digits=4)
        ends = np.log(paths[row, [a, b]]) if logs else paths[row, [a, b]]
        line = np.linspace(float(ends[0]), float(ends[1]), b - a + 1)
        paths[row, a : b + 1] = np.round(np.exp(line) if logs else line, 4)
        doubts = found(paths)
        assert facts(doubts) == [("interpolated", follows, (f"P{row:02}",), YEARS[a], YEARS[b])]


def test_an_empty_cell_that_takes_a_donor_away_is_told_with_its_cost() -> None:
    paths = noise()
    paths[5, 11] = np.nan
    doubts = found(paths)
    assert [item.told() for item in doubts] == ["smoke of P05 is missing in 2011: no donor; of 24 donors 23 are left."]
    assert left_out_for(doubts) == {}  # the cell itself is the reason that the table of donors has


def test_a_donor_without_figures_is_no_loss() -> None:
    paths = noise()
    paths[5, :10] = np.nan
    assert found(paths) == []


def test_a_part_of_a_derived_outcome_is_looked_at_and_the_zone_refused() -> None:
    smoke, people = stopped(noise(), 0, START), np.round(1e6 * noise(9, digits=6))
    infos = {
        "smoke": SeriesInfo("smoke", "smoke", "kt"),
        "people": SeriesInfo("people", "people", "person"),
        "per_head": SeriesInfo("per_head", "per head", "kt/person", formula="smoke / people"),
    }
    values = {"smoke": smoke, "people": people, "per_head": smoke / people}
    mixed = Panel(panel(smoke).units, YEARS, values, infos)
    outcome = pz.Outcome("per_head", role="environment", good="down", margin=1.0, scale="level")
    (doubt,) = doubts_of(mixed, [outcome], [FewDesign("P00", start=2014, window=(2014, 2019))])
    assert (doubt.kind, doubt.series, doubt.follows) == ("carried forward", "smoke", "refused")


def test_each_of_several_zones_is_looked_at() -> None:
    with pytest.raises(MethodError, match=r"smoke of P01: the figure of 2016 stands until 2019"):
        synthetic_controls(panel(stopped(noise(), 1, 16)), treated={"P00": 2012, "P01": 2014}, outcomes=OUTCOME)
    copied = noise()
    copied[8] = copied[7]
    effects = synthetic_controls(panel(copied), treated={"P00": 2012, "P01": 2014}, outcomes=OUTCOME)
    assert any("P07 and P08" in note for note in effects.notes)


def test_the_last_digit_is_that_of_the_figures() -> None:
    assert last_digit(np.array([[1200.0, 3500.0, np.nan]])) == 100.0
    assert last_digit(np.array([[0.1, 0.25]])) == pytest.approx(0.01)
    assert last_digit(np.array([[np.nan, 0.0]])) == 0.0
    assert last_digit(np.array([[1.0, 1e308]])) == 0.0


def test_old_years_with_fewer_digits_are_not_carried_forward() -> None:
    """Rounded to hundreds up to 2009 and exact since: repeats among the round ones are of the rounding."""
    paths = 5000 + np.cumsum(np.random.default_rng(3).normal(0, 60, (25, 20)), axis=1)
    paths[:, :10] = np.round(paths[:, :10], -2)
    paths[:, 10:] = np.round(paths[:, 10:], 1)
    assert repeated(paths, last_digit(paths)) == []


# Each value compared with each other would take hours.
@pytest.mark.timeout(60)
def test_large_panels_take_little_time() -> None:
    generator = np.random.default_rng(6)
    counts = generator.poisson(2.0, (50, 3000)).astype(float)
    assert repeated(counts, 1.0) == []
    assert interpolated(counts, np.arange(3000), 1.0) == []


def test_the_bundled_evidence_raises_few_doubts() -> None:
    """Over all series and periods: what is found is listed, so that a new alarm is looked at."""
    told = set()
    for name in load_evidence().series:
        data = evidence_panel([name])
        values, info = data.values[name], data.series[name]
        digit = info.precision or last_digit(values)
        periods = np.array(data.periods, dtype=np.int64)
        told |= {("repeated", name, data.units[run.row]) for run in repeated(values, digit)}
        told |= {("interpolated", name, data.units[run.row]) for run in interpolated(values, periods, digit)}
        told |= {("jump", name, data.units[item.row]) for item in jumps(values)}
    assert told == {
        ("repeated", "city_population", "CN-340300"),
        ("repeated", "city_population", "CN-340500"),
        ("repeated", "city_population", "CN-341000"),
        ("repeated", "us_poverty_rate_se_percent", "US-KY"),
        ("repeated", "us_poverty_rate_se_percent", "US-NC"),
        ("repeated", "us_poverty_rate_se_percent", "US-PA"),
        ("repeated", "us_poverty_rate_se_percent", "US-TN"),
        ("interpolated", "city_population", "CN-441900"),
        ("interpolated", "retail_price_index", "CN-GZ"),
    }
