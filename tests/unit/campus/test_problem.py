"""Specs of supply refuse what they cannot mean, and say where."""

from __future__ import annotations

import numpy as np
import pytest

from pilotzone.campus import Battery, Capacity, Deferrable, Flow, Limit, Reservoir, SupplyProblem
from pilotzone.core import DataError, PilotZoneError

LOAD = np.full(24, 10.0)
GRID = Flow("grid", Capacity.given(20.0), marginal_cost=50.0, intensity={"co2": 0.5})


def test_missing_hour_is_named() -> None:
    load = LOAD.copy()
    load[6] = np.nan
    with pytest.raises(DataError, match=r"the load is missing in hour 7"):
        SupplyProblem(load, (GRID,))
    price = np.zeros((2, 24))
    price[1, 3] = np.nan
    with pytest.raises(DataError, match=r"marginal cost of 'grid' is missing in hour 4 of year 2"):
        Flow("grid", Capacity.given(20.0), marginal_cost=price)


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: Capacity(-1.0), "least capacity is -1"),
        (lambda: Capacity(2.0, 1.0), "largest capacity is 1"),
        (lambda: Capacity(cost=float("inf")), "cost of capacity is inf"),
        (lambda: Flow("sun", Capacity(), availability=np.full(24, 1.5)), "availability of 'sun' is 1.5 in hour 1"),
        (lambda: Battery("b", Capacity.given(1.0), duration_h=4.0, charge_efficiency=0.0), "charge_efficiency"),
        (lambda: Battery("b", Capacity.given(1.0), duration_h=4.0, discharge_efficiency=1.1), "discharge_efficiency"),
        (lambda: Battery("b", Capacity.given(1.0)), "either energy or duration_h"),
        (lambda: Battery("b", Capacity.given(1.0), duration_h=4.0, self_discharge=1.0), "self-discharge"),
        (lambda: Reservoir("r", -1.0, Capacity.given(1.0), Capacity.given(1.0)), "inflow of 'r' is -1"),
        (lambda: Limit("co2", float("nan")), "limit 'co2' is nan"),
        (lambda: Limit("co2", 1.0, price=0.0), "price of limit 'co2'"),
        (lambda: SupplyProblem(np.zeros(0), (GRID,)), "the load has shape"),
        (lambda: SupplyProblem(-LOAD, (GRID,)), "the load is -10 in hour 1"),
        (lambda: SupplyProblem(LOAD, (GRID, GRID)), "called grid"),
        (lambda: SupplyProblem(LOAD, (GRID,), limits=(Limit("so2", 1.0),)), "no flow has an intensity in 'so2'"),
        (lambda: SupplyProblem(LOAD, (Flow("x", None, marginal_cost=np.ones(23)),)), "marginal_cost of 'x' has shape"),
        (lambda: SupplyProblem(LOAD, (GRID,), limits=(Limit("co2", 1.0, hours=np.ones(5, dtype=bool)),)), "hours of"),
        (lambda: SupplyProblem(LOAD, (GRID,), step_h=0.0), "length of a period"),
        (lambda: SupplyProblem(LOAD, (GRID,), unserved_price=-1.0), "unserved"),
        (lambda: SupplyProblem(LOAD, (GRID,), year_weights=(0.5, 0.5)), "year_weights do not fit"),
        (lambda: SupplyProblem(np.ones((2, 4)), (), year_weights=(0.5, 0.6)), "sum to 1.1"),
    ],
)
def test_each_bad_number_is_one_error(build: object, words: str) -> None:
    with pytest.raises(PilotZoneError, match=words):
        build()  # type: ignore[operator]


@pytest.mark.parametrize(
    ("flows", "stores"),
    [
        ((Flow("sale", None, direction="use", marginal_cost=-5.0),), ()),
        ((Flow("grid", Capacity(), marginal_cost=np.where(np.arange(24) == 3, -5.0, 5.0)),), ()),
        ((), (Battery("b", Capacity(), duration_h=4.0),)),
        ((), (Reservoir("r", 1.0, Capacity.given(1.0), Capacity()),)),
        ((), (Deferrable("d", 1.0, Capacity(), Capacity.given(5.0)),)),
    ],
)
def test_unbounded_systems_are_refused(flows: tuple[Flow, ...], stores: tuple[Battery, ...]) -> None:
    with pytest.raises(DataError, match="bound"):
        SupplyProblem(
            LOAD,
            (GRID, *(flow for flow in flows if flow.name != "grid"))
            if "grid" not in {f.name for f in flows}
            else flows,
            stores,
        )


def test_carbon_price_enters_marginal_cost() -> None:
    problem = SupplyProblem(LOAD, (GRID,), carbon_price=40.0)
    assert problem.cost_of(GRID) == pytest.approx(np.full(24, 70.0))
