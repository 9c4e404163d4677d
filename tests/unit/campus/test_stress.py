"""A campus on cheap hydro power, and what a dry August does to it."""

from __future__ import annotations

import numpy as np
import pytest

from pilotzone.campus.droughts import Heatwave, monthly_inflow
from pilotzone.campus.fleet import Fleet, FleetReservoir, FleetSource
from pilotzone.campus.given import month_of_hours
from pilotzone.campus.load import RackRamp, campus_load
from pilotzone.campus.operation import operate
from pilotzone.campus.sources import inflow_of_months
from pilotzone.campus.stress import StressResult, stress_test
from pilotzone.core import DataError, UsageError

HOURS = 8760
MONTH = month_of_hours(HOURS)
FACTORS = [1.12, 0.81, 0.62, 1.14, 0.75, 1.26, 1.30]
HEATS = (Heatwave("usual", 0.0, 0.8), Heatwave("hot", 3.0, 0.2))
SHAPE = np.array([4, 4, 5, 7, 10, 14, 16, 14, 10, 7, 5, 4]) / 100
LATE_SUMMER = np.isin(np.arange(12), [6, 7, 8]) * SHAPE


def loads() -> np.ndarray:
    """Return the load of a usual and of a hot summer: PUE rises by 0.04 a kelvin in July and August."""
    pue = [1.2 + 0.04 * heat.shift_k * np.isin(MONTH, [7, 8]) for heat in HEATS]
    ramp = RackRamp({2026: 10_000}, kw_per_rack=10.0, utilisation=0.8)
    return np.stack([campus_load(ramp, 2026, pue=series).facility_mw for series in pue])


def hydro_share(factor: float) -> np.ndarray:
    """Return the share of 100 MW that water allows; what a dry year lacks is missing in July to September."""
    dry = LATE_SUMMER if factor < 1 else None
    return np.minimum(
        inflow_of_months(monthly_inflow(700_000.0, SHAPE, factor=factor, dry_months=dry), HOURS) / 100, 1.0
    )


def site(*, cheap: bool) -> StressResult:
    """Return a site on hydro power with a small grid connection, or one on a grid that carries it."""
    water = np.stack([hydro_share(factor) for factor in FACTORS])
    grid = FleetSource("grid", 60.0 if cheap else 115.0, marginal_cost=450.0)
    hydro = FleetSource("hydro", 100.0 if cheap else 0.0, marginal_cost=220.0)
    fleet = Fleet((grid, hydro), unserved_price=30_000.0)
    return stress_test(fleet, factors=FACTORS, heats=HEATS, loads=loads(), water={"hydro": water}, rank_correlation=0.5)


def test_a_cheap_site_fails_in_a_dry_august_and_a_dear_one_does_not() -> None:
    cheap, dear = site(cheap=True), site(cheap=False)
    # In a mean year it is the cheaper site, and serves everything.
    hydro = FleetSource("hydro", 100.0, availability=hydro_share(1.0), marginal_cost=220.0)
    mean = operate(Fleet((FleetSource("grid", 60.0, marginal_cost=450.0), hydro)), loads()[0])
    assert mean.lost_mwh[0] == 0.0
    assert mean.running_cost[0] < dear.operated.running_cost[0]
    table = cheap.to_table()
    assert table.columns["case"] == ("independent", "declared", "worst")
    assert table.columns["worst_month"] == ("August",) * 3
    independent, declared, worst = table.columns["lost_mwh"]
    assert 0 < independent < declared < worst  # type: ignore[operator]
    assert dear.to_table().columns["lost_mwh"] == (0.0, 0.0, 0.0)
    assert dear.to_table().columns["worst_month"] == (None, None, None)


def test_expected_loss_is_that_of_the_pairs_by_their_weights() -> None:
    found = site(cheap=True)
    pairs = found.of_pairs(found.operated.lost_mwh)
    assert pairs.shape == (7, 2)
    for case in ("independent", "declared", "worst"):
        by_hand = float((found.weights[case] * pairs).sum())
        assert float(found.expected(case, found.operated.lost_mwh)) == pytest.approx(by_hand, rel=1e-14)
    # The driest year is the worst in each summer, and the hot summer is the worse one.
    assert pairs.argmax(axis=0).tolist() == [2, 2]
    assert (pairs[:, 1] >= pairs[:, 0]).all()
    rows = found.pairs_table().rows()
    assert rows[4][:2] == (0.62, "usual")
    assert rows[4][3] == pytest.approx(pairs[2, 0])
    with pytest.raises(UsageError, match="no case 'best'"):
        found.expected("best", found.operated.lost_mwh)


def test_each_pair_is_what_its_own_run_gives() -> None:
    curve = tuple((0.4 + 0.4 * np.sin(np.arange(12) / 2)).tolist())
    months = np.repeat(np.arange(1, 13), 48)
    inflow = np.repeat(SHAPE, 48) * np.array([[500.0], [1000.0]]) / 2
    left = np.stack([np.ones(len(months)), np.where(months == 8, 0.9, 1.0)])
    load = np.stack([np.full(len(months), 96.0), np.where(months == 8, 105.0, 96.0)])
    fleet = Fleet(
        (FleetSource("grid", 50.0, marginal_cost=450.0), FleetSource("coal", 20.0, availability=0.9)),
        reservoirs=(FleetReservoir("dam", 90.0, 3_000.0, inflow[1], curve),),
    )
    found = stress_test(
        fleet, factors=[0.6, 1.2], heats=HEATS, loads=load, water={"dam": inflow}, heat={"coal": left}, months=months
    )
    assert list(found.weights) == ["independent", "worst"]
    for i in range(2):
        for j in range(2):
            alone = Fleet(
                (
                    FleetSource("grid", 50.0, marginal_cost=450.0),
                    FleetSource("coal", 20.0, availability=0.9 * left[j]),
                ),
                reservoirs=(FleetReservoir("dam", 90.0, 3_000.0, inflow[i], curve),),
            )
            lost = operate(alone, load[j], months=months).lost_mwh[0]
            assert found.of_pairs(found.operated.lost_mwh)[i, j] == pytest.approx(lost, rel=1e-12, abs=1e-9)


def test_what_is_no_stress() -> None:
    fleet = Fleet((FleetSource("grid", 50.0),))
    hours = np.ones((2, 24))
    months = [8] * 24
    with pytest.raises(UsageError, match="the fleet has no supply 'dam'"):
        stress_test(fleet, factors=[0.6, 1.0], heats=HEATS, loads=hours, water={"dam": hours}, months=months)
    with pytest.raises(UsageError, match="the fleet has no source 'coal'"):
        stress_test(fleet, factors=[0.6, 1.0], heats=HEATS, loads=hours, water={}, heat={"coal": hours}, months=months)
    with pytest.raises(DataError, match=r"loads of summers have shape \(24,\)"):
        stress_test(fleet, factors=[0.6, 1.0], heats=HEATS, loads=hours[0], water={}, months=months)
    with pytest.raises(DataError, match=r"water of 'grid' has shape \(2, 24\)"):
        stress_test(fleet, factors=[0.6, 1.0, 1.1], heats=HEATS, loads=hours, water={"grid": hours}, months=months)
