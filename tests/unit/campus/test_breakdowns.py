"""Breakdowns of units in dry years and hot summers: against the operation, against enumeration, and on fuel."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest

from pilotzone.campus import (
    Breakdowns,
    Fleet,
    FleetReservoir,
    FleetSource,
    Heatwave,
    StressResult,
    breakdown_loss,
    stress_test,
)
from pilotzone.core import PilotZoneError, UsageError

HOURS = 96
MONTHS = np.repeat(np.arange(1, 13), HOURS // 12)
HEATS = (Heatwave("mild", 0.0, 0.75), Heatwave("hot", 4.0, 0.25))
RNG = np.random.default_rng(7)
LOADS = np.stack([RNG.uniform(4.0, 11.0, HOURS), RNG.uniform(5.0, 13.0, HOURS)])
WATER = np.stack([RNG.uniform(0.0, 2.0, HOURS), RNG.uniform(1.0, 4.0, HOURS)])
TEMPS = np.stack([np.full(HOURS, 20.0), np.full(HOURS, 35.0)])


def fleet_of(fuel_mwh: float = 30.0) -> Fleet:
    return Fleet(
        sources=(FleetSource("grid", 4.0, marginal_cost=50.0), FleetSource("coal", 3.0, marginal_cost=30.0)),
        reservoirs=(
            FleetReservoir("river", 4.0, 10.0, WATER[1], (0.5,) * 12),
            FleetReservoir("diesel", 2.0, fuel_mwh, np.zeros(HOURS), (1.0,) * 12, marginal_cost=300.0),
        ),
        unserved_price=1000.0,
    )


def stressed(fleet: Fleet, heat: dict[str, np.ndarray] | None = None) -> StressResult:
    return stress_test(
        fleet, factors=[0.5, 1.5], heats=HEATS, loads=LOADS, water={"river": WATER}, heat=heat, months=MONTHS, keep=True
    )


def test_what_never_fails_loses_what_the_operation_lost() -> None:
    fleet = fleet_of()
    left = {"coal": np.stack([np.ones(HOURS), np.full(HOURS, 0.9)])}
    result = stressed(fleet, left)
    safe = Breakdowns({"coal": (1.0, 0.0), "grid": (np.inf, 0.0), "diesel": (0.5, 0.0)}, TEMPS)
    found = breakdown_loss(fleet, result, safe, heat=left, fuelled=("diesel",))
    assert result.operated.lost_hours.max() > 0
    np.testing.assert_array_equal(found.lole_h, result.of_pairs(result.operated.lost_hours))
    np.testing.assert_allclose(found.eens_mwh, result.of_pairs(result.operated.lost_mwh), rtol=1e-9, atol=1e-9)


def test_against_enumeration_of_all_states() -> None:
    """Two units of coal, the grid and diesel: sixteen states of an hour, each with its probability."""
    fleet = fleet_of(fuel_mwh=1e6)
    result = stressed(fleet)
    slope = 0.01
    rules = {"coal": (1.5, 0.1), "grid": (np.inf, 0.02), "diesel": (2.0, 0.05)}
    found = breakdown_loss(
        fleet, result, Breakdowns(rules, TEMPS, per_kelvin=slope, above_c=30.0), heat={}, fuelled=("diesel",)
    )
    units = [(1.5, 0.1), (1.5, 0.1), (4.0, 0.02), (2.0, 0.05)]
    river = result.operated.dispatch["river"]
    for i, j in product(range(2), range(2)):
        need = LOADS[j] - river[2 * i + j]
        lole = eens = 0.0
        for states in product([0, 1], repeat=len(units)):
            chance = 1.0
            for up, (_, rate) in zip(states, units, strict=True):
                out = rate + slope * max(TEMPS[j][0] - 30.0, 0.0)
                chance *= 1 - out if up else out
            short = np.maximum(need - sum(up * mw for up, (mw, _) in zip(states, units, strict=True)), 0.0)
            lole += chance * float((short > 1e-6).sum())
            eens += chance * float(short.sum())
        assert found.lole_h[i, j] == pytest.approx(lole, rel=1e-9)
        assert found.eens_mwh[i, j] == pytest.approx(eens, rel=1e-9)


def test_backup_counts_until_its_fuel_is_used_up() -> None:
    rules = Breakdowns({"diesel": (2.0, 0.0), "grid": (np.inf, 0.05)}, TEMPS)
    lost = []
    for fuel in (0.5, 20.0, 1e6):
        fleet = fleet_of(fuel)
        lost.append(breakdown_loss(fleet, stressed(fleet), rules, heat={}, fuelled=("diesel",)).lole_h.sum())
    assert lost[0] > lost[1] > lost[2]


def test_cases_weigh_the_pairs() -> None:
    fleet = fleet_of()
    found = breakdown_loss(
        fleet, stressed(fleet), Breakdowns({"grid": (np.inf, 0.1)}, TEMPS), heat={}, fuelled=("diesel",)
    )
    weights = np.outer([0.5, 0.5], [0.75, 0.25])
    assert found.expected("independent") == pytest.approx(
        (float((weights * found.lole_h).sum()), float((weights * found.eens_mwh).sum()))
    )
    # Dry and hot years together are the worst.
    assert found.expected("worst")[1] >= found.expected("independent")[1]
    assert [row["case"] for row in found.to_table().records()] == list(found.weights)


@pytest.mark.parametrize(
    ("units", "told"),
    [({"grid": (0.0, 0.1)}, "size of a unit of 'grid'"), ({"grid": (1.0, 1.2)}, "outage rate of 'grid'")],
)
def test_breakdowns_that_cannot_be(units: dict[str, tuple[float, float]], told: str) -> None:
    with pytest.raises(UsageError, match=told):
        Breakdowns(units, TEMPS)


def test_a_supply_that_is_not_there() -> None:
    fleet = fleet_of()
    with pytest.raises(PilotZoneError, match="wind"):
        breakdown_loss(fleet, stressed(fleet), Breakdowns({"wind": (1.0, 0.1)}, TEMPS), heat={}, fuelled=("diesel",))
